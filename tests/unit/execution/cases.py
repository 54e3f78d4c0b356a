"""What orders have left, each with the steps that their executions are to show."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ordermill.adapters.local.traces import Trace
from ordermill.domain.order import Compensation
from ordermill.ports.hops import Hop
from tests.unit.execution.execution_kit import (
    COMMON,
    FAILING,
    failed,
    hop,
    logged,
    mailed,
    order_with,
    trace_of,
)

CREATED = "PENDING create_order 0"
CONFIRMED = "CONFIRMED process_order 2"
PAID = "PAID process_order 9"
PROCESSED = "PROCESSED process_order 9"
DONE = order_with(CREATED, CONFIRMED, PAID, PROCESSED)
PENDING = order_with(CREATED)
TAKEN = order_with(CREATED, CONFIRMED)
SUBMITTED = order_with("PENDING submit_order 0", CONFIRMED, PAID, PROCESSED)
REJECTED = order_with(CREATED, CONFIRMED, "REJECTED process_order 5 PAYMENT_DECLINED")
CANCELLED = (CREATED, CONFIRMED, "CANCELLED holder 5")
FAILED = order_with(CREATED, CONFIRMED, "FAILED fail_order 40")
RETRIED = order_with(
    CREATED,
    CONFIRMED,
    "FAILED fail_order 40",
    "PENDING staff 50",
    "CONFIRMED process_order 60",
    "PAID process_order 70",
)
EDITED = order_with(CREATED, CONFIRMED, PAID, PROCESSED, "~PROCESSED staff 20")

CREATE = "create_order 1 SUCCEEDED"
PROCESS = "process_order 1 SUCCEEDED"
PUBLISH = "publish_order_event 1 SUCCEEDED"
RECORD = "record_order_event 1 SUCCEEDED"
NOTIFY = "notify_customer 1 SUCCEEDED"
SEND = "send_email 1 SUCCEEDED"
EDIT = "update_order 1 SUCCEEDED"
ACT = "act_on_order 1 SUCCEEDED"
BEGUN = [CREATE, PUBLISH, RECORD, PUBLISH, RECORD]
"""Created and confirmed."""
ENDED = [PUBLISH, RECORD, RECORD, NOTIFY]
"""Paid and processed, but for the mail."""
CALM = [hop("create_order", 1), hop("publish_order_event", 3), hop("publish_order_event", 5)]


class Case(NamedTuple):
    """`hops` are those that are in memory."""

    trace: Trace
    status: str
    states: list[str]
    hops: list[Hop] = []  # noqa: RUF012
    functions: frozenset[str] = COMMON


def every(trace: Trace) -> Trace:
    """The same with all events recorded."""
    assert trace.order is not None
    return msgspec.structs.replace(trace, events=logged(trace.order))


FIVE = [failed("process_order", n, 5 * n, last=n == 5, attempt=1) for n in range(1, 6)]
FIVE_FAILED = [f"process_order {n} FAILED" for n in range(1, 6)]

CASES = {
    "all went well": Case(every(trace_of(DONE, mails=[mailed()])), "SUCCEEDED", [*BEGUN, PROCESS, *ENDED, SEND]),
    "queued before its record": Case(
        every(trace_of(SUBMITTED, mails=[mailed()])),
        "SUCCEEDED",
        ["submit_order 1 SUCCEEDED", PUBLISH, RECORD, RECORD, PROCESS, *ENDED, SEND],
    ),
    "accepted, and without a record": Case(
        trace_of(order_with("PENDING submit_order 0"), stored=False),
        "RUNNING",
        ["submit_order 1 SUCCEEDED", "process_order 1 RUNNING"],
    ),
    "failed twice, then well": Case(
        every(
            trace_of(
                DONE,
                mails=[mailed()],
                failed=[failed("process_order", 1, 4, attempt=1), failed("process_order", 2, 6, attempt=1)],
            )
        ),
        "SUCCEEDED",
        [*BEGUN, "process_order 1 FAILED", "process_order 2 FAILED", "process_order 3 SUCCEEDED", *ENDED, SEND],
    ),
    "given up where nothing takes it up": Case(every(trace_of(TAKEN, failed=FIVE)), "FAILED", [*BEGUN, *FIVE_FAILED]),
    "given up, to be failed": Case(
        every(trace_of(TAKEN, failed=FIVE)),
        "RUNNING",
        [*BEGUN, *FIVE_FAILED, "fail_order 1 RUNNING"],
        functions=FAILING,
    ),
    "failed": Case(
        every(trace_of(FAILED, failed=FIVE, given_up=["process_order"])),
        "FAILED",
        [*BEGUN, *FIVE_FAILED, "fail_order 1 SUCCEEDED", PUBLISH, RECORD],
        functions=FAILING,
    ),
    "tried again": Case(
        every(trace_of(RETRIED, failed=[*FIVE, failed("process_order", 1, 65, attempt=2)])),
        "RUNNING",
        [
            *[*BEGUN, *FIVE_FAILED, "fail_order 1 SUCCEEDED", PUBLISH, RECORD],
            *["act_on_order 1 SUCCEEDED", PUBLISH, RECORD, PUBLISH, RECORD],
            *["process_order 1 FAILED", "process_order 2 RUNNING", PUBLISH, RECORD],
        ],
        functions=FAILING,
    ),
    "attempts whose messages nobody read belong to the time they failed at": Case(
        every(trace_of(RETRIED, failed=[failed("process_order", 4, 30), failed("process_order", 2, 65)])),
        "RUNNING",
        [
            *[*BEGUN, "process_order 4 FAILED", "fail_order 1 SUCCEEDED", PUBLISH, RECORD],
            *["act_on_order 1 SUCCEEDED", PUBLISH, RECORD, PUBLISH, RECORD],
            *["process_order 2 FAILED", "process_order 3 RUNNING", PUBLISH, RECORD],
        ],
    ),
    "just accepted": Case(
        trace_of(PENDING), "RUNNING", [CREATE, "process_order 1 RUNNING", "publish_order_event 1 RUNNING"]
    ),
    "published as the hops tell, and not recorded yet": Case(
        trace_of(TAKEN),
        "RUNNING",
        [
            *[CREATE, "process_order 1 RUNNING"],
            *[PUBLISH, "record_order_event 1 RUNNING", PUBLISH, "record_order_event 1 RUNNING"],
        ],
        hops=CALM,
    ),
    "published as a later event's record tells": Case(
        trace_of(TAKEN, events=logged(TAKEN, 2)),
        "RUNNING",
        [CREATE, "process_order 1 RUNNING", PUBLISH, "record_order_event 1 RUNNING", PUBLISH, RECORD],
    ),
    "published as a failure to record it tells": Case(
        trace_of(PENDING, failed=[failed("record_order_event", 2, 3, seq=1)]),
        "RUNNING",
        [
            *[CREATE, "process_order 1 RUNNING", PUBLISH],
            *["record_order_event 2 FAILED", "record_order_event 3 RUNNING"],
        ],
    ),
    "an event that nobody read was not recorded": Case(
        trace_of(PENDING, failed=[failed("record_order_event", 5, 4, last=True, error="exhausted")]),
        "RUNNING",
        [CREATE, "process_order 1 RUNNING", PUBLISH, "record_order_event 5 FAILED"],
        hops=CALM[:2],
    ),
    "which event nobody read does not show": Case(
        trace_of(PENDING, failed=[failed("record_order_event", 5, 4, last=True, error="exhausted")]),
        "RUNNING",
        [CREATE, "process_order 1 RUNNING", "publish_order_event 1 RUNNING", "record_order_event 5 FAILED"],
    ),
    "hops of which older ones are missing tell nothing of what is to come": Case(
        trace_of(TAKEN),
        "RUNNING",
        [CREATE, "process_order 1 RUNNING", "publish_order_event 1 RUNNING", "publish_order_event 1 RUNNING"],
        hops=CALM[1:],
    ),
    "one change was never announced": Case(
        trace_of(TAKEN, events=logged(TAKEN, 2), failed=[failed("publish_order_event", 5, 1, last=True, version=1)]),
        "RUNNING",
        [CREATE, "process_order 1 RUNNING", "publish_order_event 5 FAILED", PUBLISH, RECORD],
        hops=[CALM[0], CALM[2]],
    ),
    "to be notified": Case(
        every(trace_of(DONE)), "RUNNING", [*BEGUN, PROCESS, *ENDED[:3], "notify_customer 1 RUNNING"]
    ),
    "notified as the hop tells": Case(
        every(trace_of(DONE)),
        "RUNNING",
        [*BEGUN, PROCESS, *ENDED, "send_email 1 RUNNING"],
        hops=[hop("create_order", 0), hop("notify_customer", 12)],
    ),
    "the mail waits for its next try": Case(
        every(
            trace_of(
                DONE,
                mails=[mailed("QUEUED")],
                failed=[failed("send_email", 1, 16, mailId="ord_1-OrderProcessed", error="OSError")],
            )
        ),
        "RUNNING",
        [*BEGUN, PROCESS, *ENDED, "send_email 1 FAILED", "send_email 2 RUNNING"],
    ),
    "the mail was given up": Case(
        every(
            trace_of(
                DONE,
                mails=[mailed("QUEUED")],
                failed=[failed("send_email", 5, 16, last=True, mailId="ord_1-OrderProcessed")],
            )
        ),
        "SUCCEEDED",
        [*BEGUN, PROCESS, *ENDED, "send_email 5 FAILED"],
    ),
    "the mail was given up and is kept as a dead letter": Case(
        every(
            trace_of(
                DONE,
                mails=[mailed("FAILED")],
                failed=[failed("send_email", 5, 16, last=True, mailId="ord_1-OrderProcessed")],
                given_up=["send_email"],
            )
        ),
        "SUCCEEDED",
        [*BEGUN, PROCESS, *ENDED, "send_email 5 FAILED"],
        functions=FAILING,
    ),
    "the mail's dead letter was sent on": Case(
        every(
            trace_of(
                DONE,
                mails=[mailed("QUEUED")],
                failed=[failed("send_email", 5, 16, last=True, mailId="ord_1-OrderProcessed")],
            )
        ),
        "RUNNING",
        [*BEGUN, PROCESS, *ENDED, "send_email 5 FAILED", "send_email 1 RUNNING"],
        functions=FAILING,
    ),
    "the mail was refused for good": Case(
        every(trace_of(DONE, mails=[mailed("FAILED")])), "SUCCEEDED", [*BEGUN, PROCESS, *ENDED, "send_email 1 FAILED"]
    ),
    "nowhere to send the mail": Case(
        every(trace_of(DONE, mails=[mailed("NO_ADDRESS")])), "SUCCEEDED", [*BEGUN, PROCESS, *ENDED, SEND]
    ),
    "notifying was given up": Case(
        every(trace_of(DONE, failed=[failed("notify_customer", 5, 12, last=True, seq=4)])),
        "SUCCEEDED",
        [*BEGUN, PROCESS, *ENDED[:3], "notify_customer 5 FAILED"],
        hops=[hop("create_order", 0)],
    ),
    "rejected is no failure": Case(
        every(trace_of(REJECTED, mails=[mailed(event="OrderRejected")])),
        "SUCCEEDED",
        [*BEGUN, PROCESS, PUBLISH, RECORD, NOTIFY, SEND],
    ),
    "cancelled while it was charged": Case(
        every(
            trace_of(order_with(*CANCELLED, compensation=Compensation.RUNNING), mails=[mailed(event="OrderCancelled")])
        ),
        "RUNNING",
        [
            *[CREATE, PUBLISH, RECORD, PROCESS, PUBLISH, RECORD, "cancel_order 1 SUCCEEDED"],
            *["compensate_order 1 RUNNING", PUBLISH, RECORD, NOTIFY, SEND],
        ],
        functions=FAILING,
    ),
    "a refund that fails": Case(
        every(
            trace_of(
                order_with(*CANCELLED, compensation=Compensation.RUNNING),
                mails=[mailed(event="OrderCancelled")],
                failed=[failed("compensate_order", 1, 6)],
            )
        ),
        "RUNNING",
        [
            *[CREATE, PUBLISH, RECORD, PROCESS, PUBLISH, RECORD, "cancel_order 1 SUCCEEDED", PUBLISH, RECORD, NOTIFY],
            *["compensate_order 1 FAILED", "compensate_order 2 RUNNING", SEND],
        ],
        functions=FAILING,
    ),
    "a refund that was given up, to be marked": Case(
        every(
            trace_of(
                order_with(*CANCELLED, compensation=Compensation.RUNNING),
                mails=[mailed(event="OrderCancelled")],
                failed=[failed("compensate_order", 8, 16, last=True)],
            )
        ),
        "RUNNING",
        [
            *[CREATE, PUBLISH, RECORD, PROCESS, PUBLISH, RECORD, "cancel_order 1 SUCCEEDED", PUBLISH, RECORD, NOTIFY],
            *[SEND, "compensate_order 8 FAILED", "fail_order 1 RUNNING"],
        ],
        functions=FAILING,
    ),
    "refunded": Case(
        every(
            trace_of(
                order_with(*CANCELLED, "~CANCELLED compensate_order 20", compensation=Compensation.DONE),
                mails=[mailed(event="OrderCancelled")],
            )
        ),
        "SUCCEEDED",
        [
            *[CREATE, PUBLISH, RECORD, PROCESS, PUBLISH, RECORD, "cancel_order 1 SUCCEEDED", PUBLISH, RECORD, NOTIFY],
            *[SEND, "compensate_order 1 SUCCEEDED", PUBLISH, RECORD],
        ],
        functions=FAILING,
    ),
    "which function staff used, the hop tells": Case(
        every(trace_of(order_with(CREATED, "CANCELLED staff 5"), mails=[mailed(event="OrderCancelled")])),
        "SUCCEEDED",
        [CREATE, PUBLISH, RECORD, "cancel_order 1 SUCCEEDED", PUBLISH, RECORD, NOTIFY, SEND],
        hops=[hop("cancel_order", 6)],
    ),
    "an edit is a step, and announced": Case(
        every(trace_of(EDITED, mails=[mailed()])), "SUCCEEDED", [*BEGUN, PROCESS, *ENDED, SEND, EDIT, PUBLISH, RECORD]
    ),
    "edits of one moment are as many": Case(
        every(trace_of(order_with(CREATED, "~PENDING staff 1", "~PENDING staff 1"))),
        "RUNNING",
        [CREATE, "process_order 1 RUNNING", PUBLISH, RECORD, EDIT, EDIT, PUBLISH, PUBLISH, RECORD, RECORD],
    ),
    "shipped and delivered": Case(
        every(
            trace_of(
                order_with(CREATED, CONFIRMED, PAID, PROCESSED, "SHIPPED staff 20", "DELIVERED staff 20"),
                mails=[mailed(), mailed(event="OrderShipped", at=21), mailed(event="OrderDelivered", at=22)],
            )
        ),
        "SUCCEEDED",
        [*BEGUN, PROCESS, *ENDED, SEND, ACT, ACT, PUBLISH, PUBLISH, RECORD, RECORD, NOTIFY, NOTIFY, SEND, SEND],
    ),
    "interrupted, then well": Case(
        every(trace_of(DONE, mails=[mailed()], failed=[failed("process_order", 1, 8, error="interrupted")])),
        "SUCCEEDED",
        [*BEGUN, "process_order 1 FAILED", "process_order 2 SUCCEEDED", *ENDED, SEND],
    ),
    "done before its process ended, though nobody knew": Case(
        every(trace_of(DONE, mails=[mailed()], failed=[failed("process_order", 1, 80, error="interrupted")])),
        "SUCCEEDED",
        [*BEGUN, PROCESS, *ENDED, SEND],
    ),
    "nothing but failures is known": Case(
        trace_of(None, stored=False, failed=FIVE[:2]),
        "RUNNING",
        ["process_order 1 FAILED", "process_order 2 FAILED", "process_order 3 RUNNING"],
    ),
    "nothing but failures is known, and no more are to come": Case(
        trace_of(None, stored=False, failed=FIVE), "FAILED", FIVE_FAILED
    ),
}
