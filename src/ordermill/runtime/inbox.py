"""Where the engine waits: nothing is polled, whoever brings work wakes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from ordermill.runtime.calls import Outcome
from ordermill.runtime.handlers import Plain, Starter

Reply = Callable[[Any, BaseException | None], None]
"""Called once with the result or the error, after the commit it rode in."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A request from outside, to be run by the engine and answered after the commit; `since` by `perf_counter`.

    Faults have struck one that is `spared` already.
    """

    handler: Plain | Starter
    message: Any
    reply: Reply
    since: float = field(default_factory=perf_counter)
    spared: bool = False


class Inbox:
    """Requests and call outcomes for the engine; any thread may put. `wake` is called when the engine is at rest."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.intakes: deque[Intake] = deque()
        self.outcomes: deque[Sequence[Outcome]] = deque()
        self._wake, self._at_rest = wake, False

    def put(self, intake: Intake) -> None:
        """A request."""
        self.intakes.append(intake)
        self.ring()

    def report(self, outcomes: Sequence[Outcome]) -> None:
        """What calls came to."""
        self.outcomes.append(outcomes)
        self.ring()

    def ring(self) -> None:
        """Wake the engine if it is at rest."""
        if self._at_rest:
            self._at_rest = False
            self._wake()

    def rest(self) -> None:
        """The engine goes to rest: from now on, whoever brings something wakes it.

        What came between its last look and this call wakes it at once.
        """
        self._at_rest = True
        if self.intakes or self.outcomes:
            self.ring()
