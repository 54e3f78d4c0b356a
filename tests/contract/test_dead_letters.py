"""What every adapter of the dead letters' port must do, by itself and as a part of an order's write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.local.letters import LocalDeadLetters, ReadDeadLetters
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalOrders
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.errors import Conflict, InvalidCursor
from ordermill.domain.order import Order
from ordermill.ports.stores import DeadLetterStore

MakeOrder = Callable[..., Order]
LIST = Callable[..., Any]


class Time:
    def now_ms(self) -> int:
        return 1000


class Desk:
    """The port over one store; `fresh` forgets what is only in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fresh()

    def fresh(self) -> None:
        self.store = LocalStore(self.path)
        self.store.connection.execute("PRAGMA synchronous = OFF")
        self.letters: DeadLetterStore = LocalDeadLetters(self.store)
        self.orders = LocalOrders(self.store, Time())

    def reopen(self) -> None:
        self.store.close()
        self.fresh()

    @contextmanager
    def write(self) -> Iterator[None]:
        """A function's turn: one that raises leaves nothing of itself."""
        self.store.begin()
        mark = self.store.mark()
        try:
            yield
        except Exception:
            self.store.rollback_to(mark)
            self.store.commit()
            raise
        self.store.commit()

    def open_ids(self, queue: str | None = None) -> list[str]:
        return [letter.id for letter in self.letters.list(100, queue=queue).letters]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "ordermill.db")
    yield desk
    desk.store.close()


def letter(id_: str, queue: str = "q", function: str = "consume", order_id: str | None = None) -> DeadLetter:
    payload = msgspec.Raw(b'{"price": 1.10, "text": "\\u00e9\xc3\xa9"}')
    return DeadLetter(id_, queue, function, order_id, "OSError: no", 5, 1, 77, payload)


def test_a_letter_is_kept_whole_and_once(desk: Desk) -> None:
    first = letter("l", order_id="o")
    with desk.write():
        desk.letters.append(first)
        desk.letters.append(replace(first, error="another"))
        assert desk.letters.read("l") == first, "the same transaction sees it"
    desk.reopen()
    kept = desk.letters.read("l")
    assert kept == first
    assert kept is not None
    assert bytes(kept.payload) == bytes(first.payload)
    with desk.write():
        desk.letters.append(replace(first, error="another"))
    assert desk.letters.read("l") == first


@pytest.mark.parametrize("reopened", [False, True])
def test_one_that_is_closed_is_known_and_not_open_and_stays_closed(desk: Desk, reopened: bool) -> None:
    with desk.write():
        desk.letters.append(letter("l"))
    with desk.write():
        desk.letters.close("l")
        desk.letters.close("l")
        desk.letters.close("none")
    if reopened:
        desk.reopen()
    assert (desk.letters.read("l"), desk.letters.known("l"), desk.letters.known("none")) == (None, True, False)
    with desk.write():
        desk.letters.append(letter("l"))
    assert (desk.letters.read("l"), desk.open_ids(), desk.letters.count()) == (None, [], 0)


def test_what_a_function_did_before_it_raised_is_undone(desk: Desk) -> None:
    with desk.write():
        desk.letters.append(letter("kept"))
    with suppress(ZeroDivisionError), desk.write():
        desk.letters.append(letter("new"))
        desk.letters.close("kept")
        raise ZeroDivisionError
    for _ in range(2):
        assert (desk.open_ids(), desk.letters.known("new")) == (["kept"], False)
        assert desk.letters.read("kept") is not None
        desk.reopen()


def test_an_orders_write_keeps_its_letter_or_neither(desk: Desk, make_order: MakeOrder) -> None:
    order = make_order()
    with desk.write():
        desk.orders.create(order, letters=desk.letters.keep(letter("l", order_id="ord_1")))
    with pytest.raises(Conflict), desk.write():
        desk.orders.update(order, expect=9, letters=desk.letters.keep(letter("never")))
    with pytest.raises(Conflict), desk.write():
        desk.orders.create(order, letters=desk.letters.keep(letter("never")))
    with desk.write():
        desk.orders.update(order, expect=1, letters=desk.letters.keep(letter("m", order_id="ord_1")))
    desk.reopen()
    assert (desk.open_ids(), desk.letters.known("never")) == (["m", "l"], False)


@pytest.mark.parametrize("together", [False, True])
def test_a_retry_closes_the_letters_of_its_orders_processing_alone(
    desk: Desk, make_order: MakeOrder, together: bool
) -> None:
    def keep() -> None:
        for id_, function, order_id in (
            ("a", "process_order", "ord_1"),
            ("b", "process_order", "ord_1"),
            ("mail", "send_email", "ord_1"),
            ("refund", "compensate_order", "ord_1"),
            ("other", "process_order", "ord_2"),
        ):
            desk.letters.append(letter(id_, function=function, order_id=order_id))

    def retry() -> None:
        desk.orders.update(make_order(), expect=1, letters=desk.letters.resolve("ord_1"))

    with desk.write():
        desk.orders.create(make_order())
        keep()
        if together:
            retry()
    if not together:
        desk.reopen()
        with desk.write():
            retry()
    for _ in range(2):
        assert sorted(desk.open_ids()) == ["mail", "other", "refund"]
        assert (desk.letters.read("a"), desk.letters.known("a")) == (None, True)
        desk.reopen()


def lists(desk: Desk) -> list[Any]:
    """Every adapter that lists."""
    return [desk.letters, ReadDeadLetters(Readers(desk.path))]


@pytest.mark.parametrize("oldest", [False, True])
@pytest.mark.parametrize("queue", [None, "q", "orders>consume"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_have_every_open_letter_once_in_order(desk: Desk, oldest: bool, queue: str | None, limit: int) -> None:
    queues = ["q", "orders>consume", "q", "other", "q", "q", "orders>consume"]
    with desk.write():
        for number, name in enumerate(queues):
            desk.letters.append(letter(f"l{number}", queue=name))
        desk.letters.close("l4")
    wanted = [f"l{n}" for n, name in enumerate(queues) if queue in (None, name) and n != 4]
    assert desk.letters.count(queue) == len(wanted)
    for adapter in lists(desk):
        found, after = [], None
        while True:
            page = adapter.list(limit, after, queue=queue, oldest=oldest)
            assert len(page.letters) <= limit
            found += [each.id for each in page.letters]
            after = page.after
            if after is None:
                break
        assert found == (wanted if oldest else wanted[::-1])


@pytest.mark.parametrize("after", ["", "x", "-1", "1.2", "٣", "9" * 40])
def test_what_is_no_position_is_refused(desk: Desk, after: str) -> None:
    for adapter in lists(desk):
        with pytest.raises(InvalidCursor):
            adapter.list(1, after)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("newest_letters", "dead_letters_open (num<?)"),
        ("oldest_letters", "dead_letters_open (num>?)"),
        ("newest_letters_of_queue", "dead_letters_open_by_queue (queue=? AND num<?)"),
        ("oldest_letters_of_queue", "dead_letters_open_by_queue (queue=? AND num>?)"),
        ("count_letters_of_queue", "dead_letters_open_by_queue (queue=?)"),
        ("open_letters_of_order", "dead_letters_by_order (order_id=?)"),
    ],
)
def test_each_statement_reads_its_index_and_sorts_nothing(desk: Desk, name: str, index: str) -> None:
    parameters: Any = {"queue": "q", "at": 5, "limit": 3} if "order" not in name else ("o",)
    with closing(sqlite3.connect(desk.path)) as connection:
        (step,) = connection.execute("EXPLAIN QUERY PLAN " + queries()[name], parameters).fetchall()
    assert step[3].replace("COVERING ", "") == f"SEARCH dead_letters USING INDEX {index}"
