"""The functions about images: what is kept of an upload, who takes it, and what is swept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from ordermill.domain.commands import GetImage, IntakeRequest, PlaceOrder, Tick, UploadImage
from ordermill.domain.deletion import deleted
from ordermill.domain.errors import ImageMismatch, InvalidImage, InvalidOrder, NotFound, PayloadTooLarge
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.images import KEPT_TYPE, UNUSED_MS, ImageRecord, Judgement, Label, Verdict
from ordermill.functions import archive_deleted_orders as archiving
from ordermill.functions import create_order as creating
from ordermill.functions import recognize_uploaded_image as recognizing
from ordermill.functions import submit_order as submitting
from ordermill.functions import sweep_images as sweeping
from ordermill.functions.get_image import LINK_S, get_image
from ordermill.functions.validate_order import validate_order
from ordermill.ports.ambient import Settings
from ordermill.ports.images import CleanPicture, LabelsUnavailable, PictureRefused
from ordermill.ports.objects import ObjectPage, StoredObject
from tests.pictures import base64_of, picture
from tests.unit.functions.archive_kit import Archive
from tests.unit.functions.functions_kit import NOW, Claims, Clock, Ids, OrderQueue, Orders, Products, Tables, Tokens
from tests.unit.functions.images_kit import Images

HOUR = 3_600_000
CAR = (Label("Car", 0.97, ("Vehicle",)),)
IMAGE_ID = "img_0190b3a0-0000-7000-8000-000000000001"


class Files:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str]] = {}

    def put(self, key: str, body: bytes, content_type: str) -> None:
        self.kept[key] = (body, content_type)

    def read(self, key: str) -> StoredObject | None:
        raise NotImplementedError

    def read_many(self, keys: Sequence[str]) -> Any:
        raise NotImplementedError

    def list(self, limit: int, after: str | None = None, prefix: str = "") -> ObjectPage:
        keys = sorted(key for key in self.kept if key > (after or "") and key.startswith(prefix))
        page = tuple(keys[: min(limit, 2)])
        return ObjectPage(page, page[-1] if len(keys) > len(page) else None)

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def link(self, key: str, *, expires_s: int, content_type: str, filename: str | None = None) -> str:
        return f"{key} {expires_s} {content_type}"


class Looking:
    """Pictures and labels that say what they are told to."""

    def __init__(self, labels: tuple[Label, ...] | None = CAR, fails: Exception | None = None) -> None:
        self.labels, self.fails, self.seen = labels, fails, list[bytes]()

    def clean(self, sent: bytes) -> CleanPicture:
        self.seen.append(sent)
        if isinstance(self.fails, PictureRefused):
            raise self.fails
        return CleanPicture(b"clean", 60, 40)

    def detect(self, clean: CleanPicture) -> tuple[Label, ...] | None:
        if self.fails is not None:
            raise self.fails
        assert clean.body == b"clean"
        return self.labels


class Desk:
    """All of the functions over one set of tables."""

    def __init__(self, looking: Looking | None = None) -> None:
        self.clock, self.ids = Clock(), Ids()
        self.tables, self.files = Tables(self.clock), Files()
        self.images, self.looking = Images(self.tables, self.clock), looking or Looking()

    def upload(self, **members: Any) -> ImageRecord:
        message = UploadImage(json.dumps({"image": base64_of(picture()), **members}).encode())
        upload = recognizing.prepare(message)
        outcome = recognizing.call(
            upload, pictures=self.looking, labels=self.looking, image_files=self.files, ids=self.ids
        )
        return recognizing.settle(message, outcome, images=self.images, clock=self.clock, settings=Settings())

    def sweep(self, since: int, at: int) -> None:
        tick = Tick(at, since)
        orders = Orders(self.tables, self.clock)
        outcome = sweeping.call(sweeping.prepare(tick, images=self.images, orders=orders), image_files=self.files)
        sweeping.settle(tick, outcome, images=self.images, clock=self.clock)

    def create(self, **members: Any) -> Any:
        return creating.create_order(
            PlaceOrder(members),
            orders=Orders(self.tables, self.clock),
            idempotency=Claims(self.tables),
            products=Products(self.tables),
            images=self.images,
            tokens=Tokens(),
            clock=self.clock,
            ids=self.ids,
            settings=Settings(),
        ).order

    def keep(self, image_id: str = IMAGE_ID, *orders: str, due: int | None = NOW + UNUSED_MS) -> ImageRecord:
        judged = Judgement(Verdict.MATCH, 0.97)
        record = ImageRecord(image_id, None, CAR, judged, 1, 1, 1, "", NOW, due, orders)
        self.images.put(record)
        self.files.put(image_id, b"clean", KEPT_TYPE)
        return record


def test_an_upload_is_cleaned_labelled_kept_and_judged() -> None:
    desk = Desk()
    record = desk.upload(description="a red car")
    assert desk.looking.seen == [picture()]
    assert desk.files.kept == {"img_1": (b"clean", "image/jpeg")}
    assert desk.images.read("img_1") == record
    assert (record.judgement, record.labels) == (Judgement(Verdict.MATCH, 0.97), CAR)
    assert (record.width, record.height, record.size, record.due) == (60, 40, 5, NOW + UNUSED_MS)
    assert desk.upload(description="a dog").judgement.verdict is Verdict.MISMATCH
    assert desk.upload().judgement.verdict is Verdict.INCONCLUSIVE
    assert Desk(Looking(None)).upload(description="a car").judgement.verdict is Verdict.UNCHECKED


@pytest.mark.parametrize(
    ("looking", "members", "error"),
    [
        (Looking(), {"image": base64_of(b"<html>")}, InvalidImage),
        (Looking(), {"image": "A" * 6_000_000}, PayloadTooLarge),
        (Looking(fails=PictureRefused("a whole picture")), {}, InvalidImage),
        (Looking(fails=LabelsUnavailable("away")), {}, LabelsUnavailable),
    ],
)
def test_what_is_refused_leaves_nothing(looking: Looking, members: dict[str, Any], error: type[Exception]) -> None:
    desk = Desk(looking)
    with pytest.raises(error):
        desk.upload(**members)
    assert (desk.files.kept, desk.tables.images) == ({}, {})
    assert looking.seen == ([] if members else [picture()])


def test_a_message_never_shows_the_picture() -> None:
    assert repr(UploadImage(b"secret")) == "UploadImage(6 bytes)"


def test_staff_are_given_a_link() -> None:
    desk = Desk()
    record = desk.keep()
    shown = get_image(GetImage(IMAGE_ID), images=desk.images, image_files=desk.files)
    assert (shown.record, shown.url) == (record, f"{IMAGE_ID} {LINK_S} image/jpeg")
    with pytest.raises(NotFound):
        get_image(GetImage("img_9"), images=desk.images, image_files=desk.files)


def test_an_order_takes_its_image() -> None:
    desk = Desk()
    desk.keep()
    desk.clock.ms += HOUR
    order = desk.create(product="Car", quantity=1, price="5", imageId=IMAGE_ID)
    assert (order.image_id, order.image.verdict) == (IMAGE_ID, Verdict.MATCH)
    taken = desk.images.read(IMAGE_ID)
    assert taken is not None
    assert (taken.orders, taken.due) == ((order.order_id,), NOW + HOUR + UNUSED_MS)
    with pytest.raises(ImageMismatch):
        desk.create(product="Mug", quantity=1, price="5", imageId=IMAGE_ID)
    assert desk.images.read(IMAGE_ID) == taken


def test_an_image_whose_time_is_over_is_unknown() -> None:
    desk = Desk()
    desk.keep()
    desk.clock.ms += UNUSED_MS
    with pytest.raises(InvalidOrder):
        desk.create(product="Car", quantity=1, price="5", imageId=IMAGE_ID)
    assert desk.tables.orders == {}


class Vanishing(Images):
    """Its image goes just before it is taken."""

    def use(self, image_id: str, order_id: str) -> bool:
        return False


def test_an_image_that_goes_meanwhile_refuses_the_order() -> None:
    desk = Desk()
    desk.keep()
    desk.images = Vanishing(desk.tables, desk.clock)
    with pytest.raises(InvalidOrder) as caught:
        desk.create(product="Car", quantity=1, price="5", imageId=IMAGE_ID)
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("/imageId", "unknown-image")]
    assert desk.tables.orders == {}


def test_the_other_ways_in_judge_and_take_it_too() -> None:
    desk = Desk()
    desk.keep()
    body = json.dumps({"product": "Car", "quantity": 1, "price": "5", "imageId": IMAGE_ID})
    for text, refused in ((body, False), (body.replace("Car", "Mug"), True)):
        message = IntakeRequest("ord_7", text)

        def validate(message: IntakeRequest = message) -> None:
            validate_order(
                message,
                idempotency=Claims(desk.tables),
                products=Products(desk.tables),
                images=desk.images,
                clock=desk.clock,
                settings=Settings(),
            )

        if refused:
            with pytest.raises(ImageMismatch):
                validate()
        else:
            validate()
    assert desk.images.read(IMAGE_ID) == desk.keep()
    for _ in range(2):
        creating.task(
            IntakeRequest("ord_7", body),
            orders=Orders(desk.tables, desk.clock),
            idempotency=Claims(desk.tables),
            products=Products(desk.tables),
            images=desk.images,
            clock=desk.clock,
            settings=Settings(),
        )
    queue = OrderQueue()
    placed = submitting.submit_order(
        PlaceOrder(json.loads(body)),
        orders=Orders(desk.tables, desk.clock),
        idempotency=Claims(desk.tables),
        products=Products(desk.tables),
        images=desk.images,
        tokens=Tokens(),
        order_queue=queue,
        clock=desk.clock,
        ids=desk.ids,
        settings=Settings(),
    )
    assert placed.order.image is not None
    taken = desk.images.read(IMAGE_ID)
    assert taken is not None
    assert taken.orders == ("ord_7", placed.order.order_id)


def test_what_no_order_took_goes_after_a_day_picture_first() -> None:
    desk = Desk()
    desk.keep("img_a")
    desk.keep("img_b", due=NOW + UNUSED_MS + 1)
    desk.sweep(NOW, NOW + 1)
    assert set(desk.tables.images) == set(desk.files.kept) == {"img_a", "img_b"}
    desk.clock.ms += UNUSED_MS
    desk.sweep(NOW, desk.clock.ms)
    assert set(desk.tables.images) == set(desk.files.kept) == {"img_b"}


def test_what_an_order_has_stays_as_long_as_the_order() -> None:
    desk = Desk()
    desk.keep()
    order = desk.create(product="Car", quantity=1, price="5", imageId=IMAGE_ID)
    desk.clock.ms += UNUSED_MS
    for _ in range(3):
        desk.sweep(NOW, desk.clock.ms)
    kept = desk.images.read(IMAGE_ID)
    assert kept is not None
    assert (kept.due, kept.orders) == (None, (order.order_id,))
    desk.images.release(IMAGE_ID, order.order_id)
    desk.sweep(NOW, desk.clock.ms)
    assert (desk.tables.images, desk.files.kept) == ({}, {})


def test_an_order_that_was_never_stored_keeps_no_image() -> None:
    desk = Desk()
    desk.keep()
    order = desk.create(product="Car", quantity=1, price="5", imageId=IMAGE_ID)
    desk.images.use(IMAGE_ID, "ord_lost")
    desk.clock.ms += UNUSED_MS
    for _ in range(2):
        desk.sweep(NOW, desk.clock.ms)
    kept = desk.images.read(IMAGE_ID)
    assert kept is not None
    assert (kept.due, kept.orders) == (None, (order.order_id,))
    del desk.tables.orders[order.order_id]
    desk.images.put(replace(kept, due=desk.clock.ms))
    for _ in range(2):
        desk.sweep(NOW, desk.clock.ms)
    assert (desk.tables.images, desk.files.kept) == ({}, {})


def test_a_crash_between_the_steps_of_a_sweep_is_made_up_for() -> None:
    desk = Desk()
    desk.keep()
    desk.clock.ms += UNUSED_MS
    tick = Tick(desk.clock.ms, NOW)
    found = sweeping.prepare(tick, images=desk.images, orders=Orders(desk.tables, desk.clock))
    sweeping.call(found, image_files=desk.files)
    assert (len(desk.tables.images), len(desk.files.kept)) == (1, 0)
    desk.sweep(NOW, desk.clock.ms)
    assert desk.tables.images == {}


def stamped(at: int, number: int) -> str:
    digits = f"{at:012x}"
    return f"img_{digits[:8]}-{digits[8:]}-7000-8000-{number:012}"


def test_a_picture_without_a_record_goes_once_no_upload_can_be_under_way() -> None:
    desk = Desk()
    lost = [stamped(NOW + 1000, number) for number in range(5)]
    for key in lost:
        desk.files.put(key, b"clean", KEPT_TYPE)
    known = desk.keep(stamped(NOW + 1000, 7))
    fresh = stamped(NOW + HOUR, 8)
    desk.files.put(fresh, b"clean", KEPT_TYPE)
    desk.clock.ms = NOW + HOUR + 2000
    desk.sweep(NOW, NOW + 500)
    assert lost[0] in desk.files.kept
    desk.sweep(NOW + 500, desk.clock.ms)
    desk.sweep(desk.clock.ms, desk.clock.ms + 1)
    assert set(desk.files.kept) == {known.image_id, fresh}
    assert set(desk.tables.images) == {known.image_id}


def test_an_order_that_is_deleted_lets_go_of_its_image_before_it_is_forgotten() -> None:
    desk = Desk()
    desk.keep()
    order = desk.create(product="Car", quantity=1, price="5", imageId=IMAGE_ID)
    gone = deleted(order, at=NOW, by="staff")
    orders, archive = Orders(desk.tables, desk.clock), Archive()
    orders.update(gone, expect=order.version)
    event = events_of(OrderChange("MODIFY", order.version, order.status, gone))[-1]
    tombstone = archiving.prepare(event, orders=orders)
    assert tombstone == gone
    for _ in range(2):
        archiving.settle(event, gone, archived_orders=archive, images=desk.images, orders=orders)
    assert desk.images.read(IMAGE_ID) is None
    desk.sweep(NOW, desk.clock.ms)
    assert (desk.tables.images, desk.files.kept) == ({}, {})
