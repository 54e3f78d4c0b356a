"""One schedule and its function: a tick each interval, one at a time, however the clocks go and the process ends."""

from __future__ import annotations

from typing import Final

from ordermill.domain.commands import Tick
from ordermill.ports.journal import ScheduleLog, ScheduleState
from ordermill.runtime.handlers import Delivery, Exhausted, Handler, Receiving, earliest, overdue

SETTLE_MS: Final = 60_000
"""No tick comes sooner after a start, unless the interval itself is shorter."""

_DOUBLINGS: Final = 6
"""How often the wait for a tick that ends its process is doubled."""


class ScheduleSource:
    """Implements the engine's `Source` over the passing of time: the messages are `Tick`s.

    A tick that fails backs off and comes again, until the next one is due, which then takes its place: `since` is the
    last tick that was completed. One whose turn was missed is not made up for. A tick that ended its process before
    waits longer each time, so that a function which does that leaves others time to work.
    """

    def __init__(
        self, handler: Handler, rate: str, *, interval_ms: int, log: ScheduleLog, receiving: Receiving
    ) -> None:
        """`interval_ms` is what `rate` says. Of `receiving` only its back-off and visibility timeout matter."""
        self.handler, self.edge, self.name = handler, f"{rate}>{handler.name}", handler.name
        self.interval_ms, self._log = interval_ms, log
        self._receiving, self._now = receiving, receiving.now_ms
        self.last_ok = self._last = self._now()
        """When the function was last through, or the schedule began."""
        self._started = False
        self._begun = self._receives = self._turn_at = 0
        self._tick: Tick | None = None
        self._retry_at: int | None = None
        self._delivery: Delivery | None = None

    def recover(self) -> None:
        """Go on after the last completed tick; at a start, the time since then counts as one interval at most."""
        state, now = self._log.read(self.name), self._now()
        last, self._begun = (state.last, state.begun) if state else (self._last, 0)
        if not self._started:
            self._started, self.last_ok, self._last = True, now, min(last, now)
            self._turn_at = self._first(state, now)
        elif self._delivery is not None or self._tick is not None or last != self._last:
            # Storage failed under it: what the tick did is undone.
            self._delivery, self._last = None, last
            self._tick, self._retry_at = Tick(now, last), now

    def _first(self, state: ScheduleState | None, now: int) -> int:
        if state is None or state.begun > 1:
            deaths = state.begun - 1 if state else 0
            return now + (self.interval_ms << min(deaths, _DOUBLINGS))
        soonest, latest = now + min(self.interval_ms, SETTLE_MS), now + self.interval_ms
        return min(max(state.last + self.interval_ms, soonest), latest)

    def refill(self) -> None:
        """Nothing is read ahead."""

    def claim(self, limit: int) -> list[Delivery]:
        """The tick whose turn has come, if there is one."""
        now, due = self._now(), self._due()
        if limit <= 0 or due is None or now < due:
            return []
        if self._tick is None or now >= self._turn_at:
            self._tick, self._receives = Tick(now, self._last), 0
        if now >= self._turn_at:
            self._turn_at += self.interval_ms * ((now - self._turn_at) // self.interval_ms + 1)
        self._receives += 1
        self._retry_at = None
        self._save(self._begun + 1)
        self._delivery = Delivery(
            self, self._tick, self._tick, None, self._receives, now + self._receiving.visibility_ms
        )
        return [self._delivery]

    def claim_suspect(self) -> Delivery | None:
        """None: a tick has its time, whatever became of the process before."""
        return None

    def admit(self, delivery: Delivery) -> bool:
        """Always: there is no order among ticks."""
        return True

    def current(self, delivery: Delivery) -> bool:
        """Whether this is the tick under way: a late answer to an expired one changes nothing."""
        return self._delivery is delivery

    def hold(self, delivery: Delivery, for_ms: int) -> None:
        """Give the tick so much more time."""
        delivery.deadline_ms += for_ms

    def done(self, delivery: Delivery) -> None:
        """The tick is completed, and the next one follows on it."""
        self._last, self.last_ok = delivery.item.at, self._now()
        self._tick = self._delivery = None
        self._save(0)

    def uncount(self) -> None:
        """Not the process failed but its storage."""
        if state := self._log.read(self.name):
            self._log.write(self.name, ScheduleState(state.last, 0))

    def failed(self, delivery: Delivery, error: str, *, counts: bool = True) -> bool:
        """Back off, or leave it to the next tick: whether that was it."""
        now, self._delivery = self._now(), None
        self._save(0)
        retry_at = now + self._receiving.backoff.delay_ms(self._receives)
        if retry_at >= self._turn_at:
            self._tick = None
            return counts
        self._retry_at = retry_at
        return False

    def rest(self, for_ms: int) -> None:
        """Nothing: a tick backs off by itself."""

    def exhausted(self) -> list[Exhausted]:
        """None: a tick is never given up without another."""
        return []

    def expired(self, now: int) -> list[Delivery]:
        """The tick, if its visibility timeout is over."""
        return overdue(self._under_way(), now)

    def next_due_ms(self, *, claims: bool) -> int | None:
        """When there is something to do without being told; what only waits for its turn counts if it `claims`."""
        return earliest(self._due() if claims else None, self._under_way())

    def ready(self, *, suspects: bool) -> bool:
        """Whether a claim would find something now."""
        due = self._due()
        return due is not None and due <= self._now()

    def in_flight(self) -> int:
        """How many ticks are under way: one or none."""
        return len(self._under_way())

    def save(self) -> None:
        """Nothing: each tick is noted as it comes and goes."""

    def _due(self) -> int | None:
        if not self._started or self._delivery is not None:
            return None
        return self._turn_at if self._retry_at is None else min(self._retry_at, self._turn_at)

    def _under_way(self) -> list[Delivery]:
        return [] if self._delivery is None else [self._delivery]

    def _save(self, begun: int) -> None:
        self._begun = begun
        self._log.write(self.name, ScheduleState(self._last, begun))
