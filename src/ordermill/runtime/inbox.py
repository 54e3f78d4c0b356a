"""Where the engine waits: nothing is polled, whoever brings work wakes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from ordermill.runtime.calls import Outcome
from ordermill.runtime.handlers import Plain

Reply = Callable[[Any, BaseException | None], None]
"""Called once with the result or the error, after the commit it rode in."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A request from outside, to be run by the engine and answered after the commit."""

    handler: Plain
    message: Any
    reply: Reply


class Inbox:
    """Requests and call outcomes for the engine's thread; any thread may put."""

    def __init__(self) -> None:
        self.intakes: deque[Intake] = deque()
        self.outcomes: deque[Sequence[Outcome]] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._asleep = self._called = False

    def put(self, intake: Intake) -> None:
        """A request."""
        self.intakes.append(intake)
        self._wake()

    def report(self, outcomes: Sequence[Outcome]) -> None:
        """What calls came to."""
        self.outcomes.append(outcomes)
        self._wake()

    def ring(self) -> None:
        """Wake the engine, or let its next wait return at once: there is news that is not in here."""
        self._called = True
        self._wake()

    def wait(self, timeout_s: float | None) -> None:
        """Sleep until something is there, at most `timeout_s`."""
        self._asleep = True
        if not self.intakes and not self.outcomes and not self._called:
            with suppress(Empty):
                self._bell.get(timeout=timeout_s)
        self._asleep = self._called = False
        while not self._bell.empty():
            self._bell.get()

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            self._bell.put(None)
