"""Edits by a JSON merge patch: what they change, how long, what they leave in the history, what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.edits import BYTES_MAX, edited
from ordermill.domain.errors import InvalidOrder, NotEditable
from ordermill.domain.events import EventType, OrderChange, events_of
from ordermill.domain.lines import Terms
from ordermill.domain.money import MAX_TOTAL
from ordermill.domain.order import TRANSITIONS, Line, Order, Status
from tests.unit.domain.intake_kit import find

MakeOrder = Callable[..., Order]
OPEN = {Status.PENDING, Status.CONFIRMED, Status.PAID, Status.PROCESSED, Status.SHIPPED, Status.FAILED}


def edit(order: Order, patch: object, *, strict: bool = False, why: str | None = None) -> Order:
    return edited(order, patch, Terms(order.currency, find, strict), at=9, by="staff", why=why)


def errors(order: Order, patch: object, *, strict: bool = False) -> list[tuple[str, str]]:
    with pytest.raises(InvalidOrder) as refused:
        edit(order, patch, strict=strict)
    return [(error.pointer, error.code) for error in refused.value.errors]


def test_what_is_named_is_replaced_null_removes_and_the_rest_stays(make_order: MakeOrder) -> None:
    order = make_order()
    after = edit(order, {"email": "grace@example.org", "customerName": None, "note": "a\nb"}, why="she called")
    assert (after.email, after.customer_name, after.note) == ("grace@example.org", None, "a\nb")
    assert (after.items, after.total, after.customer_id, after.status) == (order.items, 1998, "c1", Status.PENDING)
    entry = after.history[-1]
    assert (entry.seq, entry.status, entry.at, entry.by, entry.reason) == (2, Status.PENDING, 9, "staff", "she called")
    assert entry.changed == ("customerName", "email", "note")
    assert (after.version, after.updated_at, after.history[:-1]) == (2, 9, order.history)
    (event,) = events_of(OrderChange("MODIFY", 1, Status.PENDING, after))
    assert (event.type, event.data.changed) == (EventType.ORDER_UPDATED, ("customerName", "email", "note"))


@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"note": None},
        {"customerName": "Ada", "email": "ada@example.org"},
        {"items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}]},
    ],
)
def test_what_changes_nothing_leaves_nothing(make_order: MakeOrder, patch: dict[str, Any]) -> None:
    order = make_order()
    assert edit(order, patch) is order


def test_items_are_priced_and_counted_as_in_a_new_order(make_order: MakeOrder) -> None:
    items = [
        {"product": "standing desk", "quantity": 2, "unitPrice": "1.00"},
        {"product": "Other", "quantity": 1, "unitPrice": "0.50"},
    ]
    after = edit(make_order(), {"items": items})
    assert after.items == (
        Line("standing desk", "DESK-1", 2, 45000, "DESK-1"),
        Line("Other", None, 1, 50),
    )
    assert (after.total, after.history[-1].changed) == (90050, ("items",))


@pytest.mark.parametrize("status", Status)
def test_how_long_what_may_be_edited(make_order: MakeOrder, status: Status) -> None:
    order = replace(make_order(), status=status)
    assert status in OPEN or status is Status.DELIVERED or not TRANSITIONS[status]
    if status in OPEN:
        assert edit(order, {"note": "x"}).history[-1].status is status
    else:
        with pytest.raises(NotEditable, match=status.value):
            edit(order, {"note": "x"})
    if status is not Status.PENDING:
        with pytest.raises(NotEditable, match=status.value):
            edit(order, {"items": [{"product": "Laptop", "quantity": 1}]})


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        (None, [("", "wrong-type")]),
        ([], [("", "wrong-type")]),
        ("note", [("", "wrong-type")]),
        (
            {"status": "PAID", "a/b": 1, "customerName": 1, "email": "x", "note": " ", "items": None},
            [
                ("/status", "unknown-field"),
                ("/a~1b", "unknown-field"),
                ("/customerName", "wrong-type"),
                ("/email", "invalid-email"),
                ("/note", "blank"),
                ("/items", "required"),
            ],
        ),
        ({"items": []}, [("/items", "out-of-range")]),
        ({"items": [{"product": "Laptop", "quantity": 0}]}, [("/items/0/quantity", "out-of-range")]),
        ({"items": [{"product": "X", "quantity": 1}]}, [("/items/0/unitPrice", "price-required")]),
        ({"items": [{"sku": "TEA-JP", "quantity": 1}]}, [("/items/0/sku", "currency-mismatch")]),
        (
            {"items": [{"product": f"X{n}", "quantity": 1_000_000, "unitPrice": MAX_TOTAL // 10**8} for n in (1, 2)]},
            [("/items", "out-of-range")],
        ),
    ],
)
def test_every_wrong_member_is_named(make_order: MakeOrder, patch: object, wrong: list[tuple[str, str]]) -> None:
    assert errors(make_order(), patch) == wrong


def test_where_the_catalogue_is_strict_so_are_edits(make_order: MakeOrder) -> None:
    patch = {"items": [{"product": "Widget", "quantity": 1, "unitPrice": "9.99"}]}
    assert errors(make_order(), patch, strict=True) == [("/items/0/product", "unknown-product")]


def test_a_wrong_member_is_told_before_how_far_the_order_is(make_order: MakeOrder) -> None:
    assert errors(replace(make_order(), status=Status.DELIVERED), {"note": 1}) == [("/note", "wrong-type")]


def test_a_history_has_its_limit(make_order: MakeOrder) -> None:
    order, edits = make_order(), 0
    while len(msgspec.json.encode(order)) < BYTES_MAX - 600:
        edits += 1
        order = edit(order, {"note": str(edits)}, why="é" * 200)
    assert edits > 200
    with pytest.raises(NotEditable, match="room"):
        edit(order, {"note": "x" * 600})
    assert edit(order, {"note": order.note}) is order
