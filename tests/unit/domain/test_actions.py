"""Bodies that ask for something about an order: each wrong member is named, all at once."""

from __future__ import annotations

import pytest

from ordermill.domain.actions import ORDERS_MAX, Asked, read_action, read_actions, read_cancellation
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


@pytest.mark.parametrize("action", ["cancel", "retry", "ship", "deliver"])
def test_an_action_may_have_a_reason(action: str) -> None:
    assert read_action({"action": action}) == Asked(action, None)  # type: ignore[arg-type]
    assert read_action({"action": action, "reason": "so"}) == Asked(action, "so")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("cancel", [("", "wrong-type")]),
        ({}, [("/action", "required")]),
        ({"action": None, "reason": ""}, [("/action", "required"), ("/reason", "blank")]),
        ({"action": 1, "carrier": "UPS"}, [("/action", "wrong-type")]),
        ({"action": ["ship"], "by": "me"}, [("/by", "unknown-field"), ("/action", "wrong-type")]),
        ({"action": "Cancel", "carrier": 1}, [("/action", "unknown-action"), ("/carrier", "wrong-type")]),
        ({"action": "cancel", "carrier": None}, [("/carrier", "unknown-field")]),
        ({"action": "deliver", "trackingNumber": 1}, [("/trackingNumber", "unknown-field")]),
        (
            {"action": "ship", "carrier": "x" * 201, "trackingNumber": "1\n2"},
            [("/carrier", "too-long"), ("/trackingNumber", "invalid-text")],
        ),
        ({"action": "ship", "orderIds": []}, [("/orderIds", "unknown-field")]),
    ],
)
def test_what_is_wrong_with_an_action(body: object, wrong: list[tuple[str, str]]) -> None:
    assert errors(read_action, body) == wrong


def test_an_unknown_action_is_told_which_are_known() -> None:
    with pytest.raises(InvalidOrder) as refused:
        read_action({"action": "send"})
    assert refused.value.errors[0].detail == "one of cancel, retry, ship, deliver, delete"


def test_shipping_says_by_whom_and_under_which_number() -> None:
    body = {"action": "ship", "reason": "r", "carrier": "UPS", "trackingNumber": "1Z"}
    assert read_action(body) == Asked("ship", "r", "UPS", "1Z")
    assert read_action({"action": "ship", "carrier": None}) == Asked("ship")


def test_many_orders_are_named_in_their_order_and_need_no_ids_that_are_some() -> None:
    ids, asked = read_actions({"orderIds": ["b", "a", "b"], "action": "deliver", "reason": "r"})
    assert (ids, asked) == (("b", "a", "b"), Asked("deliver", "r"))
    assert len(read_actions({"orderIds": ["a"] * ORDERS_MAX, "action": "cancel"})[0]) == ORDERS_MAX


@pytest.mark.parametrize(
    ("ids", "wrong"),
    [
        (None, [("/orderIds", "required")]),
        ("a", [("/orderIds", "wrong-type")]),
        ([], [("/orderIds", "out-of-range")]),
        (["a"] * (ORDERS_MAX + 1), [("/orderIds", "out-of-range")]),
        (
            ["a", 1, None, "", "x" * 201, "\ud800"],
            [
                ("/orderIds/1", "wrong-type"),
                ("/orderIds/2", "wrong-type"),
                ("/orderIds/3", "blank"),
                ("/orderIds/4", "too-long"),
                ("/orderIds/5", "invalid-text"),
            ],
        ),
    ],
)
def test_what_is_wrong_with_the_orders(ids: object, wrong: list[tuple[str, str]]) -> None:
    assert errors(read_actions, {"orderIds": ids, "action": "cancel"}) == wrong
