"""Error names of the language: what each means, and which names of a Retry or a Catch match it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

RESERVED: Final = "States."
"""What the names of the language's own errors begin with."""

ALL: Final = "States.ALL"
DATA_LIMIT_EXCEEDED: Final = "States.DataLimitExceeded"
NO_CHOICE_MATCHED: Final = "States.NoChoiceMatched"
PARAMETER_PATH_FAILURE: Final = "States.ParameterPathFailure"
PERMISSIONS: Final = "States.Permissions"
RESULT_PATH_MATCH_FAILURE: Final = "States.ResultPathMatchFailure"
RUNTIME: Final = "States.Runtime"
TASK_FAILED: Final = "States.TaskFailed"
TIMEOUT: Final = "States.Timeout"

MATCHABLE: Final = frozenset(
    {
        ALL,
        DATA_LIMIT_EXCEEDED,
        PARAMETER_PATH_FAILURE,
        PERMISSIONS,
        RESULT_PATH_MATCH_FAILURE,
        TASK_FAILED,
        TIMEOUT,
    }
)
"""The reserved names that `ErrorEquals` may have: what a Task of the subset can report, and the wildcards."""


class StateError(Exception):
    """A state reports an error: its name, and a cause for people to read."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


def matches(names: Collection[str], error: str) -> bool:
    """Whether `ErrorEquals` with these names takes `error`.

    Nothing takes States.Runtime. States.DataLimitExceeded must be named: no wildcard takes it. States.TaskFailed is a
    wildcard for everything else but States.Timeout.
    """
    if error == RUNTIME:
        return False
    if error in names:
        return True
    if error == DATA_LIMIT_EXCEEDED:
        return False
    return ALL in names or (TASK_FAILED in names and error != TIMEOUT)
