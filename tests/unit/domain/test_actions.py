"""Bodies that ask for something about an order: each wrong member is named, all at once."""

from __future__ import annotations

import pytest

from ordermill.domain.actions import Asked, read_action, read_cancellation
from ordermill.domain.errors import InvalidOrder


def errors(read: object, body: object) -> list[tuple[str, str]]:
    assert callable(read)
    with pytest.raises(InvalidOrder) as refused:
        read(body)
    return [(error.pointer, error.code) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, None),
        ({"reason": None}, None),
        ({"reason": "why\n\tnot"}, "why\n\tnot"),
        ({"reason": "é" * 2000}, "é" * 2000),
    ],
)
def test_a_cancellation_may_have_a_reason(body: object, reason: str | None) -> None:
    assert read_cancellation(body) == reason


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (None, [("", "wrong-type")]),
        ([], [("", "wrong-type")]),
        ({"reason": 1}, [("/reason", "wrong-type")]),
        ({"reason": " \n"}, [("/reason", "blank")]),
        ({"reason": "x" * 2001}, [("/reason", "too-long")]),
        ({"reason": "a\x07"}, [("/reason", "invalid-text")]),
        ({"a/b": None, "reason": "\ud800"}, [("/a~1b", "unknown-field"), ("/reason", "invalid-text")]),
        ({"action": "cancel"}, [("/action", "unknown-field")]),
    ],
)
def test_what_is_wrong_with_a_cancellation(body: object, wrong: list[tuple[str, str]]) -> None:
    assert errors(read_cancellation, body) == wrong


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_an_action_may_have_a_reason(action: str) -> None:
    assert read_action({"action": action}) == Asked(action, None)  # type: ignore[arg-type]
    assert read_action({"action": action, "reason": "so"}) == Asked(action, "so")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("cancel", [("", "wrong-type")]),
        ({}, [("/action", "required")]),
        ({"action": None, "reason": ""}, [("/action", "required"), ("/reason", "blank")]),
        ({"action": 1, "carrier": "UPS"}, [("/carrier", "unknown-field"), ("/action", "wrong-type")]),
        ({"action": "ship"}, [("/action", "unknown-action")]),
        ({"action": "Cancel"}, [("/action", "unknown-action")]),
    ],
)
def test_what_is_wrong_with_an_action(body: object, wrong: list[tuple[str, str]]) -> None:
    assert errors(read_action, body) == wrong


def test_an_unknown_action_is_told_which_are_known() -> None:
    with pytest.raises(InvalidOrder) as refused:
        read_action({"action": "ship"})
    assert refused.value.errors[0].detail == "one of cancel, retry"
