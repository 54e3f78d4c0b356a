"""A server that falls behind shows as latency and as a lower rate: no coordinated omission."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.load.dispatcher import Dispatcher
from ordermill.entrypoints.load.record import Record
from ordermill.entrypoints.load.report import report_of
from ordermill.entrypoints.load.schedule import Schedule
from tests.unit.load.simulated import simulate


def test_a_server_that_keeps_up_shows_its_own_latency() -> None:
    report = report_of(simulate(Schedule(100, 2), lambda number: 0.004), connections=1)
    assert report.all_accepted
    assert (report.due, report.sent, report.accepted, report.never_sent) == (200, 200, 200, 0)
    assert report.achieved_rate == 100
    assert report.latency is not None
    assert (report.latency.p50, report.latency.max) == (4, 4)
    assert report.started_late is not None
    assert report.started_late.max == 0


def test_a_server_at_half_the_rate_shows_the_backlog_though_each_answer_takes_the_same() -> None:
    # One connection, 10 ms an order: 100/s, where 200/s are offered. The last is 1 s late by the end.
    report = report_of(simulate(Schedule(200, 2), lambda number: 0.010), connections=1)
    assert not report.all_accepted
    assert report.offered_rate == 200
    assert report.achieved_rate == pytest.approx(100, abs=1)
    assert (report.due, report.sent, report.never_sent) == (400, 200, 200)
    assert report.latency is not None
    # Half of them had waited up to a second when they were given up, so half a second is a lower bound.
    assert report.latency.p50 == pytest.approx(500, abs=20)
    assert report.latency.p99 == pytest.approx(1000, abs=20)
    assert report.latency.at_least == ("p50", "p90", "p99", "p999", "max")
    assert report.started_late is not None
    assert report.started_late.p99 >= 980
    assert report.own_lateness is not None
    assert report.own_lateness.max == 0, "the generator is not to blame"


def test_one_pause_of_the_server_is_felt_by_every_order_that_was_due_meanwhile() -> None:
    report = report_of(simulate(Schedule(100, 10), lambda number: 1.0 if number == 500 else 0.001), connections=1)
    assert report.all_accepted
    assert report.latency is not None
    # A closed loop would have seen one slow order of 1,000: p99 of 1 ms. Here about 110 orders waited.
    assert report.latency.p50 == 1
    assert report.latency.p99 == pytest.approx(900, abs=30)


def test_a_generator_that_oversleeps_says_so() -> None:
    report = report_of(simulate(Schedule(100, 2), lambda number: 0.001, oversleeps=0.003), connections=4)
    assert report.all_accepted
    assert report.own_lateness is not None
    assert report.own_lateness.p50 == pytest.approx(3, abs=0.01)
    assert report.latency is not None
    assert report.latency.p50 == pytest.approx(4, abs=0.01)


class Noting:
    """A connection that notes what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, float]] = []

    def send(self, number: int, at: float) -> None:
        self.sent.append((number, at))


def test_what_became_due_meanwhile_starts_all_at_once_as_far_as_connections_are_free() -> None:
    record = Record(Schedule(10, 1))
    dispatcher, wires = Dispatcher(record), [Noting(), Noting(), Noting()]
    for wire in wires:
        dispatcher.ready(wire, 0.0)
    assert dispatcher.wait_s(0.02) == pytest.approx(0.08)
    dispatcher.pump(0.45)
    assert sorted(number for wire in wires for number, _ in wire.sent) == [0, 1, 2]
    assert dispatcher.wait_s(0.45) is None, "only an answer can change anything"
    dispatcher.ready(wires[1], 0.46)
    assert wires[1].sent[-1] == (3, 0.46)
    assert list(record.started_late) == pytest.approx([0.0, 0.35, 0.25, 0.16])
    assert list(record.own_lateness) == pytest.approx([0.0, 0.35, 0.25, 0.0])


def test_a_connection_that_is_gone_gets_nothing_and_nothing_starts_after_the_end() -> None:
    record = Record(Schedule(10, 1))
    dispatcher, wires = Dispatcher(record), [Noting(), Noting()]
    dispatcher.ready(wires[0], 0.0)
    dispatcher.ready(wires[1], 0.05)
    dispatcher.withdraw(wires[1])
    dispatcher.pump(0.1)
    assert wires[1].sent == []
    record.end(0.3)
    dispatcher.ready(wires[0], 0.3)
    assert len(wires[0].sent) == 1
    assert record.never_sent == range(1, 4)


def test_more_connections_carry_more() -> None:
    report = report_of(simulate(Schedule(200, 2), lambda number: 0.010, connections=2), connections=2)
    assert report.all_accepted
    assert report.achieved_rate == pytest.approx(200, abs=2)
