"""Records of the orders table's stream, as Lambda brings them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ordermill.adapters.aws.changes import NotAChange, change_of
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Order, Status, Step, advance


def image(order: Order) -> dict[str, Any]:
    return {
        "orderId": {"S": order.order_id},
        "version": {"N": str(order.version)},
        "status": {"S": order.status.value},
        "body": {"S": msgspec.json.encode(order).decode()},
        "letters": {"SS": ["l"]},
    }


def record(event: str, **images: dict[str, Any]) -> dict[str, Any]:
    """The shape of one record of an event."""
    return {
        "eventID": "c81e728d9d4c2f636f067f89cc14862c",
        "eventName": event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1763640000,
            "Keys": {"orderId": {"S": "ord_1"}},
            **images,
            "SequenceNumber": "4421584500000000017450439092",
            "SizeBytes": 59,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/o/stream/2026-11-21T00:00:00.000",
    }


@pytest.fixture
def before(make_order: Callable[..., Order]) -> Order:
    return make_order()


@pytest.fixture
def after(before: Order) -> Order:
    return advance(before, [Step(Status.CONFIRMED)], at=2000, by="process_order")


def test_a_new_order_replaces_nothing(before: Order) -> None:
    assert change_of(record("INSERT", NewImage=image(before))) == OrderChange("INSERT", 0, None, before)


def test_a_changed_one_replaces_what_it_was(before: Order, after: Order) -> None:
    changed = record("MODIFY", NewImage=image(after), OldImage=image(before))
    assert change_of(json.loads(json.dumps(changed))) == OrderChange("MODIFY", 1, Status.PENDING, after)


def test_one_that_was_removed_is_the_old_one(after: Order) -> None:
    assert change_of(record("REMOVE", OldImage=image(after))) == OrderChange("REMOVE", 2, Status.CONFIRMED, after)


def without(image: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in image.items() if key != name}


BROKEN: dict[str, Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]] = {
    "eventName is none": lambda new, old: record("CHANGE", NewImage=new),
    "eventName is none of": lambda new, old: {},
    "NewImage has no body: the table's stream must have new and old images": lambda new, old: record(
        "INSERT", NewImage=without(new, "body")
    ),
    "NewImage has no body": lambda new, old: record("INSERT", OldImage=new),
    "OldImage has no version": lambda new, old: record("MODIFY", NewImage=new),
    "OldImage has no status": lambda new, old: record("MODIFY", NewImage=new, OldImage=without(old, "status")),
    "OldImage has no body": lambda new, old: record("REMOVE", NewImage=new),
    "OldImage has no version and status of an order": lambda new, old: record(
        "MODIFY", NewImage=new, OldImage={**old, "status": {"S": "SECRET"}}
    ),
    "OldImage has no version and": lambda new, old: record(
        "MODIFY", NewImage=new, OldImage={**old, "version": {"N": "SECRET"}}
    ),
    "the body of NewImage is no order": lambda new, old: record("INSERT", NewImage={"body": {"S": '["SECRET"]'}}),
    "the body of NewImage is": lambda new, old: record("INSERT", NewImage={"body": {"S": "SECRET"}}),
    "body of NewImage is no attribute value": lambda new, old: record("INSERT", NewImage={"body": {"S": 7}}),
    "has no body: the": lambda new, old: {"eventName": "INSERT", "dynamodb": None},
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_no_order_is_told_and_not_quoted(said: str, before: Order, after: Order) -> None:
    with pytest.raises(NotAChange) as error:
        change_of(BROKEN[said](image(after), image(before)))
    assert said in str(error.value)
    assert "SECRET" not in str(error.value)
    assert error.value.__cause__ is None


def test_the_sdk_is_not_needed() -> None:
    program = "import sys, ordermill.adapters.aws.changes; print('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"False\n"
