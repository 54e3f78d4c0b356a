"""Orders, what they left and the hops of them, in a few words; times are milliseconds since an order came in."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ordermill.adapters.local.traces import Trace
from ordermill.domain.events import OrderChange, OrderEvent, events_of
from ordermill.domain.mail import MailRecord, MailStatus
from ordermill.domain.order import Compensation, HistoryEntry, Line, Order, OrderDraft, Status, place
from ordermill.entrypoints.execution.assembly import Assembler, Execution
from ordermill.entrypoints.execution.processing import IntakeStates, one_function
from ordermill.ports.hops import Hop, HopOutcome
from ordermill.ports.journal import FailedAttempt

BORN = 1_763_640_000_000
ORDER_ID = "ord_1"
TOLD = frozenset({"OrderProcessed", "OrderShipped", "OrderDelivered", "OrderCancelled", "OrderRejected"})
COMMON = frozenset({"process_order", "publish_order_event", "record_order_event", "notify_customer", "send_email"})
FAILING = COMMON | {"fail_order", "compensate_order"}
NOW = BORN + 60_000


def order_with(*taken: str, compensation: Compensation = Compensation.NONE) -> Order:
    """An order whose history is `STATUS function at`, such as `PAID process_order 9`; `~` before it is an edit."""
    line = Line("Widget", None, 2, 999)
    draft = OrderDraft("Ada", "c1", "ada@example.org", None, "a note", (line,), "USD", 1998, "tok_secret")
    order = place(draft, order_id=ORDER_ID, at=BORN, by="create_order")
    entries = [_entry(seq, text) for seq, text in enumerate(taken, 1)]
    last = entries[-1]
    return replace(
        order,
        status=last.status,
        version=last.seq,
        updated_at=last.at,
        history=tuple(entries),
        compensation=compensation,
    )


def _entry(seq: int, text: str) -> HistoryEntry:
    status, by, at, *reason = text.removeprefix("~").split()
    changed = ("note",) if text.startswith("~") else ()
    return HistoryEntry(seq, Status(status), BORN + int(at), by, reason[0] if reason else None, changed)


def logged(order: Order, *seqs: int) -> tuple[OrderEvent, ...]:
    """The order's events with these numbers, all of them where none is named."""
    events = events_of(OrderChange("INSERT", 0, None, order))
    return tuple(event for event in events if not seqs or event.data.seq in seqs)


def mailed(status: MailStatus = "SENT", event: str = "OrderProcessed", at: int = 15) -> MailRecord:
    """The record of a mail."""
    return MailRecord(f"{ORDER_ID}-{event}", ORDER_ID, event, "ada@example.org", "Hello", status, 1, BORN + at)


def failed(
    function: str, receive: int, at: int, *, last: bool = False, error: str = "PaymentError", **about: str | int
) -> FailedAttempt:
    """An attempt that failed at that receive; `about` is what its message was about beside the order."""
    told = {"orderId": ORDER_ID, **about}
    return FailedAttempt(ORDER_ID, f"q>{function}", function, receive, BORN + at, 2.5, told, error, "it said so", last)


def hop(function: str, at: int, attempt: int = 1, *, took: float = 3, outcome: HopOutcome = "ok") -> Hop:
    """The hop of a message or a request."""
    return Hop(BORN + at, ORDER_ID, f"q>{function}", function, outcome, attempt, took)


def trace_of(
    order: Order | None,
    *,
    stored: bool = True,
    failed: Sequence[FailedAttempt] = (),
    events: Sequence[OrderEvent] = (),
    mails: Sequence[MailRecord] = (),
    given_up: Sequence[str] = (),
) -> Trace:
    """What the order has left."""
    return Trace(order, stored, tuple(failed), tuple(events), tuple(mails), tuple(given_up))


def execution_of(
    trace: Trace,
    hops: Sequence[Hop] = (),
    *,
    functions: frozenset[str] = COMMON,
    now: int = NOW,
    intake: IntakeStates = one_function,
) -> Execution:
    """The execution in a pipeline with these functions."""
    return Assembler(functions, TOLD, intake).execution(trace, hops, now=now)


def lines(execution: Execution) -> list[str]:
    """`name attempt status` of each state."""
    return [f"{state.name} {state.attempt} {state.status}" for state in execution.states]
