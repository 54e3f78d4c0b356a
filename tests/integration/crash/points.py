"""Named points of an order's whole path at which a process can die; put around the shipped code from outside."""

from __future__ import annotations

import functools
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, Literal, NamedTuple

from ordermill.ports.staged import DONE

DIED: Final = 137
"""The exit status of a process that was killed, as a shell tells it."""

STILL_S: Final = 1.2
"""Less than a life that is stopped stands still, and more than a receive lasts there."""

LATE_S: Final = 0.3
Moment = Literal["before", "after"]


class Point(NamedTuple):
    """A moment before or after a call of `attribute` of `owner`, which is `module` or `module:Class`.

    `when(args, result)` picks the calls; `since` names another point that must have been passed since the last time.
    """

    owner: str
    attribute: str
    moment: Moment = "after"
    when: Callable[[tuple[Any, ...], Any], bool] = lambda args, result: True
    since: str | None = None


def _some(args: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


def _asks(args: tuple[Any, ...], result: Any) -> bool:
    return result is not DONE


def _of(function: str) -> Callable[[tuple[Any, ...], Any], bool]:
    """Outcomes, reported as (inbox, outcomes), of a staged function."""
    return lambda args, result: bool(args[1]) and args[1][0][0].source.handler.name == function


def _writes(table: str) -> Callable[[tuple[Any, ...], Any], bool]:
    """Statements, executed as (connection, sql, …), that insert into a table."""
    return lambda args, result: f"INTO {table} " in str(args[1])


def _checkpoint(args: tuple[Any, ...], result: Any) -> bool:
    return str(args[1]).startswith("PRAGMA wal_checkpoint")


_LOCAL: Final = "ordermill.adapters.local"
_STORE: Final = f"{_LOCAL}.store:LocalStore"
_STREAM: Final = f"{_LOCAL}.stream_log:LocalStreamLog"
_MESSAGES: Final = f"{_LOCAL}.message_log:LocalMessageLog"
_STREAM_SOURCE: Final = "ordermill.runtime.stream_source:StreamSource"
_QUEUE_SOURCE: Final = "ordermill.runtime.queue_source:QueueSource"
_PROCESS: Final = "ordermill.functions.process_order"
_COMPENSATE: Final = "ordermill.functions.compensate_order"
_SEND: Final = "ordermill.functions.send_email"

POINTS: Final[Mapping[str, Point]] = {
    # The start.
    "schema-made": Point(f"{_LOCAL}.database", "_migrate"),
    "meta-written": Point(f"{_LOCAL}.database:Writer", "execute", when=_writes("meta")),
    "catalogue-loaded": Point(f"{_LOCAL}.payments:Gateway", "__init__", "before"),
    # Recovery.
    "recovery-parked": Point(_STREAM, "open"),
    "recovery-clamped": Point(_MESSAGES, "clamp"),
    "recovery-committed": Point(_STORE, "commit", since="recovery-clamped"),
    "stream-recovered": Point(_STREAM_SOURCE, "recover"),
    "queue-recovered": Point(_QUEUE_SOURCE, "recover"),
    "change-suspected": Point(_STREAM_SOURCE, "claim_suspect", when=_some),
    "message-suspected": Point(_QUEUE_SOURCE, "claim_suspect", when=_some),
    # Inside a transaction.
    "begun": Point(_STORE, "begin"),
    "parsed": Point("ordermill.functions.create_order", "read_order"),
    "order-created": Point(f"{_LOCAL}.stores:LocalOrders", "create"),
    "order-updated": Point(f"{_LOCAL}.stores:LocalOrders", "update"),
    "stock-moved": Point(f"{_LOCAL}.tables:Tables", "put_product"),
    "events-published": Point(f"{_LOCAL}.messaging:LocalTopic", "publish"),
    "event-logged": Point(f"{_LOCAL}.stores:LocalEvents", "append"),
    "mail-queued": Point(f"{_LOCAL}.messaging:LocalQueue", "send"),
    "mail-recorded": Point(f"{_LOCAL}.stores:LocalMails", "put"),
    "stream-claimed": Point(_STREAM_SOURCE, "claim", when=_some),
    "queue-claimed": Point(_QUEUE_SOURCE, "claim", when=_some),
    "change-parked": Point(_STREAM, "park"),
    "change-unparked": Point(_STREAM, "unpark"),
    "message-postponed": Point(_MESSAGES, "postpone"),
    "message-buried": Point(_MESSAGES, "bury"),
    "order-failed": Point("ordermill.functions.fail_order", "_fail"),
    "letter-kept": Point(f"{_LOCAL}.letters", "_keep"),
    "letter-told": Point("ordermill.functions.fail_order", "_alert", "before"),
    "position-moved": Point(_STREAM, "move"),
    "stream-trimmed": Point(_STREAM, "trim"),
    # The flush and the commit.
    "changes-flushed": Point(_STREAM, "flush"),
    "tables-flushed": Point(f"{_LOCAL}.tables:Tables", "flush"),
    "events-flushed": Point(f"{_LOCAL}.tables:EventRows", "flush"),
    "messages-flushed": Point(_MESSAGES, "flush"),
    "flushed": Point(_STORE, "flush"),
    "committed": Point(_STORE, "commit"),
    # The answers; the host that they go through is ours.
    "answers-due": Point("tests.integration.crash.child:Client", "deliver", "before"),
    "half-answered": Point("tests.integration.crash.child:Client", "half_answered"),
    "answered": Point("tests.integration.crash.child:Client", "deliver"),
    # A staged function with a charge.
    "prepare-due": Point(_PROCESS, "prepare", "before"),
    "prepared": Point(_PROCESS, "prepare"),
    "prepare-committed": Point("ordermill.runtime.calls:CallPool", "submit", "before"),
    "charge-due": Point(_PROCESS, "call", "before"),
    "charged": Point(_PROCESS, "call"),
    "ledger-written": Point(f"{_LOCAL}.payments:_Batch", "write"),
    "charge-committed": Point("ordermill.runtime.inbox:Inbox", "report", "before", _of("process_order")),
    "settle-due": Point(_PROCESS, "settle", "before"),
    "settled": Point(_PROCESS, "settle"),
    "settle-committed": Point(_STORE, "commit", since="settled"),
    # Another with a mail.
    "mail-prepared": Point(_SEND, "prepare"),
    "mail-temp-written": Point(f"{_LOCAL}.mail", "write_temp"),
    "mail-renamed": Point(f"{_LOCAL}.mail", "fsync_folder", "before"),
    "mail-synced": Point(f"{_LOCAL}.mail", "fsync_folder"),
    "mail-sent": Point("ordermill.runtime.inbox:Inbox", "report", "before", _of("send_email")),
    "mail-settle-due": Point(_SEND, "settle", "before"),
    "mail-settled": Point(_SEND, "settle"),
    "mail-settle-committed": Point(_STORE, "commit", since="mail-settled"),
    # Another with a refund.
    "void-prepared": Point(_COMPENSATE, "prepare", when=_asks),
    "voided": Point(_COMPENSATE, "call"),
    "void-committed": Point("ordermill.runtime.inbox:Inbox", "report", "before", _of("compensate_order")),
    "void-settle-due": Point(_COMPENSATE, "settle", "before"),
    "void-settled": Point(_COMPENSATE, "settle"),
    "void-settle-committed": Point(_STORE, "commit", since="void-settled"),
    # The end.
    "engine-stopped": Point("ordermill.runtime.engine:Engine", "stop"),
    "gateway-closed": Point(f"{_LOCAL}.payments:Gateway", "close"),
    "wal-checkpointed": Point(f"{_LOCAL}.database:Writer", "execute", when=_checkpoint),
    "closed": Point(_STORE, "close"),
}


def _to_order_queue(args: tuple[Any, ...], result: Any) -> bool:
    return bool(args[1]) and type(args[1][0]).__name__ == "ProcessOrder"


_EXECUTIONS: Final = "ordermill.runtime.executions:Executions"
_START: Final = "ordermill.functions.start_workflow"

INTAKE_POINTS: Final[Mapping[str, Point]] = {
    "intake-prepared": Point(_START, "prepare"),
    "intake-validated": Point("ordermill.functions.validate_order", "validate_order"),
    "intake-stored": Point("ordermill.functions.create_order", "task"),
    "intake-sent": Point(f"{_LOCAL}.messaging:LocalQueue", "send", when=_to_order_queue),
    "intake-settled": Point(_START, "settle"),
    "execution-parked": Point(_EXECUTIONS, "_park"),
    "execution-written": Point(
        f"{_LOCAL}.execution_log:LocalExecutionLog", "flush", when=lambda args, _: args[0]._rows
    ),
    "parking-committed": Point(_STORE, "commit", since="execution-parked"),
    "execution-resumed": Point(_EXECUTIONS, "take_up"),
    "execution-ended": Point(_EXECUTIONS, "_end"),
    "ending-committed": Point(_STORE, "commit", since="execution-resumed"),
}
"""The points of the workflow that takes orders in, where some of its Tasks fail at first."""

WATCHED: Final[Mapping[str, Point]] = {
    "change-expired": Point(_STREAM_SOURCE, "expired", when=_some),
    "message-expired": Point(_QUEUE_SOURCE, "expired", when=_some),
}
"""Further points, which are passed only by a process that stood still; counted, and nobody dies there."""


class Failpoints:
    """Counts how often each point is passed, and ends the process the `nth` time that `armed` is, or `stops` it."""

    def __init__(self, armed: str | None, nth: int, log: int, *, stops: bool = False) -> None:
        self.passed: Counter[str] = Counter()
        self._armed, self._nth, self._log = armed, nth, log
        self._stops = stops
        self._used: Counter[str] = Counter()
        self._lock = threading.Lock()

    def install(self) -> None:
        """Put all points around what they are about; this process is of no other use then."""
        for name, point in {**POINTS, **INTAKE_POINTS, **WATCHED}.items():
            module, _, class_ = point.owner.partition(":")
            owner: Any = import_module(module)
            owner = getattr(owner, class_) if class_ else owner
            setattr(owner, point.attribute, self._around(name, point, getattr(owner, point.attribute)))

    def _around(self, name: str, point: Point, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def around(*args: Any, **named: Any) -> Any:
            if point.moment == "before" and point.when(args, None):
                self._pass(name, point.since)
            result = call(*args, **named)
            if point.moment == "after" and point.when(args, result):
                self._pass(name, point.since)
            return result

        return around

    def _pass(self, name: str, since: str | None) -> None:
        with self._lock:
            if since is not None:
                if self.passed[since] == self._used[name]:
                    return
                self._used[name] = self.passed[since]
            self.passed[name] += 1
            if name != self._armed or self.passed[name] != self._nth:
                return
        how = f"{name} stopped" if self._stops else name
        os.write(self._log, json.dumps({"died": how}).encode() + b"\n")
        if not self._stops:
            os._exit(DIED)
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGSTOP)
        # This thread may run on for a moment before the process stands still.
        while time.monotonic() - began < STILL_S:
            time.sleep(0.001)
        # The call goes on later than the engine, so that its answer comes too late.
        time.sleep(LATE_S)
