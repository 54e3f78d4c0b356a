"""Every order that was due is accounted for."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.load.record import Record
from ordermill.entrypoints.load.report import report_of
from ordermill.entrypoints.load.schedule import Schedule


def started(record: Record, count: int, at: float = 0.0) -> Record:
    for number in range(count):
        record.start(number, 0.0, at)
    return record


def test_each_order_has_one_end() -> None:
    record = started(Record(Schedule(10, 1)), 6)
    record.answer(0, 202, b"{}", 0.1)
    record.answer(1, 503, b'{"type":"/problems/overloaded","status":503}', 0.2)
    record.answer(2, 503, b'{"type":"/problems/overloaded","status":503}', 0.3)
    record.answer(3, 500, b"<html>", 0.4)
    record.give_up(4, "connection reset", 0.5)
    record.give_up(5, "no answer within 10 s", 10.5)
    record.end(1.0)
    report = report_of(record, connections=2)
    assert report.refused == {"503 overloaded": 2, "500": 1}
    assert report.unknown == {"connection reset": 1, "no answer within 10 s": 1}
    assert (report.accepted, report.sent, report.never_sent, report.due) == (1, 6, 4, 10)
    ends = report.accepted + sum(report.refused.values()) + sum(report.unknown.values()) + report.never_sent
    assert ends == report.due
    assert not report.all_accepted
    assert report.latency is not None
    assert report.latency.max == 10_000, "from its intended start, at 0.5 s"
    assert "max" in report.latency.at_least
    assert report.refusal_latency is not None
    assert report.refusal_latency.max == pytest.approx(100)


def test_what_is_accepted_after_the_time_counts_as_accepted_but_not_for_the_rate() -> None:
    record = started(Record(Schedule(2, 1)), 2)
    record.answer(0, 202, b"{}", 0.5)
    record.end(1.0)
    record.answer(1, 202, b"{}", 3.0)
    report = report_of(record, connections=2)
    assert report.all_accepted
    assert report.achieved_rate == 1.0


def test_only_what_was_due_when_it_was_stopped_counts() -> None:
    record = started(Record(Schedule(10, 60)), 3)
    for number in range(3):
        record.answer(number, 202, b"{}", 0.3)
    record.end(0.55)
    report = report_of(record, connections=1, interrupted=True)
    assert (report.due, report.never_sent) == (6, 3)


def test_a_sample_tells_what_happened_since_the_last() -> None:
    record = started(Record(Schedule(1000, 10)), 30)
    for number in range(10):
        record.answer(number, 202, b"{}", 0.5)
    assert record.sample(0.5).rate == 20
    for number in range(10, 20):
        record.answer(number, 202, b"{}", 0.9)
    record.give_up(20, "connection reset", 0.9)
    record.answer(21, 503, b"", 0.9)
    sample = record.sample(1.0)
    assert (sample.rate, sample.errors) == (20, 2)
    assert sample.p99_ms == pytest.approx(890)
    quiet = record.sample(1.5)
    assert (quiet.rate, quiet.p99_ms, quiet.errors) == (0, None, 0)


def test_the_samples_to_follow_have_the_first_order_and_the_last_ones() -> None:
    record = started(Record(Schedule(1000, 1)), 1000)
    for number in range(1000):
        record.answer(number, 202, b"%d" % number, 1.0)
    samples = record.samples()
    assert samples[0] == b"0"
    assert samples[-8:] == [b"%d" % number for number in range(992, 1000)]
    assert 32 <= len(samples) <= 48
    assert len(set(samples)) == len(samples)
