"""What every adapter of the ports of queues and topics, and of service `messages`, must do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from ordermill.adapters.local.messaging import LocalQueue
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert, ProcessOrder, SendMail
from ordermill.domain.events import EventType, OrderChange, OrderEvent
from ordermill.ports.messaging import LONGEST_DELAY_MS, MESSAGE_LIMIT, MessageTooLarge
from ordermill.topology.loader import load
from ordermill.topology.views import subscriptions
from tests.contract.messaging_kit import AT, CONSUMER, REACHED, Received, Wires, event_of, letter_of, wires
from tests.contract.stores_kit import MakeOrder, Ports


@pytest.fixture(params=["local", "aws"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wires]:
    with wires(request.param, tmp_path) as opened:
        yield opened


def mail_of(number: int, text: str = "Text") -> SendMail:
    return SendMail(f"m{number:03}", f"o{number}", "OrderProcessed", None, "Grüße 👩", text)


def alert_of(number: int) -> DeliverAlert:
    return DeliverAlert(f"alr_{number}", None, "target")


class TestQueues:
    def test_what_is_sent_is_received(self, world: Wires, make_order: MakeOrder) -> None:
        order = ProcessOrder("ord_1", 2, make_order("ord_1"))
        world.does(lambda: world.queue("order-queue").send([order]))
        (got,) = world.received("order-queue")
        assert msgspec.json.decode(got.body, type=ProcessOrder) == order
        assert got.redrives == 0

    def test_all_of_many_are_received_and_by_nobody_else(self, world: Wires) -> None:
        mails = [mail_of(number) for number in range(25)]
        world.does(lambda: world.queue("mail-queue").send(mails))
        got = [msgspec.json.decode(each.body, type=SendMail) for each in world.received("mail-queue")]
        assert sorted(got, key=lambda mail: mail.mail_id) == mails
        assert world.received("alert-queue") == []
        assert world.received("mail-queue") == []

    def test_nothing_can_be_sent(self, world: Wires) -> None:
        world.does(lambda: world.queue("mail-queue").send([]))
        assert world.received("mail-queue") == []

    def test_large_ones_go_as_well_however_many(self, world: Wires) -> None:
        """Each is within the limit, and no two of them are."""
        mails = [mail_of(number, "x" * (MESSAGE_LIMIT * 3 // 5)) for number in range(3)]
        world.does(lambda: world.queue("mail-queue").send(mails))
        assert [Received(msgspec.json.encode(mail), 0) for mail in mails] == world.received("mail-queue")

    def test_the_limit_counts_bytes(self, world: Wires) -> None:
        room = MESSAGE_LIMIT - len(msgspec.json.encode(mail_of(0, "")))
        exact, beyond = mail_of(0, "é" * (room // 2) + "x" * (room % 2)), mail_of(0, "é" * (room // 2 + 1))
        world.does(lambda: world.queue("mail-queue").send([exact]))
        assert [len(each.body) for each in world.received("mail-queue")] == [MESSAGE_LIMIT]
        with pytest.raises(MessageTooLarge, match=f"mail-queue has at most {MESSAGE_LIMIT}"):
            world.does(lambda: world.queue("mail-queue").send([*map(mail_of, range(1, 20)), beyond]))
        assert world.received("mail-queue") == [], "not one of them went"

    def test_what_is_for_later_is_received_later(self, world: Wires) -> None:
        world.does(lambda: world.queue("alert-queue").send([alert_of(1), alert_of(2)], delay_ms=60_000))
        world.does(lambda: world.queue("alert-queue").send([alert_of(3)]))
        assert [b"alr_3" in each.body for each in world.received("alert-queue")] == [True]
        world.pass_ms(58_000)
        assert world.received("alert-queue") == []
        world.pass_ms(2_000)
        assert len(world.received("alert-queue")) == 2

    @pytest.mark.parametrize("delay_ms", [-1, LONGEST_DELAY_MS + 1])
    def test_a_delay_that_cannot_be_is_refused(self, world: Wires, delay_ms: int) -> None:
        with pytest.raises(ValueError, match=f"sent for {delay_ms} ms later"):
            world.does(lambda: world.queue("alert-queue").send([alert_of(1)], delay_ms=delay_ms))
        world.pass_ms(2 * LONGEST_DELAY_MS)
        assert world.received("alert-queue") == []

    def test_the_longest_delay_is_one(self, world: Wires) -> None:
        world.does(lambda: world.queue("alert-queue").send([alert_of(1)], delay_ms=LONGEST_DELAY_MS))
        world.pass_ms(LONGEST_DELAY_MS)
        assert len(world.received("alert-queue")) == 1


class TestTopics:
    @pytest.mark.parametrize("type_", EventType)
    def test_an_event_reaches_the_queues_whose_filter_lets_it_through(
        self, world: Wires, make_order: MakeOrder, type_: EventType
    ) -> None:
        event = event_of(make_order, type_)
        world.does(lambda: world.topic("order-events").publish([event]))
        filters = subscriptions(load(), "order-events")
        assert filters
        for queue, filter_ in filters.items():
            wanted = [Received(msgspec.json.encode(event), 0)] if filter_ is None or type_ in filter_["type"] else []
            assert world.received(queue) == wanted, queue

    def test_all_of_many_are_delivered(self, world: Wires, make_order: MakeOrder) -> None:
        events = [event_of(make_order, EventType.ORDER_CREATED, f"ord_{number:02}") for number in range(23)]
        world.does(lambda: world.topic("order-events").publish(events))
        got = [msgspec.json.decode(each.body, type=OrderEvent) for each in world.received("record-order-event")]
        assert sorted(got, key=lambda event: event.subject) == events

    def test_an_alert_reaches_its_handler(self, world: Wires) -> None:
        alert = Alert("alr_1", "critical", "process_order", "ord_1", "TIMEOUT", "it timed out", AT)
        world.does(lambda: world.topic("alerts").publish([alert]))
        assert world.received("alert-handler") == [Received(msgspec.json.encode(alert), 0)]

    def test_what_is_too_large_is_refused_whole(self, world: Wires) -> None:
        alerts = [Alert(f"alr_{n}", "info", "f", None, "R", "x" * (n * MESSAGE_LIMIT), AT) for n in range(2)]
        with pytest.raises(MessageTooLarge):
            world.does(lambda: world.topic("alerts").publish(alerts))
        assert world.received("alert-handler") == []


class TestMessages:
    @pytest.mark.parametrize("queue", REACHED)
    def test_a_letter_goes_back_to_its_queue_as_one_redriven(self, world: Wires, queue: str) -> None:
        letter = letter_of(queue, b'{"orderId": "ord_1",  "attempt": 1}', redrives=2)
        assert world.messages.reaches(letter)
        world.does(lambda: world.messages.redrive(letter))
        assert world.received(queue) == [Received(b'{"orderId": "ord_1",  "attempt": 1}', 3)]
        assert [world.received(other) for other in REACHED if other != queue] == [[], []]

    def test_what_is_no_json_goes_back_as_it_was(self, world: Wires) -> None:
        world.does(lambda: world.messages.redrive(letter_of("mail-queue", b"no JSON, gr\xc3\xbc\xc3\x9fe")))
        assert world.received("mail-queue") == [Received(b"no JSON, gr\xc3\xbc\xc3\x9fe", 1)]

    def test_a_change_record_goes_to_its_consumer(self, world: Wires, make_order: MakeOrder) -> None:
        change = OrderChange("MODIFY", 3, None, make_order("ord_1"))
        letter = letter_of(CONSUMER, msgspec.json.encode(change))
        assert world.messages.reaches(letter)
        world.does(lambda: world.messages.redrive(letter))
        (got,) = world.received(CONSUMER)
        assert (msgspec.json.decode(got.body, type=OrderChange), got.redrives) == (change, 1)
        assert [world.received(queue) for queue in REACHED] == [[], [], []]

    @pytest.mark.parametrize("queue", ["compensate-order", "orders>process_order", "orders", ""])
    def test_what_nobody_consumes_is_not_reached(self, world: Wires, queue: str) -> None:
        assert not world.messages.reaches(letter_of(queue, b"{}"))

    def test_an_order_goes_to_its_processing(self, world: Wires) -> None:
        message = ProcessOrder("ord_1", 3)
        world.does(lambda: world.messages.process(message))
        assert world.received("order-queue") == [Received(msgspec.json.encode(message), 0)]

    def test_new_orders_go_to_their_processing_however_many(self, world: Wires) -> None:
        messages = [ProcessOrder(f"ord_{number:03}", 1) for number in range(25)]
        world.does(lambda: world.messages.start(messages))
        assert world.received("order-queue") == [Received(msgspec.json.encode(message), 0) for message in messages]

    def test_where_their_records_lead_there_new_orders_are_not_sent_and_others_are(self, world: Wires) -> None:
        message = ProcessOrder("ord_1", 3)
        world.does(lambda: world.streamed.start([message]))
        assert world.received("order-queue") == []
        world.does(lambda: world.streamed.process(message))
        assert world.received("order-queue") == [Received(msgspec.json.encode(message), 0)]


def test_locally_a_message_is_stored_only_if_its_sender_did_not_fail(ports: Ports) -> None:
    mail = SendMail("m1", "o1", "OrderProcessed", None, "Hello", "Text")
    queue = LocalQueue(ports.store.messages, "mail-queue", ports.time)
    with suppress(ZeroDivisionError), ports.write():
        queue.send([mail])
        raise ZeroDivisionError
    with ports.write():
        queue.send([mail, mail])
    messages = ports.store.messages.fresh("mail-queue", 0, 10)
    assert [(m.order_id, m.sent_at, m.receives) for m in messages] == [("o1", 1000, 0)] * 2
