"""What is put off comes back when it is due, once, and what nobody can begin any more is given up."""

from __future__ import annotations

from typing import Any

import pytest

from ordermill.runtime.faults import Postponed
from ordermill.runtime.handlers import Plain
from ordermill.runtime.inbox import Intake
from ordermill.runtime.later import Later
from tests.unit.runtime.runtime_kit import Now, plain


def request(reply: Any = None) -> Intake:
    return Intake(plain(), "message", reply)


def test_what_is_due_is_there_in_the_order_of_its_time(now: Now) -> None:
    later: Any = Later(now)
    for after_ms, item in ((20, "c"), (10, "a"), (10, "b"), (30, "d")):
        later.put(after_ms, later.deliveries, item)
    assert later.next_ms() == now.ms + 10
    later.ripen()
    assert later.deliveries == []
    now.ms += 20
    later.ripen()
    assert later.deliveries == ["a", "b", "c"]
    assert later.next_ms() == now.ms + 10


def test_a_request_comes_back_to_be_run_spared(now: Now) -> None:
    later, intake = Later(now), request()
    other = request()
    later.hold(intake, Postponed("consume", "start", 10))
    assert later.holding
    assert later.unheld([intake, other]) == [other]
    now.ms += 10
    later.ripen()
    (again,) = later.requests()
    assert (again.spared, again.message, again.since) == (True, "message", intake.since)
    assert again.handler is intake.handler
    assert not later.holding
    assert later.requests() == []


def test_a_request_that_timed_out_comes_back_to_fail(now: Now) -> None:
    later = Later(now)
    later.hold(request(), Postponed("consume", "start", 10, TimeoutError("late")))
    now.ms += 10
    later.ripen()
    (again,) = later.requests()
    assert isinstance(again.handler, Plain)
    with pytest.raises(TimeoutError, match="late"):
        again.handler.run(again.message)


def test_a_recovery_forgets_messages_and_keeps_requests(now: Now) -> None:
    later: Any = Later(now)
    later.put(10, later.deliveries, "delivery")
    later.put(0, later.outcomes, "outcome")
    later.hold(request(), Postponed("consume", "start", 20))
    later.ripen()
    later.reset()
    assert (later.outcomes, later.next_ms()) == ([], now.ms + 20)
    now.ms += 20
    later.ripen()
    assert len(later.requests()) == 1
    assert later.deliveries == []


def test_what_is_given_up_never_comes_back(now: Now) -> None:
    later = Later(now)
    due, waiting = request(), request()
    later.hold(due, Postponed("consume", "start", 10))
    later.hold(waiting, Postponed("consume", "start", 20))
    now.ms += 10
    later.ripen()
    assert later.give_up() == [due, waiting]
    now.ms += 10
    later.ripen()
    assert (later.requests(), later.holding, later.next_ms()) == ([], False, None)
