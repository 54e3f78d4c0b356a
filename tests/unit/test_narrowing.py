"""A port has the granted verbs and no others: what would fail in the cloud fails here."""

from __future__ import annotations

import copy

import pytest

from ordermill.domain.errors import AccessDenied
from ordermill.ports.narrowing import narrow


class Drawer:
    """A port with two verbs."""

    def __init__(self) -> None:
        self.things = ["pen"]

    def read(self) -> list[str]:
        return self.things

    def empty(self) -> None:
        self.things = []


def test_a_granted_verb_is_the_ports_own() -> None:
    assert narrow("look", "drawer", Drawer(), ["read"]).read() == ["pen"]


@pytest.mark.parametrize("verb", ["empty", "things", "_label_of", "nothing"])
def test_anything_else_is_denied_by_name(verb: str) -> None:
    with pytest.raises(AccessDenied, match=f"look may not use this verb of drawer: {verb}"):
        getattr(narrow("look", "drawer", Drawer(), ["read"]), verb)


def test_without_a_grant_nothing_is_allowed() -> None:
    with pytest.raises(AccessDenied):
        narrow("look", "drawer", Drawer(), []).read()


def test_a_grant_of_a_verb_that_the_port_lacks_is_found_when_it_is_wired() -> None:
    with pytest.raises(AttributeError):
        narrow("look", "drawer", Drawer(), ["lock"])


def test_the_interpreters_own_look_ups_are_no_access() -> None:
    with pytest.raises(AttributeError):
        narrow("look", "drawer", Drawer(), ["read"]).__wrapped__  # noqa: B018
    assert copy.copy(narrow("look", "drawer", Drawer(), ["read"])).read() == ["pen"]
