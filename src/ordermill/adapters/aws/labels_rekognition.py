"""Service `labels` on Rekognition: its own labels, with their parents and aliases."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of
from ordermill.domain.images import Label
from ordermill.ports.images import CleanPicture, LabelsUnavailable

log = logging.getLogger(__name__)

LABELS_MAX: Final = 10
LEAST_PERCENT: Final = 30.0
"""Less certain labels say too little, even of what may be there."""
_UNSEEN: Final = frozenset({"InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"})
"""What it says of pictures that it cannot look at: too small ones for instance."""


class RekognitionLabels:
    """Port `labels`."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def detect(self, picture: CleanPicture) -> tuple[Label, ...] | None:
        """See `Labels.detect`."""
        client = self._deployment.client("rekognition")
        try:
            answer = client.detect_labels(
                Image={"Bytes": picture.body}, MaxLabels=LABELS_MAX, MinConfidence=LEAST_PERCENT
            )
        except ClientError as error:
            code = code_of(error)
            if code in _UNSEEN:
                log.info("Rekognition takes no such picture: %s", code)
                return ()
            raise LabelsUnavailable(f"DetectLabels: {code}") from error
        except BotoCoreError as error:
            raise LabelsUnavailable(f"DetectLabels: {type(error).__name__}") from error
        labels = [_label(each) for each in answer["Labels"]]
        return tuple(sorted(labels, key=lambda label: -label.confidence))


def _label(found: Mapping[str, Any]) -> Label:
    return Label(
        found["Name"], round(found["Confidence"] / 100, 4), _names(found.get("Parents")), _names(found.get("Aliases"))
    )


def _names(found: Iterable[Mapping[str, str]] | None) -> tuple[str, ...]:
    return tuple(each["Name"] for each in found or ())
