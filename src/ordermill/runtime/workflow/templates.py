"""Payload templates (`Parameters`, `ResultSelector`): JSON with paths in it, and how it is filled in."""

from __future__ import annotations

from typing import Any

from ordermill.runtime.workflow.errors import PARAMETER_PATH_FAILURE, StateError
from ordermill.runtime.workflow.paths import Absent, Path
from ordermill.runtime.workflow.rules import Lookup


def fill(template: Any, look: Lookup) -> Any:
    """The template with each path replaced by what is there.

    Raises StateError (States.ParameterPathFailure) where a path leads nowhere.
    """
    if isinstance(template, Path):
        try:
            return look(template)
        except Absent:
            raise StateError(PARAMETER_PATH_FAILURE, f"{template.text} leads nowhere") from None
    if isinstance(template, dict):
        return {name: fill(value, look) for name, value in template.items()}
    if isinstance(template, list):
        return [fill(value, look) for value in template]
    return template
