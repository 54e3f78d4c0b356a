"""Editing an order by a JSON merge patch (RFC 7396): which members, how long, and what it leaves in the history."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from ordermill.domain import money
from ordermill.domain.errors import FieldError, InvalidOrder, NotEditable
from ordermill.domain.fields import Errors, read_email, read_text, unknown_member
from ordermill.domain.lines import Terms, read_items
from ordermill.domain.order import HistoryEntry, Line, Order, Status
from ordermill.domain.text import NAME, NOTE, TextRule

EDITABLE: Final = {"customerName": "customer_name", "email": "email", "note": "note", "items": "items"}
"""Members that may be edited, and their names in the record."""

REASON: Final = TextRule(200)
"""Why an order was edited: every edit is kept, so each is short."""

BYTES_MAX: Final = 220_000
"""Of an edited order, as JSON with its history: a store takes 400 KB, a message 256 KiB, and more is to come."""

_CLOSED: Final = frozenset({Status.DELIVERED, Status.REJECTED, Status.CANCELLED})
"""Where nothing is to come any more that an edit could serve."""

_encode = msgspec.json.Encoder().encode


def edited(order: Order, patch: object, terms: Terms, *, at: int, by: str, why: str | None = None) -> Order:
    """The order with what the patch, parsed by `parse_json`, gives: null removes, items are priced anew.

    One entry of the history names the members that differ; where none does, the order is returned as it is.
    Raises InvalidOrder with every wrong member; NotEditable where the order has moved on too far for one of them.
    """
    if not isinstance(patch, dict):
        raise InvalidOrder([FieldError("", "wrong-type", "a JSON object")])
    errors: Errors = [unknown_member("", name) for name in patch if name not in EDITABLE]
    changes: dict[str, object] = {}
    if "customerName" in patch:
        changes["customer_name"] = read_text(patch["customerName"], "/customerName", NAME, errors)
    if "email" in patch:
        changes["email"] = read_email(patch["email"], errors)
    if "note" in patch:
        changes["note"] = read_text(patch["note"], "/note", NOTE, errors)
    if "items" in patch:
        lines = _read_lines(patch["items"], terms, errors)
        changes |= {"items": lines, "total": sum(line.total for line in lines)}
    if errors:
        raise InvalidOrder(errors)
    _check_open(order, patch)
    return _with(order, changes, at=at, by=by, why=why)


def _read_lines(items: object, terms: Terms, errors: Errors) -> tuple[Line, ...]:
    lines = tuple(read_items(items, terms, errors))
    if sum(line.total for line in lines) > money.MAX_TOTAL:
        errors.append(FieldError("/items", "out-of-range", f"a total of at most {money.MAX_TOTAL:,} minor units"))
    return lines


def _check_open(order: Order, patch: dict[str, object]) -> None:
    if patch and order.status in _CLOSED:
        raise NotEditable(f"an order that is {order.status} is not edited any more")
    if "items" in patch and order.status is not Status.PENDING:
        raise NotEditable(f"the items of an order are edited while it is PENDING; it is {order.status}")


def _with(order: Order, changes: dict[str, object], *, at: int, by: str, why: str | None) -> Order:
    differing = tuple(
        member for member, name in EDITABLE.items() if name in changes and changes[name] != getattr(order, name)
    )
    if not differing:
        return order
    entry = HistoryEntry(order.version + 1, order.status, at, by, why, differing)
    after = replace(order, **changes, version=entry.seq, updated_at=at, history=(*order.history, entry))
    if len(_encode(after)) > BYTES_MAX:
        raise NotEditable("its history leaves no room for another edit")
    return after
