"""What every adapter of the port `images` must do; and what only reads, locally."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from ordermill.adapters.local.images import ReadImages
from ordermill.adapters.local.readers import Readers
from ordermill.domain.images import ORDERS_MAX, UNUSED_MS, ImageRecord, Judgement, Label, Verdict
from ordermill.ports.images import FoundImages
from tests.contract.stores_kit import Ports, Stores

Settle = Callable[[], None]


def image(number: int, due: int | None = 1_000_000, *orders: str) -> ImageRecord:
    labels = (Label("Car", 0.97, ("Vehicle",), ("Automobile",)),)
    judged = Judgement(Verdict.MATCH, 0.97)
    return ImageRecord(f"img_{number}", "a car \u8eca", labels, judged, 64, 48, 700, "a" * 64, 900, due, orders)


def put(stores: Stores, *records: ImageRecord) -> None:
    with stores.write():
        for each in records:
            stores.images.put(each)


def use(stores: Stores, image_id: str, order_id: str) -> bool:
    with stores.write():
        return stores.images.use(image_id, order_id)


def release(stores: Stores, image_id: str, order_id: str) -> None:
    with stores.write():
        stores.images.release(image_id, order_id)


def due(stores: Stores, limit: int = 10) -> list[str]:
    return [record.image_id for record in stores.images.list(limit)]


@pytest.fixture(params=["engine", "reader", "aws"])
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stores, FoundImages]]:
    """The stores, and whatever of them has the verb `read`."""
    if request.param == "aws":
        dynamo: Stores = request.getfixturevalue("dynamo")
        yield dynamo, dynamo.images
        return
    ports: Ports = request.getfixturevalue("ports")
    with closing(Readers(tmp_path / "stores.db")) as readers:
        yield ports, ports.images if request.param == "engine" else ReadImages(readers, ports.time)


def test_an_image_is_there_as_it_was_put_until_it_is_due(found: tuple[Stores, FoundImages]) -> None:
    stores, images = found
    assert images.read("img_1") is None
    for record in (image(1), image(2, None), replace(image(3), labels=None, description=None)):
        put(stores, record)
        assert images.read(record.image_id) == record
    stores.time.ms = 1_000_000
    assert images.read("img_1") is None
    assert images.read("img_2") == image(2, None)
    assert images.read("") is None


def test_what_an_order_takes_stays(stores: Stores, settle: Settle) -> None:
    put(stores, image(1))
    assert use(stores, "img_1", "ord_1")
    settle()
    assert use(stores, "img_1", "ord_2")
    assert use(stores, "img_1", "ord_1")
    settle()
    expected = image(1, 1000 + UNUSED_MS, "ord_1", "ord_2")
    assert stores.images.read("img_1") == expected
    stores.time.ms += 10 * UNUSED_MS
    assert stores.images.read("img_1") == expected
    with stores.write():
        stores.images.delete("img_1")
    settle()
    assert stores.images.read("img_1") == expected


def test_nobody_takes_what_is_not_there_or_over(stores: Stores) -> None:
    put(stores, image(1))
    assert not use(stores, "img_2", "ord_1")
    stores.time.ms = 1_000_000
    assert not use(stores, "img_1", "ord_1")
    assert not stores.images.known("img_2")
    assert stores.images.known("img_1")


def test_an_image_has_so_many_orders_and_no_more(stores: Stores) -> None:
    orders = [f"ord_{number:04}" for number in range(ORDERS_MAX)]
    put(stores, image(1, None, *orders))
    assert not use(stores, "img_1", "ord_more")
    assert use(stores, "img_1", "ord_0000")
    release(stores, "img_1", "ord_0000")
    assert use(stores, "img_1", "ord_more")


def test_what_orders_let_go_of_is_due_at_once_and_goes_if_none_is_left(stores: Stores, settle: Settle) -> None:
    put(stores, image(1))
    use(stores, "img_1", "ord_1")
    use(stores, "img_1", "ord_2")
    release(stores, "img_1", "ord_2")
    release(stores, "img_1", "ord_2")
    release(stores, "img_1", "ord_3")
    release(stores, "img_9", "ord_1")
    settle()
    assert stores.images.list(5) == (image(1, 1000, "ord_1"),)
    assert stores.images.read("img_1") is not None
    release(stores, "img_1", "ord_1")
    settle()
    assert stores.images.read("img_1") is None
    assert due(stores) == ["img_1"]
    with stores.write():
        stores.images.delete("img_1")
        stores.images.delete("img_9")
    settle()
    assert not stores.images.known("img_1")
    assert due(stores) == []


def test_releasing_what_the_order_never_had_leaves_an_upload_alone(stores: Stores) -> None:
    put(stores, image(1))
    release(stores, "img_1", "ord_1")
    assert stores.images.read("img_1") == image(1)


def test_those_that_are_due_come_oldest_first(stores: Stores) -> None:
    put(stores, *(image(number, 2000 - 10 * number) for number in range(1, 8)), image(8, 5000), image(9, None))
    assert due(stores) == []
    stores.time.ms = 1970
    assert due(stores) == ["img_7", "img_6", "img_5", "img_4", "img_3"]
    assert due(stores, 2) == ["img_7", "img_6"]


def test_what_was_looked_up_is_due_no_more_unless_it_changed_since(stores: Stores, settle: Settle) -> None:
    put(stores, image(1, 500, "ord_1"), image(2, 500, "ord_1"), image(3, 500, "ord_1"))
    one, two, three = stores.images.list(5)
    stores.time.ms += 1
    use(stores, two.image_id, "ord_2")
    release(stores, three.image_id, "ord_1")
    with stores.write():
        for record in (one, two, three):
            stores.images.check(record)
    settle()
    assert stores.images.read("img_1") == image(1, None, "ord_1")
    assert stores.images.read("img_2") == image(2, 1001 + UNUSED_MS, "ord_1", "ord_2")
    assert due(stores) == ["img_3"]


def test_a_record_is_replaced_whole(stores: Stores, settle: Settle) -> None:
    put(stores, image(1, None, "ord_1", "ord_2"))
    put(stores, image(1, 700))
    settle()
    assert stores.images.read("img_1") is None
    put(stores, image(1, 1001))
    settle()
    assert stores.images.read("img_1") == image(1, 1001)


def test_what_a_function_did_that_failed_is_undone(ports: Ports) -> None:
    put(ports, image(1), image(2, 500))

    def fail() -> None:
        with ports.write():
            ports.images.use("img_1", "ord_1")
            ports.images.delete("img_2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert ports.images.read("img_1") == image(1)
    assert ports.images.known("img_2")
    ports.fresh()
    assert ports.images.read("img_1") == image(1)
    assert ports.images.known("img_2")
