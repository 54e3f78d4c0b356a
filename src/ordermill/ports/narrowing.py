"""A port narrowed to the verbs that the topology grants: what would fail on AWS fails here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from ordermill.domain.errors import AccessDenied


class Narrowed:
    """Has the granted verbs of `port` and no others."""

    def __init__(self, function: str, resource: str, port: object, verbs: Iterable[str]) -> None:
        self._label = f"{function} may not use this verb of {resource}"
        for verb in verbs:
            setattr(self, verb, getattr(port, verb))

    def __getattr__(self, verb: str) -> NoReturn:
        if verb.startswith("__"):
            raise AttributeError(verb)
        raise AccessDenied(f"{self.__dict__['_label']}: {verb}")


def narrow(function: str, resource: str, port: object, verbs: Iterable[str]) -> Any:
    """The port for that function. Raises AttributeError if the port lacks a granted verb."""
    return Narrowed(function, resource, port, verbs)
