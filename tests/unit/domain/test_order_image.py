"""An order's image: known or not, judged by the order's own words, and confirmed where it shows something else."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from ordermill.domain.errors import ImageMismatch, InvalidOrder
from ordermill.domain.images import ORDERS_MAX, ImageRecord, Judgement, Label, OrderImage, Verdict
from ordermill.domain.intake import read_order, read_order_text
from ordermill.domain.json_body import read_json
from ordermill.domain.order import Order, OrderDraft, place
from ordermill.domain.order_image import Images
from ordermill.domain.order_view import order_view
from ordermill.domain.task_errors import described, refusal
from tests.unit.domain.intake_kit import find, item

CAR_ID = "img_0190b3a0-0000-7000-8000-000000000001"
DARK_ID = "img_0190b3a0-0000-7000-8000-000000000002"
BUSY_ID = "img_0190b3a0-0000-7000-8000-000000000003"
CAR = (Label("Car", 0.97, ("Vehicle",), ("Automobile",)), Label("Road", 0.8))


def record(image_id: str, labels: tuple[Label, ...] | None, *orders: str) -> ImageRecord:
    # What was said at the upload is of no account: the order has words of its own.
    judged = Judgement(Verdict.MATCH, 0.5, "as it was uploaded")
    return ImageRecord(image_id, "a mug", labels, judged, 1, 1, 1, "", 0, None, orders)


KNOWN = {
    CAR_ID: record(CAR_ID, CAR),
    DARK_ID: record(DARK_ID, None),
    BUSY_ID: record(BUSY_ID, CAR, *(f"ord_{number}" for number in range(ORDERS_MAX))),
}
IMAGES = Images(KNOWN.get, 0.7)


def draft(**members: Any) -> OrderDraft:
    return read_order(members, find, strict=False, images=IMAGES)


def image(**members: Any) -> OrderImage | None:
    return draft(**members).image


def errors(**members: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidOrder) as caught:
        draft(**members)
    return [(error.pointer, error.code) for error in caught.value.errors]


def test_an_order_without_an_image_has_none() -> None:
    assert image(items=[item()]) is image(items=[item()], imageId=None, confirmMismatch=True) is None


@pytest.mark.parametrize(
    "members",
    [
        {"description": "a red car", "price": "5"},
        {"items": [item(product="Toy car")]},
        {"items": [item(), item(product="Automobile")]},
        {"items": [item(product="Car")], "description": "as we said on the phone, in blue"},
        {"items": [item(product="Mug")], "description": "the car that you know"},
    ],
)
def test_it_is_judged_by_the_description_or_else_by_the_products(members: dict[str, Any]) -> None:
    found = image(imageId=CAR_ID, **members)
    assert found == OrderImage(CAR_ID, Verdict.MATCH, 0.97, CAR, None)


@pytest.mark.parametrize(
    "members",
    [
        {"description": "a brown dog", "price": "5"},
        {"items": [item(product="Coffee mug")]},
        {"items": [item(product="Car")], "description": "a mug"},
        {"product": "Laptop", "quantity": 1},
    ],
)
def test_what_it_does_not_show_has_to_be_confirmed(members: dict[str, Any]) -> None:
    for confirm in ({}, {"confirmMismatch": False}, {"confirmMismatch": None}):
        with pytest.raises(ImageMismatch, match=r"but Car \(97%\).*confirmMismatch: true"):
            draft(imageId=CAR_ID, **members, **confirm)
    found = image(imageId=CAR_ID, confirmMismatch=True, **members)
    assert found is not None
    assert (found.verdict, found.confidence) == (Verdict.MISMATCH, 0.97)
    assert found.warning is not None


def test_only_a_mismatch_has_to_be() -> None:
    found = image(imageId=CAR_ID, items=[item(product="Thing")])
    assert found is not None
    assert found.verdict is Verdict.INCONCLUSIVE
    dark = image(imageId=DARK_ID, items=[item(product="Car")])
    assert dark is not None
    assert (dark.verdict, dark.labels, dark.confidence) == (Verdict.UNCHECKED, (), None)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("img_0190b3a0-0000-7000-8000-00000000000f", "unknown-image"),
        ("img_1", "unknown-image"),
        (CAR_ID.upper(), "unknown-image"),
        (CAR_ID + "\n", "unknown-image"),
        ("", "unknown-image"),
        ("\ud800", "unknown-image"),
        (5, "wrong-type"),
        (True, "wrong-type"),
        ([CAR_ID], "wrong-type"),
        (BUSY_ID, "out-of-range"),
    ],
)
def test_an_image_that_nobody_may_take_is_named(value: object, code: str) -> None:
    assert errors(items=[item(product="Car")], imageId=value) == [("/imageId", code)]


def test_a_mismatch_is_told_where_nothing_else_is_wrong() -> None:
    assert errors(items=[item(product="Mug", quantity=0)], imageId=CAR_ID) == [("/items/0/quantity", "out-of-range")]
    values: list[object] = ["true", 1, "yes", []]
    for value in values:
        members = {"items": [item(product="Mug")], "imageId": CAR_ID, "confirmMismatch": value}
        assert errors(**members) == [("/confirmMismatch", "wrong-type")]


def test_without_images_none_is_known() -> None:
    with pytest.raises(InvalidOrder):
        read_order({"items": [item()], "imageId": CAR_ID}, find, strict=False)


def test_a_text_that_is_read_twice_is_judged_once() -> None:
    text = read_json(json.dumps({"items": [item(product="Car")], "imageId": CAR_ID}).encode())
    first = read_order_text(text, find, strict=False, images=IMAGES)
    assert first.image is not None
    assert read_order_text(text, find, strict=False, images=IMAGES) is first


def test_the_verdict_is_part_of_the_order_and_of_what_is_shown() -> None:
    order = place(draft(items=[item(product="Car")], imageId=CAR_ID), order_id="ord_1", at=7, by="create_order")
    assert order.image_id == CAR_ID
    stored = msgspec.json.encode(order)
    assert msgspec.json.decode(stored, type=Order) == order
    shown = json.loads(msgspec.json.encode(order_view(order)))
    assert shown["image"] == {
        "imageId": CAR_ID,
        "verdict": "MATCH",
        "confidence": 0.97,
        "labels": [
            {"name": "Car", "confidence": 0.97, "parents": ["Vehicle"]},
            {"name": "Road", "confidence": 0.8, "parents": []},
        ],
        "warning": None,
    }


def test_a_record_from_before_images_is_read_without_one() -> None:
    order = place(draft(items=[item()]), order_id="ord_1", at=7, by="create_order")
    members = json.loads(msgspec.json.encode(order))
    del members["image"]
    assert msgspec.convert(members, Order) == order
    assert json.loads(msgspec.json.encode(order_view(order)))["image"] is None


def test_a_mismatch_comes_through_a_workflow_as_what_it_was() -> None:
    with pytest.raises(ImageMismatch) as caught:
        draft(imageId=CAR_ID, items=[item(product="Mug")])
    back = refusal(*described(caught.value))
    assert back is not None
    assert back.whole
    assert type(back.error) is ImageMismatch
    assert back.error.detail == caught.value.detail
