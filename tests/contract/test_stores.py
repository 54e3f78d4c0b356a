"""What every adapter of the table and messaging ports must do. A suite per port: subclass it, give its fixtures."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.local.message_log import MessageTooLarge
from ordermill.adapters.local.messaging import LocalQueue, LocalTopic
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalClaims, LocalEvents, LocalMails, LocalOrders, LocalProducts
from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ProcessOrder, SendMail
from ordermill.domain.errors import AlreadyClaimed, Conflict, InvalidCursor, OutOfStock
from ordermill.domain.events import OrderChange, OrderEvent, events_of
from ordermill.domain.mail import MailContent, MailRecord
from ordermill.domain.order import Order, Status, Step, advance
from ordermill.ports.stores import Claim, ClaimStore, EventLog, MailStore, OrderStore, ProductStore

MakeOrder = Callable[..., Order]
PEN = Product("PEN", "Pen", 150, "USD", 10)
INK = Product("INK", "Blaue Straße", 700, "EUR", None)


class Time:
    """Milliseconds that pass when told."""

    def __init__(self) -> None:
        self.ms = 1000

    def now_ms(self) -> int:
        return self.ms


class Ports:
    """The ports of one store, and its transactions. `fresh` forgets what is only in memory."""

    def __init__(self, path: Path) -> None:
        self._path, self.time = path, Time()
        self._open()

    def _open(self) -> None:
        self.store = LocalStore(self._path)
        self.store.connection.execute("PRAGMA synchronous = OFF")
        self.orders: OrderStore = LocalOrders(self.store, self.time)
        self.claims: ClaimStore = LocalClaims(self.store, self.time)
        self.products: ProductStore = LocalProducts(self.store)
        self.events: EventLog = LocalEvents(self.store)
        self.mails: MailStore = LocalMails(self.store)

    @contextmanager
    def write(self) -> Iterator[None]:
        """What functions do in a batch; a function that raises leaves nothing of itself."""
        self.store.begin()
        mark = self.store.mark()
        try:
            yield
        except BaseException:
            self.store.rollback_to(mark)
            self.store.commit()
            raise
        self.store.commit()

    def fresh(self) -> None:
        """As after a restart."""
        self.store.close()
        self._open()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.store.connection.execute(sql).fetchall()


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    """The local store's."""
    opened = Ports(tmp_path / "stores.db")
    yield opened
    opened.store.close()


@pytest.fixture(params=[False, True], ids=["warm", "restarted"])
def settle(request: pytest.FixtureRequest, ports: Ports) -> Callable[[], None]:
    """Called between a write and a read: what is stored must not depend on what is in memory."""
    restart: bool = request.param
    return ports.fresh if restart else lambda: None


def confirmed(order: Order) -> Order:
    return advance(order, [Step(Status.CONFIRMED)], at=2000, by="process_order")


class TestOrders:
    """Port `orders`."""

    def test_an_order_comes_back_as_it_was(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"))
        settle()
        assert ports.orders.read("o1") == make_order("o1")
        assert ports.orders.read("o2") is None

    def test_an_order_is_not_overwritten_by_another_of_its_id(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1", quantity=1))
        settle()
        # Where a look-up would cost too much, the commit refuses instead.
        with pytest.raises(Exception), ports.write():  # noqa: B017
            ports.orders.create(make_order("o1", quantity=5))
        ports.fresh()
        assert ports.orders.read("o1") == make_order("o1", quantity=1)

    def test_a_batch_with_an_order_that_exists_leaves_nothing_of_itself(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o2"))
        settle()
        ports.store.begin()
        for name in ("o1", "o2", "o3"):
            ports.store.tables.orders.insert(name, make_order(name, quantity=7))
        with pytest.raises(sqlite3.IntegrityError):
            ports.store.commit()
        with ports.write():
            ports.orders.create(make_order("o4"))
        settle()
        assert ports.rows("SELECT order_id FROM orders ORDER BY num") == [("o2",), ("o4",)]
        assert ports.orders.read("o2") == make_order("o2")
        assert ports.orders.read("o1") is None

    def test_an_id_in_use_in_the_same_batch_is_a_conflict(self, ports: Ports, make_order: MakeOrder) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"))
            with pytest.raises(Conflict):
                ports.orders.create(make_order("o1"))

    def test_an_update_needs_the_version_it_expects(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with ports.write():
            ports.orders.create(order)
        settle()
        with ports.write():
            ports.orders.update(confirmed(order), expect=1)
        settle()
        with pytest.raises(Conflict), ports.write():
            ports.orders.update(replace(order, note="stale"), expect=1)
        with pytest.raises(Conflict), ports.write():
            ports.orders.update(make_order("o2"), expect=1)
        assert ports.orders.read("o1") == confirmed(order)

    def test_each_write_leaves_one_record_in_the_change_stream(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with ports.write():
            ports.orders.create(order)
        settle()
        with ports.write():
            ports.orders.update(confirmed(order), expect=1)
        changes = [record.change for record in ports.store.stream.after(0, 10)]
        assert [(c.event, c.old_version, c.old_status) for c in changes] == [
            ("INSERT", 0, None),
            ("MODIFY", 1, "PENDING"),
        ]
        assert [change.order for change in changes] == [order, confirmed(order)]

    def test_a_write_that_is_undone_leaves_no_trace(self, ports: Ports, make_order: MakeOrder) -> None:
        with suppress(ZeroDivisionError), ports.write():
            ports.orders.create(make_order("o1"), Claim("k", "f", "o1", 5000))
            raise ZeroDivisionError
        ports.fresh()
        assert (ports.orders.read("o1"), ports.claims.read("k")) == (None, None)
        assert ports.store.stream.after(0, 10) == []


class TestStock:
    """Stock that moves with an order."""

    def test_stock_moves_with_the_order(self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder) -> None:
        order = make_order("o1")
        with ports.write():
            ports.products.put([PEN, INK])
            ports.orders.create(order)
        settle()
        with ports.write():
            ports.orders.update(
                confirmed(order), expect=1, stock=ports.products.reserve({"PEN": 4, "INK": 9, "GONE": 1})
            )
        settle()
        assert ports.products.list() == [INK, replace(PEN, stock=6)]

    def test_too_little_stock_moves_nothing_and_names_every_product(self, ports: Ports, make_order: MakeOrder) -> None:
        order = make_order("o1")
        with ports.write():
            ports.products.put([PEN, replace(PEN, sku="CAP", name="Cap", stock=0), replace(PEN, sku="BOX", name="Box")])
            ports.orders.create(order)
        # Whoever catches it goes on in the same batch: what it left behind would be stored.
        with ports.write(), pytest.raises(OutOfStock) as short:
            ports.orders.update(
                confirmed(order), expect=1, stock=ports.products.reserve({"BOX": 2, "CAP": 1, "PEN": 11})
            )
        assert set(short.value.skus) == {"CAP", "PEN"}
        ports.fresh()
        assert {product.sku: product.stock for product in ports.products.list()} == {"PEN": 10, "CAP": 0, "BOX": 10}
        assert ports.orders.read("o1") == order

    def test_stock_moves_with_an_order_that_is_created(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.products.put([PEN])
        settle()
        with ports.write():
            ports.orders.create(confirmed(make_order("o1")), stock=ports.products.reserve({"PEN": 4}))
        settle()
        assert ports.products.list() == [replace(PEN, stock=6)]
        assert ports.orders.read("o1") == confirmed(make_order("o1"))
        (record,) = ports.store.stream.after(0, 10)
        assert (record.change.event, record.change.old_version, record.change.old_status) == ("INSERT", 0, None)
        assert [event.type for event in events_of(record.change)] == ["OrderCreated", "OrderConfirmed"]

    @pytest.mark.parametrize("taken", ["stock", "key", "id"])
    def test_an_order_that_is_not_created_moves_no_stock_and_takes_no_key(
        self, ports: Ports, make_order: MakeOrder, taken: str
    ) -> None:
        units, key, order_id = {"stock": (11, "k", "o1"), "key": (1, "known", "o1"), "id": (1, "k", "o0")}[taken]
        with ports.write():
            ports.products.put([PEN])
            ports.orders.create(make_order("o0"), ports.claims.claim("known", "print", "o0", 5000))
        # Whoever catches it goes on in the same batch: what it left behind would be stored.
        with ports.write(), pytest.raises((OutOfStock, AlreadyClaimed, Conflict)):
            ports.orders.create(
                make_order(order_id, quantity=9),
                ports.claims.claim(key, "other", order_id, 9000),
                stock=ports.products.reserve({"PEN": units}),
            )
        ports.fresh()
        assert ports.products.list() == [PEN]
        assert (ports.orders.read("o1"), ports.orders.read("o0"), ports.claims.read("k")) == (
            None,
            make_order("o0"),
            None,
        )

    def test_another_version_moves_no_stock(self, ports: Ports, make_order: MakeOrder) -> None:
        with ports.write():
            ports.products.put([PEN])
            ports.orders.create(make_order("o1"))
        with pytest.raises(Conflict), ports.write():
            ports.orders.update(make_order("o1"), expect=7, stock=ports.products.reserve({"PEN": 1}))
        assert ports.products.list() == [PEN]


class TestClaims:
    """Port `idempotency`, and the part that rides in an order's creation."""

    def test_a_claim_is_stored_with_its_order(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"), ports.claims.claim("k", "print", "o1", 5000))
        settle()
        assert ports.claims.read("k") == Claim("k", "print", "o1", 5000)
        assert ports.claims.read("other") is None

    def test_a_key_that_is_taken_stores_no_second_order(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"), ports.claims.claim("k", "print", "o1", 5000))
        settle()
        ports.time.ms = 4999
        with pytest.raises(AlreadyClaimed) as taken, ports.write():
            ports.orders.create(make_order("o2"), ports.claims.claim("k", "other", "o2", 9000))
        assert (taken.value.order_id, taken.value.fingerprint) == ("o1", "print")
        assert ports.orders.read("o2") is None
        assert ports.claims.read("k") == Claim("k", "print", "o1", 5000)

    def test_an_expired_key_is_taken_anew(self, ports: Ports, make_order: MakeOrder) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"), ports.claims.claim("k", "print", "o1", 5000))
        ports.time.ms = 5000
        with ports.write():
            ports.orders.create(make_order("o2"), ports.claims.claim("k", "other", "o2", 9000))
        ports.fresh()
        assert ports.claims.read("k") == Claim("k", "other", "o2", 9000)

    def test_the_part_alone_takes_nothing(self, ports: Ports) -> None:
        with ports.write():
            ports.claims.claim("k", "print", "o1", 5000)
        assert ports.claims.read("k") is None

    def test_a_key_is_taken_by_itself_with_the_order_in_it(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        claim = Claim("k", "print", "o1", 5000, make_order("o1"))
        with ports.write():
            ports.claims.take(claim)
        settle()
        assert ports.claims.read("k") == claim
        assert ports.orders.read("o1") is None

    def test_a_key_that_is_taken_is_not_taken_again_and_tells_by_whom(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        settle()
        ports.time.ms = 4999
        with pytest.raises(AlreadyClaimed) as taken, ports.write():
            ports.claims.take(Claim("k", "other", "o2", 9000, make_order("o2")))
        assert (taken.value.order_id, taken.value.fingerprint, taken.value.order) == ("o1", "print", make_order("o1"))
        ports.time.ms = 5000
        with ports.write():
            ports.claims.take(Claim("k", "other", "o2", 9000))
        settle()
        assert ports.claims.read("k") == Claim("k", "other", "o2", 9000)

    def test_a_key_taken_by_itself_is_taken_for_an_orders_creation_too(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        settle()
        with pytest.raises(AlreadyClaimed) as taken, ports.write():
            ports.orders.create(make_order("o2"), ports.claims.claim("k", "other", "o2", 9000))
        assert taken.value.order == make_order("o1")
        assert ports.orders.read("o2") is None

    def test_a_taking_that_is_undone_leaves_the_key_free(self, ports: Ports, make_order: MakeOrder) -> None:
        with suppress(ZeroDivisionError), ports.write():
            ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
            raise ZeroDivisionError
        ports.fresh()
        assert ports.claims.read("k") is None


class TestProducts:
    """Port `products`."""

    def test_a_product_is_found_by_sku_else_by_name_in_any_case(self, ports: Ports, settle: Callable[[], None]) -> None:
        with ports.write():
            ports.products.put([PEN, INK])
        settle()
        find = ports.products.find
        assert find("PEN", "Blaue Straße") == PEN
        assert find(None, "BLAUE STRASSE") == find("NOPE", "blaue straße") == INK
        assert find("pen", None) is find(None, None) is find(None, "") is find("", "nothing") is None

    def test_a_product_that_was_renamed_is_found_by_its_new_name_alone(
        self, ports: Ports, settle: Callable[[], None]
    ) -> None:
        with ports.write():
            ports.products.put([PEN])
            ports.products.put([replace(PEN, name="Biro")])
        settle()
        assert ports.products.find(None, "biro") == replace(PEN, name="Biro")
        assert ports.products.find(None, "pen") is None

    def test_two_products_that_swap_their_names_are_both_found(self, ports: Ports, settle: Callable[[], None]) -> None:
        swapped = [replace(PEN, name=INK.name), replace(INK, name=PEN.name)]
        with ports.write():
            ports.products.put([PEN, INK])
        with ports.write():
            ports.products.put(swapped)
        settle()
        assert [ports.products.find(None, INK.name), ports.products.find(None, PEN.name)] == swapped

    def test_an_import_that_is_undone_changes_nothing(self, ports: Ports) -> None:
        with ports.write():
            ports.products.put([PEN])
        with suppress(ZeroDivisionError), ports.write():
            ports.products.put([replace(PEN, name="Biro", stock=0), INK])
            raise ZeroDivisionError
        assert ports.products.list() == [PEN]
        assert (ports.products.find(None, "pen"), ports.products.find(None, "biro")) == (PEN, None)
        ports.fresh()
        assert ports.products.list() == [PEN]


class TestEvents:
    """Port `events`."""

    def test_a_repeat_changes_nothing(self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder) -> None:
        (event,) = events_of(_insert(make_order("o1")))
        with ports.write():
            ports.events.append(event)
            ports.events.append(event)
        settle()
        with ports.write():
            ports.events.append(replace(event, time="later"))
        assert ports.rows("SELECT order_id, seq, type, body LIKE '%later%' FROM events") == [
            ("o1", 1, "OrderCreated", 0)
        ]


class TestMails:
    """Port `mails`."""

    def test_a_record_is_kept_and_replaced_by_its_id(self, ports: Ports, settle: Callable[[], None]) -> None:
        record = MailRecord("m1", "o1", "OrderProcessed", "a@b.example", "Hello", "QUEUED", 1, 5)
        with ports.write():
            ports.mails.put(record)
        settle()
        assert ports.mails.read("m1") == record
        with ports.write():
            ports.mails.put(replace(record, status="SENT"))
        settle()
        assert ports.mails.read("m1") == replace(record, status="SENT")
        assert ports.mails.read("m2") is None

    def test_a_record_of_an_earlier_version_is_read(self, ports: Ports) -> None:
        body = (
            '{"mailId":"m1","orderId":"o1","event":"OrderProcessed","to":null,"subject":"Hello","status":"NO_ADDRESS",'
            '"attempts":0,"at":5}'
        )
        sql = f"INSERT INTO mails (mail_id, order_id, status, body) VALUES ('m1', 'o1', 'NO_ADDRESS', '{body}')"
        ports.rows(sql)
        known = MailRecord("m1", "o1", "OrderProcessed", None, "Hello", "NO_ADDRESS", 0, 5)
        assert (known.text, known.content, known.resends, known.error) == (None, None, 0, None)
        assert ports.mails.read("m1") == known
        assert ports.mails.list(1).mails == (known,)

    def test_they_are_listed_newest_first_page_by_page(self, ports: Ports) -> None:
        content = MailContent("Hi", "Hello,", ("a",), (("b", "c"),), (("d", "e"),), "f", "g")
        records = [
            MailRecord(f"m{n}", f"o{n % 2}", "OrderProcessed", "a@b.c", "Hello", "QUEUED", 1, n, content=content)
            for n in range(5)
        ]
        with ports.write():
            for record in records:
                ports.mails.put(record)
        with ports.write():
            ports.mails.put(replace(records[1], status="SENT"))
        ports.fresh()
        wanted = [records[4], records[3], records[2], replace(records[1], status="SENT"), records[0]]
        for order_id, expected in ((None, wanted), ("o1", wanted[1::2]), ("o2", [])):
            for limit in (1, 2, 5, 9):
                page = ports.mails.list(limit, order_id=order_id)
                found = list(page.mails)
                while page.after is not None:
                    assert len(page.mails) == limit
                    assert len(found) < len(expected)
                    page = ports.mails.list(limit, page.after, order_id=order_id)
                    found += page.mails
                assert found == expected

    @pytest.mark.parametrize("after", ["", "x", "0", "-1", "1.2", "٣", "9" * 19])
    def test_a_place_in_the_list_that_is_none_is_refused(self, ports: Ports, after: str) -> None:
        with pytest.raises(InvalidCursor):
            ports.mails.list(1, after)


class TestMessaging:
    """The ports of queues and topics."""

    def test_a_message_is_stored_whole_and_only_if_its_sender_did_not_fail(self, ports: Ports) -> None:
        mail = SendMail("m1", "o1", "OrderProcessed", None, "Hello", "Text")
        queue = LocalQueue(ports.store.messages, "mail-queue", ports.time)
        with suppress(ZeroDivisionError), ports.write():
            queue.send([mail])
            raise ZeroDivisionError
        with ports.write():
            queue.send([mail, mail])
        messages = ports.store.messages.fresh("mail-queue", 0, 10)
        assert [(m.order_id, m.sent_at, m.receives) for m in messages] == [("o1", 1000, 0)] * 2

    def test_a_message_with_an_order_comes_back_as_it_was(self, ports: Ports, make_order: MakeOrder) -> None:
        message = ProcessOrder("o1", 1, make_order("o1"))
        with ports.write():
            LocalQueue(ports.store.messages, "order-queue", ports.time).send([message])
        (stored,) = ports.store.messages.fresh("order-queue", 0, 10)
        assert (stored.order_id, msgspec.json.decode(stored.body, type=ProcessOrder)) == ("o1", message)

    def test_a_message_beyond_the_limit_of_the_cloud_is_refused_here(self, ports: Ports) -> None:
        queue = LocalQueue(ports.store.messages, "mail-queue", ports.time)
        with pytest.raises(MessageTooLarge), ports.write():
            queue.send([SendMail("m1", "o1", "OrderProcessed", None, "Hello", "x" * 256 * 1024)])
        assert ports.store.messages.fresh("mail-queue", 0, 10) == []

    def test_an_event_reaches_the_queues_whose_filter_lets_it_through(
        self, ports: Ports, make_order: MakeOrder
    ) -> None:
        wanted = {"all": None, "created": ["OrderCreated"], "paid": ["OrderPaid"]}
        topic = LocalTopic(ports.store.messages, wanted, ports.time)
        events: list[OrderEvent] = events_of(_insert(make_order("o1")))
        with ports.write():
            topic.publish(events)
        assert [len(ports.store.messages.fresh(queue, 0, 10)) for queue in wanted] == [1, 1, 0]


def _insert(order: Order) -> OrderChange:
    return OrderChange("INSERT", 0, None, order)
