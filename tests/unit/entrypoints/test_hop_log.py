"""Hops as log lines: all while there are few, sums while there are many, and never more than so many a second."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordermill.entrypoints.logs.hop_log import OK_PER_S, SAME_PER_S, HopLog
from ordermill.ports.hops import Hop
from ordermill.runtime.tally import Tally
from tests.hops_kit import ManualTime, hop

MAIL = "mail-queue>send_email"


class Logged:
    """A hop log and what it said."""

    def __init__(self, caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> None:
        caplog.clear()
        caplog.set_level(level, logger="ordermill.hops")
        self._caplog, self.time = caplog, ManualTime()
        self._tally = Tally()
        self._log = HopLog(self._tally, self.time.later)

    def take(self, *hops: Hop) -> None:
        self._tally.take(hops)
        self._log.take(hops)

    def lines(self, message: str = "hop") -> list[dict[str, object]]:
        return [vars(record) for record in self._caplog.records if record.getMessage() == message]

    def shown(self, edge: str, outcome: str) -> int:
        """How many hops the lines speak of, one by one or together."""
        return sum(
            line.get("count", 1)
            for line in map(vars, self._caplog.records)
            if (line["edge"], line["outcome"]) == (edge, outcome)
        )


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Logged:
    return Logged(caplog)


def test_a_hop_is_a_line_with_all_it_says(logged: Logged) -> None:
    order_id = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    logged.take(hop(5, order_id=order_id, edge=MAIL, outcome="dead", duration_ms=12.345, error="OSError"))
    (line,) = logged.lines()
    said = {"function", "edge", "orderId", "outcome", "attempt", "durationMs", "traceId", "error", "detail"}
    assert {name: line[name] for name in said} == {
        "function": "send_email",
        "edge": MAIL,
        "orderId": order_id,
        "outcome": "dead",
        "attempt": 5,
        "durationMs": 12.3,
        "traceId": "019aa1b27c3d7e4f8a5b6c7d8e9f0a1b",
        "error": "OSError",
        "detail": "it said so",
    }


@pytest.mark.parametrize(("outcome", "level"), [("ok", 20), ("failed", 20), ("retry", 30), ("dead", 40)])
def test_the_outcome_says_how_severe_it_is(logged: Logged, outcome: str, level: int) -> None:
    logged.take(hop(outcome=outcome))  # type: ignore[arg-type]
    assert logged.lines()[0]["levelno"] == level


def test_beyond_so_many_a_second_there_is_one_line_an_edge(logged: Logged) -> None:
    logged.take(*(hop(duration_ms=2) for _ in range(30)), *(hop(edge=MAIL, duration_ms=80) for _ in range(970)))
    assert len(logged.lines()) == OK_PER_S
    logged.time.advance(1)
    (line,) = logged.lines("hops")
    assert (line["edge"], line["count"], line["outcome"]) == (MAIL, 950, "ok")
    assert 50 < line["p50Ms"] <= line["p99Ms"] <= 100  # type: ignore[operator]
    # While it is much, sums alone; once it was little for a second, each hop again.
    logged.take(*(hop() for _ in range(200)))
    logged.time.advance(1)
    logged.take(*(hop() for _ in range(20)))
    logged.time.advance(1)
    assert [line["count"] for line in logged.lines("hops")] == [950, 200, 20]
    assert len(logged.lines()) == OK_PER_S
    logged.take(hop())
    assert len(logged.lines()) == OK_PER_S + 1
    logged.time.advance(5)
    assert logged.time.idle


def test_a_storm_of_one_kind_hides_no_other(logged: Logged) -> None:
    logged.take(*(hop(edge=MAIL, outcome="retry", error="OSError") for _ in range(5000)))
    logged.take(hop(edge=MAIL, outcome="retry", error="TimeoutError"), hop(edge=MAIL, outcome="dead", error="OSError"))
    assert len(logged.lines()) == SAME_PER_S + 2
    logged.time.advance(1)
    (line,) = logged.lines("hops, more of the same")
    assert (line["count"], line["error"], line["levelno"]) == (5000 - SAME_PER_S, "OSError", logging.WARNING)


def test_a_quieter_level_shows_what_went_wrong_alone(caplog: pytest.LogCaptureFixture) -> None:
    logged = Logged(caplog, logging.WARNING)
    logged.take(*(hop() for _ in range(200)), hop(outcome="retry"), hop(outcome="failed"))
    logged.time.advance(2)
    assert [line["outcome"] for line in logged.lines()] == ["retry"]
    assert logged.lines("hops") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 120),
            st.sampled_from(["ok", "ok", "retry"]),
            st.sampled_from([MAIL, "orders>process_order"]),
            st.sampled_from([0.0, 0.3, 1.0]),
        ),
        max_size=12,
    )
)
def test_what_is_shown_adds_up_to_what_happened(
    caplog: pytest.LogCaptureFixture, batches: list[tuple[int, str, str, float]]
) -> None:
    logged = Logged(caplog)
    for size, outcome, edge, seconds in batches:
        logged.take(*(hop(edge=edge, outcome=outcome) for _ in range(size)))  # type: ignore[arg-type]
        logged.time.advance(seconds)
    logged.time.advance(3)
    for edge in (MAIL, "orders>process_order"):
        for outcome in ("ok", "retry"):
            happened = sum(size for size, this, where, _ in batches if (this, where) == (outcome, edge))
            assert logged.shown(edge, outcome) == happened
