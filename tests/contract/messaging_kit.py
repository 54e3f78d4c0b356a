"""The ports of queues and topics in both worlds, and what comes out at the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.messages import REDRIVES, SqsMessages
from ordermill.adapters.aws.queues import SqsQueue
from ordermill.adapters.aws.topics import SnsTopic
from ordermill.adapters.local.messaging import LocalMessages, LocalQueue, LocalTopic
from ordermill.domain.dead_letters import DeadLetter, payload_of
from ordermill.domain.events import EventType, OrderChange, OrderEvent, events_of
from ordermill.ports.services import Messages
from ordermill.topology.loader import load
from ordermill.topology.views import subscriptions
from tests.contract import aws_services_kit as aws
from tests.contract.stores_kit import MakeOrder, Ports

CONSUMER = "orders>publish_order_event"
RETRY_QUEUE = "orders-publish-order-event"
REACHED = ("mail-queue", "notify-customer", "order-queue")
"""What has a consumer in these tests, beside CONSUMER."""
AT = 1_763_640_000_000


def event_of(make_order: MakeOrder, type_: EventType, order_id: str = "ord_1") -> OrderEvent:
    (event,) = events_of(OrderChange("INSERT", 0, None, make_order(order_id)))
    return msgspec.structs.replace(event, type=type_)


def letter_of(queue: str, payload: bytes, redrives: int = 0) -> DeadLetter:
    function = queue.partition(">")[2] or "consumer"
    return DeadLetter("let_1", queue, function, "ord_1", "Error: x", 5, redrives, AT, payload_of(payload))


class Received(NamedTuple):
    body: bytes
    redrives: int


class Wires(Protocol):
    """A world's messaging."""

    def queue(self, name: str) -> LocalQueue | SqsQueue: ...

    def topic(self, name: str) -> LocalTopic | SnsTopic: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def streamed(self) -> Messages:
        """The same where a new order's change record leads to its processing."""
        ...

    def does(self, work: Callable[[], object]) -> None:
        """What a function does."""
        ...

    def received(self, source: str) -> list[Received]:
        """What the consumer of a queue, or CONSUMER, receives now, by its body; it is gone then."""
        ...

    def pass_ms(self, ms: int) -> None: ...


class LocalWires:
    """On a store, in its transactions."""

    def __init__(self, path: Path) -> None:
        self.ports = Ports(path)
        log, time = self.ports.store.messages, self.ports.time
        self._log, self._stream, self._time = log, self.ports.store.stream, time
        self.messages: Messages = LocalMessages(log, self._stream, time, REACHED, [CONSUMER])
        self.streamed: Messages = LocalMessages(log, self._stream, time, REACHED, [CONSUMER], streamed=True)

    def queue(self, name: str) -> LocalQueue:
        return LocalQueue(self._log, name, self._time)

    def topic(self, name: str) -> LocalTopic:
        filters = subscriptions(load(), name)
        return LocalTopic(
            self._log,
            {queue: None if filter_ is None else filter_["type"] for queue, filter_ in filters.items()},
            self._time,
        )

    def does(self, work: Callable[[], object]) -> None:
        with self.ports.write():
            work()

    def received(self, source: str) -> list[Received]:
        if source == CONSUMER:
            return self._parked(CONSUMER.partition(">")[2])
        messages = [*self._log.fresh(source, 0, 1000), *self._log.due(source, self._time.ms, 1000)]
        with self.ports.write():
            self._log.delete(messages)
        return sorted(Received(message.body, message.redrives) for message in messages)

    def pass_ms(self, ms: int) -> None:
        self._time.ms += ms

    def _parked(self, consumer: str) -> list[Received]:
        parked = self._stream.parked(consumer)
        return [
            Received(msgspec.json.encode(self._stream.read_parked(consumer, each.seq).change), each.redrives)
            for each in parked
        ]


class AwsWires:
    """On moto."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        aws.create_messaging(deployment)
        aws.create_queues(deployment, RETRY_QUEUE)
        retries = {CONSUMER: RETRY_QUEUE}
        self.messages: Messages = SqsMessages(deployment, REACHED, retries)
        self.streamed: Messages = SqsMessages(deployment, REACHED, retries, streamed=True)

    def queue(self, name: str) -> SqsQueue:
        return SqsQueue(self._deployment, name)

    def topic(self, name: str) -> SnsTopic:
        return SnsTopic(self._deployment, name)

    def does(self, work: Callable[[], object]) -> None:
        work()

    def received(self, source: str) -> list[Received]:
        messages = aws.received(self._deployment, RETRY_QUEUE if source == CONSUMER else source)
        return sorted(
            Received(message["Body"].encode(), int(attributes.get(REDRIVES, {}).get("StringValue", 0)))
            for message in messages
            for attributes in [message.get("MessageAttributes", {})]
        )

    def pass_ms(self, ms: int) -> None:
        for queue in load().queues:
            aws.pass_ms(self._deployment, queue, ms)


@contextmanager
def wires(world: str, folder: Path) -> Iterator[Wires]:
    """`world` is `local` or `aws`."""
    if world == "aws":
        with aws.deployed() as deployment:
            yield AwsWires(deployment)
        return
    local = LocalWires(folder / "messaging.db")
    yield local
    local.ports.store.close()
