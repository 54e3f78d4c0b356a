"""Which steps an order's execution shows, of what it left."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest

from ordermill.adapters.local.attempts import KEPT_MS
from ordermill.adapters.local.traces import Trace
from ordermill.domain.order import Compensation
from ordermill.entrypoints.execution.processing import intake_of
from ordermill.ports.hops import Hop
from tests.unit.execution.execution_kit import (
    BORN,
    COMMON,
    FAILING,
    NOW,
    execution_of,
    failed,
    hop,
    lines,
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
    "an edit is announced, and no step": Case(
        every(trace_of(EDITED, mails=[mailed()])), "SUCCEEDED", [*BEGUN, PROCESS, *ENDED, SEND, PUBLISH, RECORD]
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


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_states_are_those_of_the_steps_in_order_of_time(case: Case) -> None:
    execution = execution_of(case.trace, case.hops, functions=case.functions)
    assert lines(execution) == case.states
    assert execution.status == case.status
    assert [state.at for state in execution.states] == sorted(state.at for state in execution.states)
    # What failed says why, and nothing else does.
    assert {(state.error is None) is (state.status != "FAILED") for state in execution.states} == {True}


HOPS = [
    *[hop("create_order", 1, took=1.5), hop("publish_order_event", 3, took=2), hop("publish_order_event", 5, took=2.5)],
    *[hop("record_order_event", 6, took=3), hop("record_order_event", 7, took=3.5)],
    # A call to the outside is no step.
    Hop(BORN + 9, "ord_1", "process_order>payments", "process_order", "ok", 1, 8.0),
    *[hop("process_order", 10, 4, took=8.25), hop("publish_order_event", 12, took=4)],
    *[hop("record_order_event", 13, took=4.5), hop("record_order_event", 14, took=5)],
    *[hop("notify_customer", 14, took=5.5), hop("send_email", 16, 2, took=6)],
]
TIMED = [
    *[("create_order", 0, 1.5), ("publish_order_event", 3, 2), ("publish_order_event", 5, 2.5)],
    *[("record_order_event", 6, 3), ("record_order_event", 7, 3.5), ("process_order", 9, 8.25)],
    *[("publish_order_event", 12, 4), ("record_order_event", 13, 4.5)],
    *[("record_order_event", 14, 5), ("notify_customer", 14, 5.5), ("send_email", 15, 6)],
]


def test_hops_tell_how_long_it_took_and_which_attempt_it_was() -> None:
    states = execution_of(every(trace_of(DONE, mails=[mailed()])), HOPS).states
    assert [(state.name, state.at - BORN, state.duration_ms) for state in states] == TIMED
    assert [state.name for state in states if state.attempt != 1] == ["process_order", "send_email"]


def test_the_last_hops_are_those_of_the_last_steps() -> None:
    states = execution_of(every(trace_of(DONE, mails=[mailed()])), HOPS[6:]).states
    assert {(state.name, state.duration_ms) for state in states if state.duration_ms is not None} == {
        ("process_order", 8.25),
        ("publish_order_event", 4),
        ("record_order_event", 4.5),
        ("record_order_event", 5),
        ("notify_customer", 5.5),
        ("send_email", 6),
    }
    assert {state.at - BORN for state in states if state.name == "publish_order_event"} == {0, 2, 12}


def test_a_failed_attempt_is_whole() -> None:
    trace = trace_of(TAKEN, failed=[failed("process_order", 1, 4, attempt=1)])
    (state,) = (state for state in execution_of(trace).states if state.status == "FAILED")
    assert msgspec.to_builtins(state) == {
        "name": "process_order",
        "status": "FAILED",
        "attempt": 1,
        "at": BORN + 4,
        "duration_ms": 2.5,
        "input": {"orderId": "ord_1", "attempt": 1},
        "output": {"status": "CONFIRMED"},
        "error": "PaymentError",
        "cause": "it said so",
    }


def test_inputs_and_outputs_say_what_a_step_got_and_made() -> None:
    mails = [mailed(event="OrderRejected")]
    states = execution_of(every(trace_of(REJECTED, mails=mails))).states
    about = {"orderId": "ord_1"}
    assert [(state.name, state.input, state.output) for state in states if state.at != BORN + 2] == [
        (
            "create_order",
            {"items": 1, "currency": "USD"},
            {"orderId": "ord_1", "status": "PENDING", "total": "19.98"},
        ),
        ("publish_order_event", about | {"version": 1}, {"events": ["OrderCreated"]}),
        ("record_order_event", about | {"event": "OrderCreated", "seq": 1}, {"id": "ord_1/1"}),
        ("process_order", about | {"attempt": 1}, {"status": "REJECTED", "reason": "PAYMENT_DECLINED"}),
        ("publish_order_event", about | {"version": 3}, {"events": ["OrderRejected"]}),
        ("record_order_event", about | {"event": "OrderRejected", "seq": 3}, {"id": "ord_1/3"}),
        ("notify_customer", about | {"event": "OrderRejected", "seq": 3}, {"mailId": "ord_1-OrderRejected"}),
        ("send_email", about | {"mailId": "ord_1-OrderRejected"}, {"status": "SENT"}),
    ]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_nobody_is_named(case: Case) -> None:
    told = msgspec.json.encode(execution_of(case.trace, case.hops, functions=case.functions)).decode()
    assert not any(secret in told for secret in ("Ada", "ada@", "c1", "a note", "tok_", "Widget"))


@pytest.mark.parametrize(
    "trace", [trace_of(PENDING), every(trace_of(DONE, mails=[mailed("QUEUED")]))], ids=["new", "old"]
)
def test_nothing_is_under_way_for_longer_than_it_is_known_to_have_been_given_up(trace: Trace) -> None:
    later = execution_of(trace, now=BORN + KEPT_MS + 1_000)
    assert execution_of(trace, now=NOW).status == "RUNNING"
    assert [state for state in later.states if state.status == "RUNNING"] == []


def test_a_clean_execution_of_the_machine_is_its_states() -> None:
    execution = execution_of(
        every(trace_of(DONE, mails=[mailed()])), [hop("create_order", 1, took=1.5)], intake=intake_of("workflow")
    )
    assert lines(execution)[:5] == [
        "validate_order 1 SUCCEEDED",
        "create_order 1 SUCCEEDED",
        "is_pending 1 SUCCEEDED",
        "send_to_order_queue 1 SUCCEEDED",
        "accepted 1 SUCCEEDED",
    ]
    assert [state.duration_ms for state in execution.states[:5]] == [None, 1.5, None, None, None]
    assert lines(execution)[5:] == lines(execution_of(every(trace_of(DONE, mails=[mailed()]))))[1:]


def test_an_order_that_another_pipeline_took_in_passed_no_machine() -> None:
    trace = trace_of(order_with("PENDING submit_order 0"), stored=False)
    assert lines(execution_of(trace, intake=intake_of("workflow")))[0] == "submit_order 1 SUCCEEDED"
