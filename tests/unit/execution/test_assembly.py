"""Which steps an order's execution shows, of what it left."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.local.attempts import KEPT_MS
from ordermill.adapters.local.traces import Trace
from ordermill.entrypoints.execution.processing import intake_of
from ordermill.entrypoints.execution.states import Hops
from ordermill.ports.hops import Hop
from tests.unit.execution.cases import CASES, DONE, PENDING, REJECTED, TAKEN, Case, every
from tests.unit.execution.execution_kit import (
    BORN,
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


def test_hops_that_may_be_of_another_step_tell_of_none() -> None:
    trace = trace_of(TAKEN, events=logged(TAKEN, 1))
    states = execution_of(trace, [hop("publish_order_event", 5)]).states
    assert {state.duration_ms for state in states} == {None}


def test_a_hop_is_of_what_happened_while_it_lasted() -> None:
    early, late = hop("act_on_order", 40), hop("act_on_order", 100)
    hops = Hops([early, late], BORN, ())
    assert [hops.at("act_on_order", BORN + at) for at in (20, 38, 45, 70, 99, 120)] == [
        None,
        early,
        early,
        None,
        late,
        None,
    ]


def test_each_attempt_at_the_order_has_its_own_attempts() -> None:
    edited = order_with(
        *("PENDING create_order 0", "~PENDING staff 1", "CONFIRMED process_order 2", "FAILED fail_order 40"),
        *("PENDING staff 50", "CONFIRMED process_order 60"),
    )
    told = [failed("process_order", 1, 5, attempt=1), failed("process_order", 1, 65, attempt=2)]
    for attempts in (told, [failed("process_order", 1, 5), failed("process_order", 1, 65)]):
        states = execution_of(trace_of(edited, failed=attempts)).states
        mine = [state for state in states if state.name == "process_order"]
        assert [(state.attempt, state.status, state.output) for state in mine] == [
            (1, "FAILED", {"status": "CONFIRMED"}),
            (1, "FAILED", {"status": "CONFIRMED"}),
            (2, "RUNNING", None),
        ]
        assert mine[-1].input["attempt"] == 2


@pytest.mark.parametrize(
    ("edits", "redrives", "names"),
    [
        ([], 0, ["act_on_order", "act_on_order"]),
        ([], 2, ["redrive_dead_letters", "redrive_dead_letters"]),
        # Which of the two was the redrive does not show.
        ([], 1, ["act_on_order", "act_on_order"]),
        (["~PENDING staff 1"], 2, ["redrive_dead_letters", "redrive_dead_letters"]),
    ],
)
def test_a_retry_was_a_redrive_where_all_of_them_were(edits: list[str], redrives: int, names: list[str]) -> None:
    order = order_with(
        *("PENDING create_order 0", *edits, "CONFIRMED process_order 2", "FAILED fail_order 40"),
        *("PENDING staff 50", "CONFIRMED process_order 60", "FAILED fail_order 70", "PENDING staff 80"),
    )
    states = execution_of(trace_of(replace(order, redrives=redrives))).states
    assert [state.name for state in states if state.name in {"act_on_order", "redrive_dead_letters"}] == names


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
