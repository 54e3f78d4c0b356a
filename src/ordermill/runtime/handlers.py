"""A function as the runtime runs it: its callables with their ports bound, and what the topology says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from ordermill.domain.events import OrderChange
from ordermill.ports.staged import DONE
from ordermill.runtime.backoff import Backoff


@dataclass(frozen=True, slots=True)
class Plain:
    """A function that runs whole inside the engine's transaction; `reads` if it will ask for its message's order.

    `prefetch`, where there is one, brings what the requests of one batch will ask for into memory at once.
    """

    name: str
    timeout_s: int
    reads: bool
    run: Callable[[Any], Any]
    prefetch: Callable[[Sequence[Any]], None] | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """A function in three stages: `prepare` and `settle` in the engine, `call` in worker threads.

    `batch(calls)` opens the adapter's own transaction around a chunk of calls; outcomes count once it has closed
    without raising.
    """

    name: str
    timeout_s: int
    reads: bool
    prepare: Callable[[Any], Any]
    call: Callable[[Any], Any]
    settle: Callable[[Any, Any], Any]
    batch: Callable[[Sequence[Any]], AbstractContextManager[object]]
    threads: int
    chunk: int


Handler = Plain | Staged


@dataclass(frozen=True, slots=True)
class Receiving:
    """How a source hands out its messages: how often at most, for how long, and how many at once."""

    max_receives: int
    visibility_ms: int
    in_flight_max: int
    backoff: Backoff
    now_ms: Callable[[], int]


@dataclass(slots=True)
class Delivery:
    """One receive of a message on its way through a handler; another receive of it is another delivery."""

    source: Any
    item: Any
    payload: Any
    order_id: str | None
    receives: int
    deadline_ms: int


def take(delivery: Delivery) -> Any:
    """Run the handler up to what it asks of the outside: a request, or Done; None if it is not the message's turn."""
    if not delivery.source.admit(delivery):
        return None
    handler: Handler = delivery.source.handler
    if isinstance(handler, Plain):
        handler.run(delivery.payload)
        return DONE
    return handler.prepare(delivery.payload)


def overdue(in_flight: Iterable[Delivery], now: int) -> list[Delivery]:
    """Those whose visibility timeout is over; `in_flight` in the order they were claimed in."""
    return list(takewhile(lambda delivery: delivery.deadline_ms <= now, in_flight))


def earliest(due: int | None, in_flight: Iterable[Delivery]) -> int | None:
    """What comes first, `due` or the first visibility timeout; None if there is neither."""
    first = next(iter(in_flight), None)
    return min((at for at in (due, first.deadline_ms if first else None) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which change records a consumer takes; None lets every value through."""

    events: frozenset[str]
    old_statuses: frozenset[str] | None
    new_statuses: frozenset[str] | None

    def takes(self, change: OrderChange) -> bool:
        """Whether the record passes."""
        return (
            change.event in self.events
            and (self.old_statuses is None or change.old_status in self.old_statuses)
            and (self.new_statuses is None or change.order.status in self.new_statuses)
        )
