"""What became of each order of a run: every one that was due is accounted for, once."""

from __future__ import annotations

from array import array
from collections import Counter, deque

import msgspec

from ordermill.entrypoints.load.percentiles import p99_ms
from ordermill.entrypoints.load.schedule import Schedule

ACCEPTED = 202
_SPREAD = 32
_LAST = 8


class _Problem(msgspec.Struct):
    """What is read of a refusal."""

    type: str = ""


class Sample(msgspec.Struct, frozen=True):
    """The run since the last sample: accepted orders a second, their p99 latency in ms, other ends than acceptance."""

    at: float
    rate: float
    p99_ms: float | None
    errors: int


class Record:
    """Times are seconds from the beginning of the run; latencies count from an order's intended start."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.sent = self.accepted_in_time = 0
        self.latencies, self.refusal_latencies, self.unfinished = array("d"), array("d"), array("d")
        self.started_late, self.own_lateness = array("d"), array("d")
        self.refused: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.connect_errors: Counter[str] = Counter()
        self.ended_at: float | None = None
        self._stride = max(1, schedule.total // _SPREAD)
        self._spread: list[bytes] = []
        self._last: deque[bytes] = deque(maxlen=_LAST)
        self._sampled = (0.0, 0, 0)

    @property
    def accepted(self) -> int:
        """Orders that the server answered with 202."""
        return len(self.latencies)

    @property
    def answered(self) -> int:
        """Orders that the server answered at all."""
        return len(self.latencies) + len(self.refusal_latencies)

    @property
    def in_flight(self) -> int:
        """Orders that were sent and neither answered nor given up."""
        return self.sent - self.answered - self.unknown.total()

    def start(self, number: int, free_since: float, at: float) -> None:
        """Order `number` is sent at `at`, over a connection that was free since `free_since`."""
        intended = self.schedule.intended(number)
        self.sent += 1
        self.started_late.append(at - intended)
        self.own_lateness.append(at - max(intended, free_since))

    def answer(self, number: int, status: int, body: bytes, at: float) -> None:
        """The whole answer to order `number` is there."""
        latency = at - self.schedule.intended(number)
        if status != ACCEPTED:
            self.refused[f"{status} {_slug(body)}".rstrip()] += 1
            self.refusal_latencies.append(latency)
            return
        if self.accepted % self._stride == 0:
            self._spread.append(body)
        self._last.append(body)
        self.latencies.append(latency)
        if self.ended_at is None:
            self.accepted_in_time += 1

    def give_up(self, number: int, why: str, at: float) -> None:
        """Order `number` was sent, and no answer will come: nobody here knows whether it was accepted."""
        self.unknown[why] += 1
        self.unfinished.append(at - self.schedule.intended(number))

    def end(self, at: float) -> None:
        """No order starts after this."""
        self.ended_at = at

    @property
    def never_sent(self) -> range:
        """The orders that were due and found no free connection; orders start in the order of their numbers."""
        return range(self.sent, max(self.sent, self.schedule.due(self.ended_at or 0.0)))

    def samples(self) -> list[bytes]:
        """Answers of accepted orders: some spread over the run, and the last ones at the end."""
        return list(dict.fromkeys([*self._spread, *self._last]))

    def sample(self, at: float) -> Sample:
        """What happened since the last call."""
        before, accepted, errors = self._sampled
        failed = len(self.refusal_latencies) + self.unknown.total() + self.connect_errors.total()
        self._sampled = (at, self.accepted, failed)
        recent = self.latencies[accepted:]
        rate = len(recent) / (at - before) if at > before else 0.0
        return Sample(at, rate, p99_ms(recent), failed - errors)


def _slug(body: bytes) -> str:
    """The last part of a problem's type; empty for any other body."""
    try:
        return msgspec.json.decode(body, type=_Problem).type.rpartition("/")[2][:60]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
