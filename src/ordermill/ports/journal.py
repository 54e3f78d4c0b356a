"""What the local runtime asks of its storage: one transaction at a time, messages, and the change stream.

The engine is the only caller, from one thread at a time. Savepoints nest inside the open transaction; everything that
was written since a mark is undone by `rollback_to`. Times are epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from ordermill.domain.events import OrderChange


class Message(msgspec.Struct, gc=False):
    """One message in a queue. `payload` is the decoded body where this process sent it, else None.

    `receives` counts deliveries; it is durable before the handler starts.
    """

    id: int
    queue: str
    order_id: str | None
    body: bytes
    sent_at: int
    receives: int = 0
    payload: object = None


class ChangeRecord(msgspec.Struct, gc=False):
    """One record of the change stream, in commit order by `seq`."""

    seq: int
    change: OrderChange


class Parked(msgspec.Struct):
    """A change record that a consumer could not take in its turn: it failed, or waits behind one that did.

    `retry_at` None: as soon as it is the first of its order.
    """

    consumer: str
    seq: int
    order_id: str
    receives: int
    retry_at: int | None


class Position(msgspec.Struct, frozen=True):
    """Where a consumer of the change stream begins, and up to which record one goes that drains what it was left."""

    checkpoint: int
    drain_to: int | None = None


class DeadLetter(msgspec.Struct, frozen=True, rename="camel"):
    """A message that used up its receives: the whole of it, where it came from, and why it failed."""

    queue: str
    function: str
    order_id: str | None
    error: str
    receives: int
    at: int
    payload: msgspec.Raw


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

    def fresh(self, queue: str, after: int, limit: int) -> list[Message]:
        """Committed messages never received, by id."""
        ...

    def suspects(self, queue: str) -> list[int]:
        """Ids of messages that were in flight when the process before died, by id."""
        ...

    def read(self, id_: int) -> Message | None:
        """One message, or None."""
        ...

    def due(self, queue: str, now: int, limit: int) -> list[Message]:
        """Messages whose back-off is over, oldest first."""
        ...

    def next_due(self, queue: str) -> int | None:
        """When the next backed-off message of the queue is due."""
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

    def clamp(self, latest: int) -> None:
        """Let nothing, message or parked record, wait beyond `latest`."""
        ...

    def bury(self, letter: DeadLetter) -> None:
        """Keep a dead letter."""
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

    def read_parked(self, consumer: str, seq: int) -> ChangeRecord:
        """The whole record of a parked one."""
        ...

    def park(self, parked: Parked, record: ChangeRecord) -> None:
        """Park a record, or store what changed of a parked one."""
        ...

    def unpark(self, consumer: str, seq: int) -> None:
        """The parked record is done."""
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
    def executions(self) -> ExecutionLog: ...
