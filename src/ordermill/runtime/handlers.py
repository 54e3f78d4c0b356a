"""A function as the runtime runs it: its callables with their ports bound, and what the topology says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from ordermill.domain.backoff import Backoff
from ordermill.domain.events import OrderChange
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.model import Kind


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A function that runs whole inside the engine's transaction; `reads` if it will ask for its message's order.

    `prefetch`, where there is one, brings what the requests of one batch will ask for into memory at once. `edge` is
    what a request to it travels.
    """

    name: str
    timeout_s: int
    reads: bool
    run: Callable[[Any], Any]
    prefetch: Callable[[Sequence[Any]], None] | None = None
    edge: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """A function in three stages: `prepare` and `settle` in the engine, `call` in worker threads.

    `gave_up(message, error)`, where there is one, runs in the engine as a message becomes a dead letter.

    `batch(calls)` opens the adapter's own transaction around a chunk of calls; outcomes count once it has closed
    without raising. `call_edge` is what a call travels. At most `in_flight` messages are under way at once, where it is
    given.
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
    call_edge: str = ""
    gave_up: Callable[[Any, str], Any] | None = None
    in_flight: int | None = None


Handler = Plain | Staged


@dataclass(frozen=True, slots=True, eq=False)
class Requested:
    """A staged function that answers requests: the answer is what `settle` returns, or the value of `prepare`'s Done.

    A stage that is Plain runs in the engine, with its arguments as one tuple, any other in one of `threads`. `edge` is
    what a request to it travels, `call_edge` what its call does.
    """

    name: str
    timeout_s: int
    prepare: Plain | Callable[[Any], Any]
    call: Callable[[Any], Any]
    settle: Plain | Callable[[Any, Any], Any]
    edge: str
    call_edge: str
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Workflow:
    """A state machine, and what its Tasks turn to: each takes plain JSON and gives plain JSON."""

    name: str
    interpreter: Interpreter
    asked: Mapping[tuple[Kind, str], Plain]


@dataclass(frozen=True, slots=True, eq=False)
class Starter:
    """A staged function whose call is the execution of a workflow, all of it run by the engine.

    `prepare(message)` gives a StartExecution, `settle(message, outcome)` the answer. The rest is as for Plain.
    """

    name: str
    timeout_s: int
    reads: bool
    prepare: Callable[[Any], Any]
    settle: Callable[[Any, Any], Any]
    workflow: Workflow
    prefetch: Callable[[Sequence[Any]], None] | None = None
    edge: str = ""


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
    """One receive of a message on its way through a handler; another receive of it is another delivery.

    `since` is when it was claimed, by `perf_counter`. What is `spared` (functions, services) goes on after a delay.
    """

    source: Any
    item: Any
    payload: Any
    order_id: str | None
    receives: int
    deadline_ms: int
    since: float = 0
    spared: tuple[str, ...] = ()


Exhausted = tuple[str | None, int]
"""A message that was given up when it was claimed: its order, and its receives."""


def overdue(in_flight: Iterable[Delivery], now: int, *, ordered: bool = True) -> list[Delivery]:
    """Those whose visibility timeout is over; `in_flight` in the order they were claimed in.

    They come due in that order if `ordered`: none of them was given more time than the others.
    """
    pick = takewhile if ordered else filter
    return list(pick(lambda delivery: delivery.deadline_ms <= now, in_flight))


def earliest(due: int | None, in_flight: Iterable[Delivery], *, ordered: bool = True) -> int | None:
    """What comes first, `due` or the first visibility timeout; None if there is neither. `ordered` as in `overdue`."""
    if ordered:
        in_flight = islice(in_flight, 1)
    first = min((delivery.deadline_ms for delivery in in_flight), default=None)
    return min((at for at in (due, first) if at is not None), default=None)


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
