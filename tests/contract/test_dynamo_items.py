"""What is in the tables on AWS, and which calls each verb makes: roles allow those and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from moto import mock_aws
from msgspec.structs import replace

from ordermill.adapters.aws.alerts import KEPT_S, DynamoAlerts
from ordermill.adapters.aws.claims import DynamoClaims
from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import Rejected
from ordermill.adapters.aws.events import DynamoEvents
from ordermill.adapters.aws.letters import DynamoLetters
from ordermill.adapters.aws.mails import DynamoMails
from ordermill.adapters.aws.orders import DynamoOrders
from ordermill.adapters.aws.products import DynamoProducts
from ordermill.adapters.clock import SystemClock
from ordermill.domain.dead_letters import payload_of
from ordermill.domain.events import OrderChange, OrderEvent, events_of
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order, Status, Step, advance
from ordermill.domain.order_list import OrderFilter
from ordermill.ports.stores import Claim
from tests.aws_calls import Call
from tests.contract.dynamo_kit import ACCOUNT, REGION, DynamoPorts, recorded_session
from tests.contract.stores_kit import INK, PEN, MakeOrder, alert_record, letter

DAY_MS = 24 * 60 * 60 * 1000


class NoSession:
    """Makes no clients."""

    def create_client(self, *_: Any, **__: Any) -> Any:
        raise AssertionError


def test_constructors_make_no_client(make_order: MakeOrder) -> None:
    deployment, clock = Deployment("p", REGION, ACCOUNT, session=NoSession()), SystemClock()
    for adapter in (DynamoOrders, DynamoClaims, DynamoMails, DynamoLetters, DynamoAlerts):
        adapter(deployment, clock)
    DynamoProducts(deployment)
    with pytest.raises(AssertionError):
        DynamoEvents(deployment).append(_event(make_order("o1")))


def test_an_order_is_its_text_and_what_it_is_found_by(dynamo: DynamoPorts, make_order: MakeOrder) -> None:
    order = make_order("ord_1", email="Ada@Example.org")
    dynamo.orders.create(order)
    item = dynamo.item("orders", "orderId", "ord_1")
    assert msgspec.json.decode(item.pop("body")["S"], type=Order) == order
    shards = {name: item.pop(name)["S"].rpartition("#") for name in list(item) if name.endswith("Shard")}
    assert {name: listed for name, (listed, _, _) in shards.items()} == {
        "creationShard": "all",
        "statusShard": "PENDING",
        "customerShard": "c1",
        "emailShard": "ada@example.org",
    }
    assert item == {
        "orderId": {"S": "ord_1"},
        "version": {"N": "1"},
        "status": {"S": "PENDING"},
        "creationKey": {"S": "1763640000000#ord_1"},
    }


def test_what_an_order_has_no_more_it_is_not_found_by(dynamo: DynamoPorts, make_order: MakeOrder) -> None:
    order = make_order("ord_1")
    dynamo.orders.create(order)
    dynamo.orders.update(replace(order, email=None, customer_id=None, version=2), expect=1)
    assert dynamo.item("orders", "orderId", "ord_1").keys() == {
        "orderId", "version", "status", "body", "creationKey", "creationShard", "statusShard"
    }  # fmt: skip


@pytest.mark.parametrize(("expires_at", "second"), [(5000, "5"), (5001, "6"), (5999, "6")])
def test_a_claim_expires_to_the_millisecond_and_is_swept_no_earlier(
    dynamo: DynamoPorts, expires_at: int, second: str
) -> None:
    dynamo.claims.take(Claim("k", "print", "o1", expires_at))
    item = dynamo.item("idempotency", "claimKey", "k")
    assert (item["expiresAt"], item["expiresAtMs"]) == ({"N": second}, {"N": str(expires_at)})


def test_an_alert_is_gone_90_days_after_it_was_put_last_swept_or_not(dynamo: DynamoPorts) -> None:
    first = alert_record(1, "o1")
    dynamo.alerts.put(first)
    dynamo.time.ms += DAY_MS
    dynamo.alerts.put(replace(first, count=2))
    assert dynamo.item("alert-log", "alertId", first.alert_id)["expiresAt"] == {"N": str(86_401 + KEPT_S)}
    for days, there in ((89, True), (1, False)):
        dynamo.time.ms += days * DAY_MS
        assert (dynamo.alerts.read(first.alert_id) is not None) is there
        assert len(dynamo.alerts.list(5).alerts) == len(dynamo.alerts.list(5, order_id="o1").alerts) == there


def test_events_are_in_the_order_of_their_numbers(dynamo: DynamoPorts, make_order: MakeOrder) -> None:
    order = make_order("o1")
    entries = tuple(replace(order.history[0], seq=number) for number in range(1, 12))
    for event in reversed(events_of(OrderChange("INSERT", 0, None, replace(order, history=entries)))):
        dynamo.events.append(event)
    assert [event.data.seq for event in dynamo.logged("o1")] == [*range(1, 12)]


class TestLetters:
    def test_an_open_one_is_in_the_indexes_and_a_closed_one_in_none(self, dynamo: DynamoPorts) -> None:
        dynamo.letters.append(letter("a", function="process_order", order_id="o1"))
        dynamo.letters.append(letter("b", function="send_email", order_id="o1"))
        found = {id_: dynamo.item("dead-letters", "letterId", id_).keys() for id_ in "ab"}
        assert found["a"] - found["b"] == {"openOrderId"}
        assert {"openShard", "openQueueShard"} <= found["b"]
        dynamo.letters.close("a")
        assert dynamo.item("dead-letters", "letterId", "a").keys() == {"letterId", "body", "creationKey", "aboutOrder"}

    @pytest.mark.parametrize("message", [b'"%s"' % (b"x" * 262_142), b"\xff" * 262_144], ids=["json", "bytes"])
    def test_the_largest_message_fits_whole_whatever_its_error_said(self, dynamo: DynamoPorts, message: bytes) -> None:
        large = replace(letter("l"), payload=payload_of(message), error="OSError: " + 300_000 * "é")
        dynamo.letters.append(large)
        kept = dynamo.letters.read("l")
        assert kept is not None
        assert bytes(kept.payload) == bytes(large.payload)
        assert large.error.startswith(kept.error)
        assert kept.error.startswith("OSError: é")

    def test_an_error_that_fits_is_whole(self, dynamo: DynamoPorts) -> None:
        long = replace(letter("l"), error="OSError: " + 150_000 * "x")
        dynamo.letters.append(long)
        assert dynamo.letters.read("l") == long

    def test_what_has_no_room_at_all_is_rejected(self, dynamo: DynamoPorts) -> None:
        with pytest.raises(Rejected, match="Item size"):
            dynamo.letters.append(replace(letter("l"), payload=msgspec.Raw(b'"%s"' % (b"x" * 450_000))))
        assert dynamo.letters.known("l") is False


class TestProducts:
    def test_of_two_with_one_name_the_one_that_was_put_last_is_found(self, dynamo: DynamoPorts) -> None:
        pens = [replace(PEN, sku=sku) for sku in ("B", "C", "A")]
        dynamo.products.put(pens)
        assert dynamo.products.find(None, "pen") == pens[2]
        dynamo.time.ms += 1
        dynamo.products.put([pens[0]])
        assert dynamo.products.find(None, "pen") == pens[0]

    def test_of_one_that_is_put_twice_at_once_the_last_counts(self, dynamo: DynamoPorts) -> None:
        dynamo.products.put([PEN, INK, *(replace(PEN, stock=stock) for stock in range(20))])
        assert dynamo.products.find("PEN", None) == replace(PEN, stock=19)

    def test_what_is_not_counted_any_more_has_no_stock(self, dynamo: DynamoPorts) -> None:
        dynamo.products.put([PEN])
        dynamo.products.put([replace(PEN, stock=None)])
        assert "stock" not in dynamo.item("products", "sku", "PEN")


CALLS: dict[str, tuple[Callable[[DynamoPorts, Order], object], set[str]]] = {
    "orders: read": (lambda ports, order: ports.orders.read("o1"), {"GetItem orders"}),
    "orders: list": (
        lambda ports, order: ports.orders.list(OrderFilter(customer="a@b.c"), 5),
        {"Query orders/by-customer", "Query orders/by-email", "BatchGetItem orders"},
    ),
    "orders: oldest": (
        lambda ports, order: ports.old_orders.oldest(OrderFilter(status=Status.PENDING), 5),
        {"Query orders/by-status", "BatchGetItem orders"},
    ),
    "orders: create": (lambda ports, order: ports.orders.create(replace(order, order_id="o2")), {"PutItem orders"}),
    "orders: update": (lambda ports, order: ports.orders.update(order, expect=1), {"UpdateItem orders"}),
    "orders: create, idempotency: claim": (
        lambda ports, order: ports.orders.create(
            replace(order, order_id="o2"), ports.claims.claim("k", "print", "o2", 5)
        ),
        {"PutItem orders", "PutItem idempotency"},
    ),
    "orders: update, products: reserve": (
        lambda ports, order: ports.orders.update(order, expect=1, stock=ports.products.reserve({"PEN": 1, "INK": 1})),
        {"UpdateItem orders", "BatchGetItem products", "UpdateItem products"},
    ),
    "orders: update, dead-letters: keep": (
        lambda ports, order: ports.orders.update(order, expect=1, letters=ports.letters.keep(letter("new"))),
        {"UpdateItem orders", "PutItem dead-letters"},
    ),
    "orders: read, update, dead-letters: resolve": (
        lambda ports, order: ports.orders.update(order, expect=1, letters=ports.letters.resolve("o1")),
        {"GetItem orders", "UpdateItem orders", "Query dead-letters/of-order", "UpdateItem dead-letters"},
    ),
    "idempotency: read": (lambda ports, order: ports.claims.read("k"), {"GetItem idempotency"}),
    "idempotency: take": (
        lambda ports, order: ports.claims.take(Claim("k", "print", "o1", 5)),
        {"PutItem idempotency"},
    ),
    "products: find": (
        lambda ports, order: ports.products.find("none", "pen"),
        {"GetItem products", "Query products/of-name"},
    ),
    "products: list": (lambda ports, order: ports.products.list(), {"Query products/by-sku", "BatchGetItem products"}),
    "products: put": (lambda ports, order: ports.products.put([PEN]), {"UpdateItem products"}),
    "events: append": (lambda ports, order: ports.events.append(_event(order)), {"PutItem events"}),
    "mails: read": (lambda ports, order: ports.mails.read("m1"), {"GetItem mails"}),
    "mails: list": (
        lambda ports, order: (ports.mails.list(5), ports.mails.list(5, order_id="o1")),
        {"Query mails/by-creation", "Query mails/by-order", "BatchGetItem mails"},
    ),
    "mails: put": (lambda ports, order: ports.mails.put(_mail()), {"UpdateItem mails"}),
    "dead-letters: read": (lambda ports, order: ports.letters.read("l"), {"GetItem dead-letters"}),
    "dead-letters: known": (lambda ports, order: ports.letters.known("l"), {"GetItem dead-letters"}),
    "dead-letters: list": (
        lambda ports, order: (ports.letters.list(5), ports.letters.list(5, queue="q")),
        {"Query dead-letters/by-creation", "Query dead-letters/by-queue", "BatchGetItem dead-letters"},
    ),
    "dead-letters: count": (
        lambda ports, order: (ports.letters.count(), ports.letters.count("q")),
        {"Query dead-letters/by-creation", "Query dead-letters/by-queue"},
    ),
    "dead-letters: append": (lambda ports, order: ports.letters.append(letter("new")), {"PutItem dead-letters"}),
    "dead-letters: close": (lambda ports, order: ports.letters.close("l"), {"UpdateItem dead-letters"}),
    "alert-log: read": (lambda ports, order: ports.alerts.read("a"), {"GetItem alert-log"}),
    "alert-log: put": (lambda ports, order: ports.alerts.put(alert_record(2)), {"UpdateItem alert-log"}),
    "alert-log: list": (
        lambda ports, order: (ports.alerts.list(5), ports.alerts.list(5, order_id="o1")),
        {"Query alert-log/by-creation", "Query alert-log/by-order", "BatchGetItem alert-log"},
    ),
}


@pytest.mark.parametrize("verbs", CALLS)
def test_verbs_make_the_calls_that_are_allowed_for_them(verbs: str, make_order: MakeOrder) -> None:
    act, expected = CALLS[verbs]
    session, calls = recorded_session()
    with mock_aws():
        ports = DynamoPorts(session=session)
        order = replace(make_order("o1"), customer_id="a@b.c")
        ports.orders.create(order)
        ports.products.put([PEN, INK])
        ports.mails.put(_mail())
        ports.alerts.put(alert_record(1, "o1"))
        ports.letters.append(letter("l", function="process_order", order_id="o1"))
        calls.clear()
        act(ports, advance(order, [Step(Status.CONFIRMED)], at=2000, by="test"))
        assert _asked(ports, calls) == expected
        # Whatever is read may decide a write.
        assert all(call.parameters["ConsistentRead"] for call in calls if call.operation == "GetItem")


def _event(order: Order) -> OrderEvent:
    return events_of(OrderChange("INSERT", 0, None, order))[0]


def _mail() -> MailRecord:
    return MailRecord("m1", "o1", "OrderProcessed", "a@b.example", "Hello", "QUEUED", 1, 5)


def _asked(ports: DynamoPorts, calls: list[Call]) -> set[str]:
    """Each action with the table, and index, that it was on; of a transaction those of its parts."""
    prefix = ports.deployment.name("")
    found = set()
    for _, operation, parameters in calls:
        if operation == "TransactWriteItems":
            parts = [part for item in parameters["TransactItems"] for part in item.items()]
            found |= {f"{kind}Item {part['TableName'].removeprefix(prefix)}" for kind, part in parts}
        elif operation == "BatchGetItem":
            found |= {f"{operation} {table.removeprefix(prefix)}" for table in parameters["RequestItems"]}
        else:
            index = f"/{parameters['IndexName']}" if "IndexName" in parameters else ""
            found.add(f"{operation} {parameters['TableName'].removeprefix(prefix)}{index}")
    return found
