"""What every adapter of the dead letters' port must do, by itself and as a part of an order's write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from ordermill.adapters.local.letters import ReadDeadLetters
from ordermill.adapters.local.readers import Readers
from ordermill.domain.errors import Conflict, InvalidCursor
from ordermill.ports.stores import DeadLetterStore
from tests.contract.stores_kit import MakeOrder, Stores, letter, open_ids

Lists = DeadLetterStore | ReadDeadLetters


@pytest.fixture(params=["engine", "reader", "aws"])
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stores, Lists]]:
    """The stores, and whatever of them lists."""
    if request.param == "aws":
        dynamo: Stores = request.getfixturevalue("dynamo")
        yield dynamo, dynamo.letters
        return
    ports: Stores = request.getfixturevalue("ports")
    with closing(Readers(tmp_path / "stores.db")) as readers:
        yield ports, ports.letters if request.param == "engine" else ReadDeadLetters(readers)


def test_a_letter_is_kept_whole_and_once(stores: Stores) -> None:
    first = letter("l", order_id="o")
    with stores.write():
        stores.letters.append(first)
        stores.letters.append(replace(first, error="another"))
        assert stores.letters.read("l") == first, "the same transaction sees it"
    stores.fresh()
    kept = stores.letters.read("l")
    assert kept == first
    assert kept is not None
    assert bytes(kept.payload) == bytes(first.payload)
    with stores.write():
        stores.letters.append(replace(first, error="another"))
    assert stores.letters.read("l") == first


@pytest.mark.parametrize("reopened", [False, True])
def test_one_that_is_closed_is_known_and_not_open_and_stays_closed(stores: Stores, reopened: bool) -> None:
    with stores.write():
        stores.letters.append(letter("l"))
    with stores.write():
        stores.letters.close("l")
        stores.letters.close("l")
        stores.letters.close("none")
    if reopened:
        stores.fresh()
    assert (stores.letters.read("l"), stores.letters.known("l"), stores.letters.known("none")) == (None, True, False)
    with stores.write():
        stores.letters.append(letter("l"))
    assert (stores.letters.read("l"), open_ids(stores), stores.letters.count()) == (None, [], 0)


def test_an_orders_write_keeps_its_letter_or_neither(stores: Stores, make_order: MakeOrder) -> None:
    order = make_order()
    with stores.write():
        stores.orders.create(order, letters=stores.letters.keep(letter("l", order_id="ord_1")))
    with pytest.raises(Conflict), stores.write():
        stores.orders.update(order, expect=9, letters=stores.letters.keep(letter("never")))
    with pytest.raises(Conflict), stores.write():
        stores.orders.create(order, letters=stores.letters.keep(letter("never")))
    with stores.write():
        stores.orders.update(order, expect=1, letters=stores.letters.keep(letter("m", order_id="ord_1")))
    stores.fresh()
    assert (open_ids(stores), stores.letters.known("never")) == (["m", "l"], False)


@pytest.mark.parametrize("together", [False, True])
def test_a_retry_closes_the_letters_of_its_orders_processing_alone(
    stores: Stores, make_order: MakeOrder, together: bool
) -> None:
    def keep() -> None:
        for id_, function, order_id in (
            ("a", "process_order", "ord_1"),
            ("b", "process_order", "ord_1"),
            ("mail", "send_email", "ord_1"),
            ("refund", "compensate_order", "ord_1"),
            ("other", "process_order", "ord_2"),
        ):
            stores.letters.append(letter(id_, function=function, order_id=order_id))

    def retry() -> None:
        stores.orders.update(make_order(), expect=1, letters=stores.letters.resolve("ord_1"))

    with stores.write():
        stores.orders.create(make_order())
        keep()
        if together:
            retry()
    if not together:
        stores.fresh()
        with stores.write():
            retry()
    for _ in range(2):
        assert sorted(open_ids(stores)) == ["mail", "other", "refund"]
        assert (stores.letters.read("a"), stores.letters.known("a")) == (None, True)
        stores.fresh()


def test_a_retry_closes_the_letter_that_was_kept_with_the_failure_and_none_of_a_refund(
    stores: Stores, make_order: MakeOrder
) -> None:
    first = make_order()
    second, third, fourth = (replace(first, version=version) for version in (2, 3, 4))
    processing, refund = letter("a", function="process_order", order_id="ord_1"), letter("b", order_id="ord_1")
    refund = replace(refund, function="compensate_order")
    with stores.write():
        stores.orders.create(first)
    with stores.write():
        stores.orders.update(second, expect=1, letters=stores.letters.keep(processing))
    with stores.write():
        stores.orders.update(third, expect=2, letters=stores.letters.keep(refund))
    assert open_ids(stores) == ["b", "a"]
    with pytest.raises(Conflict), stores.write():
        stores.orders.update(fourth, expect=2, letters=stores.letters.resolve("ord_1"))
    assert open_ids(stores) == ["b", "a"]
    with stores.write():
        stores.orders.update(fourth, expect=3, letters=stores.letters.resolve("ord_1"))
    assert (open_ids(stores), stores.letters.read("a"), stores.letters.known("a")) == (["b"], None, True)


def test_a_letter_that_was_kept_before_does_not_hold_up_its_orders_write(stores: Stores, make_order: MakeOrder) -> None:
    known = letter("l", function="process_order", order_id="ord_1")
    with stores.write():
        stores.orders.create(make_order())
        stores.letters.append(known)
        stores.letters.close("l")
    failed = replace(make_order(), version=2)
    with stores.write():
        stores.orders.update(failed, expect=1, letters=stores.letters.keep(replace(known, error="another")))
    assert stores.orders.read("ord_1") == failed
    assert (stores.letters.read("l"), open_ids(stores)) == (None, [])


def test_an_order_that_has_no_letters_is_retried(stores: Stores, make_order: MakeOrder) -> None:
    with stores.write():
        stores.orders.create(make_order())
    again = replace(make_order(), version=2)
    with stores.write():
        stores.orders.update(again, expect=1, letters=stores.letters.resolve("ord_1"))
    assert stores.orders.read("ord_1") == again


@pytest.mark.parametrize("oldest", [False, True])
@pytest.mark.parametrize("queue", [None, "q", "orders>consume", "none"])
def test_pages_have_every_open_letter_once_in_order(
    reading: tuple[Stores, Lists], oldest: bool, queue: str | None
) -> None:
    stores, lists = reading
    queues = ["q", "orders>consume", "q", "other", "q", "q", "orders>consume"]
    for number, name in enumerate(queues):
        stores.time.ms += 1
        with stores.write():
            stores.letters.append(letter(f"l{number}", queue=name))
    with stores.write():
        stores.letters.close("l4")
    wanted = [f"l{n}" for n, name in enumerate(queues) if queue in (None, name) and n != 4]
    assert stores.letters.count(queue) == len(wanted)
    for limit in (1, 3, 100):
        page = lists.list(limit, queue=queue, oldest=oldest)
        found = [each.id for each in page.letters]
        while page.after is not None:
            assert len(page.letters) == limit
            page = lists.list(limit, page.after, queue=queue, oldest=oldest)
            assert page.letters
            found += [each.id for each in page.letters]
        assert found == (wanted if oldest else wanted[::-1])


def test_pages_of_an_order_have_its_open_letters_alone_whatever_their_queue(reading: tuple[Stores, Lists]) -> None:
    stores, lists = reading
    for number, order_id in enumerate(["o1", "o2", "o1", None, "o1", "o1"]):
        stores.time.ms += 1
        with stores.write():
            stores.letters.append(letter(f"l{number}", queue=f"q{number % 2}", order_id=order_id))
    with stores.write():
        stores.letters.close("l2")
    for limit in (1, 2, 100):
        page = lists.of_order("o1", limit, closed=False)
        found = [each.id for each in page.letters]
        while page.after is not None:
            page = lists.of_order("o1", limit, page.after, closed=False)
            found += [each.id for each in page.letters]
        assert found == ["l5", "l4", "l0"]
    assert lists.of_order("none", 5, closed=False).letters == ()


def test_what_is_no_position_is_refused(reading: tuple[Stores, Lists]) -> None:
    for after in ("", "x", "-1", "1.2", "٣", "9" * 40):
        with pytest.raises(InvalidCursor):
            reading[1].list(1, after)
        with pytest.raises(InvalidCursor):
            reading[1].of_order("o", 1, after, closed=False)
