"""Secrets of the deployment, from SSM's parameter store."""

from __future__ import annotations

import logging
import threading
from typing import Final, NamedTuple

from botocore.exceptions import ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of, storage
from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.ambient import Clock

log = logging.getLogger(__name__)

KEPT_MS: Final = 300_000
"""How long a secret is kept: after so long one that was changed is known everywhere."""
NOT_SET: Final = "-"
"""What an optional secret holds that nobody has set: a parameter cannot be empty."""
_ABSENT: Final = frozenset({"ParameterNotFound", "ParameterVersionNotFound"})
_DENIED: Final = frozenset({"AccessDeniedException", "AccessDenied"})


class SecretMissing(Exception):
    """The secret is not there, or may not be read: only an operator can help."""


class _Kept(NamedTuple):
    value: str
    until: int


class SsmSecrets:
    """Reads secrets, and keeps them for some minutes. Any thread may call."""

    def __init__(self, deployment: Deployment, clock: Clock) -> None:
        self._deployment, self._clock = deployment, clock
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def read(self, secret: str) -> str | None:
        """The secret, or None where it is not set.

        Raises SecretMissing, StorageUnavailable where the store does not answer and the secret was never read.
        """
        with self._lock:
            now = self._clock.now_ms()
            kept = self._kept.get(secret)
            if kept is None or not 0 <= kept.until - now <= KEPT_MS:
                kept = self._kept[secret] = _Kept(self._fetched(secret, kept), now + KEPT_MS)
        return None if kept.value == NOT_SET else kept.value

    def _fetched(self, secret: str, old: _Kept | None) -> str:
        name = self._deployment.parameter(secret)
        try:
            with storage():
                try:
                    answer = self._deployment.client("ssm").get_parameter(Name=name, WithDecryption=True)
                except ClientError as error:
                    why = _why(error)
                    if why is None:
                        raise
                    raise SecretMissing(why.format(name)) from error
        except StorageUnavailable:
            if old is None:
                raise
            log.warning("%s cannot be read again, and is used as it was", name)
            return old.value
        value: str = answer["Parameter"]["Value"]
        return value


def _why(error: ClientError) -> str | None:
    """What only an operator can mend; None where another try may help."""
    code = code_of(error)
    if code in _ABSENT:
        return "there is no parameter {}"
    if code in _DENIED:
        return "this function may not read or decrypt the parameter {}"
    return "the key of the parameter {} cannot be used" if code == "InvalidKeyId" else None
