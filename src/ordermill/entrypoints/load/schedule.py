"""When each order is to start. The schedule is fixed before the run, so that a slow server cannot slow it down."""

from __future__ import annotations

import math

import msgspec


class Schedule(msgspec.Struct, frozen=True):
    """`rate` orders a second for `seconds`, evenly spaced, the first at 0."""

    rate: float
    seconds: float

    @property
    def total(self) -> int:
        """How many orders that are: at least one."""
        return max(1, round(self.rate * self.seconds))

    def intended(self, number: int) -> float:
        """When order `number`, counted from 0, is to start: seconds from the beginning."""
        return number / self.rate

    def due(self, at: float) -> int:
        """How many orders were to start by `at`, seconds from the beginning."""
        if at < 0:
            return 0
        due = min(self.total, math.floor(at * self.rate) + 1)
        # Where multiplication and division round differently, `intended` is right.
        if due < self.total and self.intended(due) <= at:
            return due + 1
        return due - 1 if self.intended(due - 1) > at else due
