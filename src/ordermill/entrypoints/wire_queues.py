"""What `GET /queues` shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Raw, Struct

from ordermill.adapters.local.waiting import WaitingMessage
from ordermill.bootstrap.overview import QueueOverview, StreamOverview
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import OrderId, Time

Count = Annotated[int, Meta(ge=0)]


class WaitingMessageView(Struct, frozen=True, rename="camel", gc=False):
    """One message; `receives` counts its tries, `retryAt` is when it comes again where one failed."""

    id: int
    order_id: OrderId | None
    receives: Count
    sent_at: Time
    retry_at: Time | None
    payload: Raw


class QueueView(Struct, frozen=True, rename="camel"):
    """One queue.

    `depth` messages have their turn, `inFlight` are being worked on, `delayed` back off after a failure, `dead` were
    given up. `messages` are the oldest ten that nobody is at, `oldestAt` is when the first of them was sent. `function`
    consumes them; null where none does.
    """

    queue: str
    function: str | None
    depth: Count
    in_flight: Count
    delayed: Count
    dead: Count
    oldest_at: Time | None
    messages: tuple[WaitingMessageView, ...]


class StreamView(Struct, frozen=True, rename="camel"):
    """One consumer of a table's change stream.

    `behind` records are still to come, `inFlight` are being worked on, `parked` failed or wait behind one of their
    order that did, `dead` were given up. `drainTo` is the last record of a consumer whose pipeline was left, else null.
    """

    stream: str
    function: str
    behind: Count
    in_flight: Count
    parked: Count
    dead: Count
    drain_to: int | None


class QueuesView(Struct, frozen=True):
    """Every queue, by name, and every consumer of a stream."""

    queues: tuple[QueueView, ...]
    streams: tuple[StreamView, ...]


def queues_view(queues: Iterable[QueueOverview], streams: Iterable[StreamOverview]) -> QueuesView:
    """All of them, in the order given."""
    return QueuesView(tuple(_queue(queue) for queue in queues), tuple(_stream(stream) for stream in streams))


def _queue(queue: QueueOverview) -> QueueView:
    counts = queue.counts
    first = counts.first
    return QueueView(
        queue.queue,
        queue.function,
        counts.ready,
        queue.in_flight,
        counts.delayed,
        counts.dead,
        rfc3339(first[0].sent_at) if first else None,
        tuple(_message(message) for message in first),
    )


def _message(message: WaitingMessage) -> WaitingMessageView:
    return WaitingMessageView(
        message.id,
        message.order_id,
        message.receives,
        rfc3339(message.sent_at),
        None if message.retry_at is None else rfc3339(message.retry_at),
        Raw(message.body),
    )


def _stream(stream: StreamOverview) -> StreamView:
    counts = stream.counts
    return StreamView(
        stream.stream,
        stream.function,
        counts.behind,
        stream.in_flight,
        counts.parked,
        counts.dead,
        counts.drain_to,
    )
