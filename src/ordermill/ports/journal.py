"""What the local runtime asks of its storage: one transaction at a time, messages, and the change stream.

The engine is the only caller, from one thread at a time. Savepoints nest inside the open transaction; everything that
was written since a mark is undone by `rollback_to`. Times are epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.events import OrderChange
from ordermill.domain.gist import Gist


class Message(msgspec.Struct, gc=False):
    """One message in a queue. `payload` is the decoded body where this process sent it, else None.

    `receives` counts deliveries; it is durable before the handler starts. `redrives` counts how often it came back from
    the dead letters.
    """

    id: int
    queue: str
    order_id: str | None
    body: bytes
    sent_at: int
    receives: int = 0
    payload: object = None
    redrives: int = 0


class ChangeRecord(msgspec.Struct, gc=False):
    """One record of the change stream, in commit order by `seq`."""

    seq: int
    change: OrderChange


class ScheduleState(msgspec.Struct, frozen=True):
    """When a schedule's last completed tick was, or when it began; and how many processes ended at the next one."""

    last: int
    begun: int


class Swept(msgspec.Struct, frozen=True):
    """What a step of maintenance came to: how many rows it removed, and whether the next one may have more to do."""

    rows: int
    more: bool


class Parked(msgspec.Struct):
    """A change record that a consumer could not take in its turn: it failed, or waits behind one that did.

    `retry_at` None: as soon as it is the first of its order.
    """

    consumer: str
    seq: int
    order_id: str
    receives: int
    retry_at: int | None
    redrives: int = 0


class FailedAttempt(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A receive of a message about an order that failed: what is durable of its hop.

    `at` is when it failed, in epoch milliseconds; `duration_ms` runs from its claim, and is None where its process
    ended. `input` says what the message is about. `error` is a problem's slug or an exception's name, `cause` what it
    said. `last`: it used up the last receive.
    """

    order_id: str
    edge: str
    function: str
    attempt: int
    at: int
    duration_ms: float | None
    input: Gist
    error: str
    cause: str | None
    last: bool = False


class Position(msgspec.Struct, frozen=True):
    """Where a consumer of the change stream begins, and up to which record one goes that drains what it was left."""

    checkpoint: int
    drain_to: int | None = None


class ExecutionRow(msgspec.Struct, frozen=True):
    """An execution that is kept: `at` is when it was written, `due` when one that is RUNNING goes on, else None.

    `order_id` is the order that came of it, as far as that is known; `body` is the runtime's.
    """

    execution_id: str
    order_id: str | None
    status: str
    at: int
    due: int | None
    body: bytes


class StorageFull(Exception):
    """The transaction could not be written (disk full, read-only): nothing of it is stored; try again later."""


class StorageBroken(Exception):
    """The outcome of the transaction is unknown (I/O error): the process must end and recover from the file."""


class Transactions(Protocol):
    """The one transaction at a time."""

    def begin(self) -> None:
        """Open it. Raises StorageFull or StorageBroken, as does `commit`."""
        ...

    def mark(self) -> int:
        """A savepoint."""
        ...

    def rollback_to(self, mark: int) -> None:
        """Undo everything since `mark`."""
        ...

    def flush(self) -> None:
        """Write what the transaction changed, or raise and leave nothing of it; it is not durable yet."""
        ...

    def commit(self) -> None:
        """Make the transaction durable, flushed or not, or raise and leave nothing of it. May run in any thread."""
        ...

    def abort(self) -> None:
        """Undo the whole transaction."""
        ...

    def prefetch(self, payloads: Iterable[object]) -> None:
        """Load what these messages name at once, instead of one by one."""
        ...


class MessageLog(Protocol):
    """The messages of all queues."""

    def sent(self) -> list[Message]:
        """The messages sent in the open transaction so far."""
        ...

    def delayed(self) -> list[tuple[Message, int]]:
        """The messages sent in the open transaction to be received later, each with its turn."""
        ...

    def fresh(self, queue: str, after: int, limit: int) -> list[Message]:
        """Committed messages never received whose turn it is, by id."""
        ...

    def suspects(self, queue: str) -> list[int]:
        """Ids of messages that were in flight when the process before died, by id."""
        ...

    def read(self, id_: int) -> Message | None:
        """One message, or None."""
        ...

    def due(self, queue: str, now: int, limit: int) -> list[Message]:
        """Messages whose back-off or delay is over, oldest first."""
        ...

    def next_due(self, queue: str) -> int | None:
        """When the next backed-off or delayed message of the queue is due."""
        ...

    def receive(self, messages: Sequence[Message]) -> None:
        """Count one more receive of each, in the open transaction."""
        ...

    def uncount(self, queue: str, but: Iterable[int]) -> None:
        """Take back one receive of each message of the queue that is in flight, `but` of these ids."""
        ...

    def delete(self, messages: Sequence[Message]) -> None:
        """Acknowledge."""
        ...

    def postpone(self, message: Message, retry_at: int) -> None:
        """Hide the message until `retry_at`, with the receives that it says."""
        ...

    def clamp(self, latest: int, *, latest_delayed: int) -> None:
        """Let nothing that failed, message or parked record, wait beyond `latest`, nor delays go beyond theirs."""
        ...

    def bury(self, letter: DeadLetter) -> None:
        """Send a dead letter to queue `dead-letters`; one that comes from there is kept aside, as nobody is left."""
        ...


class StreamLog(Protocol):
    """The change stream and where its consumers stand."""

    def written(self) -> list[ChangeRecord]:
        """The change records written in the open transaction so far."""
        ...

    def after(self, seq: int, limit: int) -> list[ChangeRecord]:
        """Committed change records after `seq`, in order."""
        ...

    def open(self, consumers: Sequence[str], draining: Sequence[str] = ()) -> dict[str, Position]:
        """Each consumer's position, after parking what was in flight when the process before died.

        Of `draining`, consumers that are not wanted any more, those that have something left: what was written before
        they were first opened so.
        """
        ...

    def uncount(self, consumer: str, but: Iterable[str]) -> None:
        """Take back one receive of each record that the consumer has in flight, `but` of these orders."""
        ...

    def move(self, consumer: str, checkpoint: int, claimed_to: int) -> None:
        """Everything up to `checkpoint` is done or parked; up to `claimed_to` it is claimed."""
        ...

    def close(self, consumer: str) -> None:
        """Forget where a consumer stands: it has drained."""
        ...

    def trim(self, up_to: int) -> None:
        """Forget change records that every consumer has passed."""
        ...

    def parked(self, consumer: str) -> list[Parked]:
        """The consumer's parked records, by seq."""
        ...

    def resend(self, consumer: str, change: OrderChange, redrives: int) -> None:
        """Park a change for the consumer, in the open transaction, as one that it never received."""
        ...

    def resent(self) -> list[tuple[Parked, ChangeRecord]]:
        """What was resent in the open transaction so far."""
        ...

    def read_parked(self, consumer: str, seq: int) -> ChangeRecord:
        """The whole record of a parked one."""
        ...

    def park(self, parked: Parked, record: ChangeRecord) -> None:
        """Park a record, or store what changed of a parked one."""
        ...

    def unpark(self, consumer: str, seq: int) -> None:
        """The parked record is done."""
        ...


class ScheduleLog(Protocol):
    """Where the schedules stand, by function."""

    def read(self, function: str) -> ScheduleState | None:
        """None before its first tick."""
        ...

    def write(self, function: str, state: ScheduleState) -> None:
        """In the open transaction."""
        ...


class AttemptLog(Protocol):
    """What went wrong on the way of each order, for people to look at."""

    def append(self, failed: FailedAttempt) -> None:
        """Keep it with the open transaction. Only so many of one order are kept, the newest."""
        ...


class ExecutionLog(Protocol):
    """Executions that wait, went wrong, or had to try something again; of the others there is nothing to tell."""

    def put(self, row: ExecutionRow) -> None:
        """Insert or replace, in the open transaction. Of those not RUNNING the oldest may make room."""
        ...

    def running(self) -> list[ExecutionRow]:
        """Those that wait, as committed."""
        ...

    def read(self, execution_id: str) -> ExecutionRow | None:
        """One, as committed."""
        ...


class Storage(Protocol):
    """One SQLite file, or whatever can keep these promises."""

    @property
    def transactions(self) -> Transactions: ...

    @property
    def messages(self) -> MessageLog: ...

    @property
    def stream(self) -> StreamLog: ...

    @property
    def attempts(self) -> AttemptLog: ...

    @property
    def executions(self) -> ExecutionLog: ...
