"""The check of what labels pictures: a model that can be used, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ordermill.adapters.local.label_model import UnusableModel
from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.entrypoints.config import InvalidSetting, label_model_of

NAME: Final = "labels"


def labels_check(environ: Mapping[str, str]) -> Check:
    """Whether the model that `environ` names can be loaded, and takes what it is given."""
    cure = "Correct it: the server does not start with it. docs/images.md says what it takes."
    try:
        model = label_model_of(environ)
    except InvalidSetting as error:
        return Check(NAME, "fail", "ORDERMILL_LABEL_MODEL", f"{error}.", cure)
    if model is None:
        return Check(NAME, "ok", "none: pictures stay UNCHECKED")
    from ordermill.adapters.local.labels_onnx import OnnxLabels  # its packages are an extra

    try:
        OnnxLabels(model).load()
    except UnusableModel as error:
        return Check(NAME, "fail", f"by {model.model}", f"{error}.", cure)
    return Check(NAME, "ok", f"by {model.model}")
