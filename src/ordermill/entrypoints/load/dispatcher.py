"""Which order goes over which connection, and when: decided by the schedule, without a clock or sockets of its own."""

from __future__ import annotations

from typing import Protocol

from ordermill.entrypoints.load.record import Record


class Sender(Protocol):
    """A connection that carries one order at a time."""

    def send(self, number: int, at: float) -> None:
        """Send order `number`; `at` is now, in seconds from the beginning."""


class Dispatcher:
    """Orders start at their intended time if a connection is free then, else as soon as one is."""

    def __init__(self, record: Record) -> None:
        self._record, self._schedule = record, record.schedule
        # The one used last is used next: a connection that rests for long may be closed by the server.
        self._free: dict[Sender, float] = {}

    def ready(self, sender: Sender, at: float) -> None:
        """The connection has nothing to carry: it takes the next order that is due, or rests."""
        self._free[sender] = at
        self.pump(at)

    def withdraw(self, sender: Sender) -> None:
        """The connection is gone."""
        self._free.pop(sender, None)

    def pump(self, at: float) -> None:
        """Start what is due, as far as connections are free."""
        record = self._record
        if record.ended_at is not None:
            return
        due = self._schedule.due(at)
        while self._free and record.sent < due:
            sender, free_since = self._free.popitem()
            number = record.sent
            record.start(number, free_since, at)
            sender.send(number, at)

    def wait_s(self, at: float) -> float | None:
        """Until the next order can start; None if only a connection that becomes free can change anything."""
        if not self._free or self._record.ended_at is not None or self._record.sent == self._schedule.total:
            return None
        return max(0.0, self._schedule.intended(self._record.sent) - at)
