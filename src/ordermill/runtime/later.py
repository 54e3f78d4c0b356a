"""What is put off comes back by the engine's clock: nothing waits for it, and it holds up nothing."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, NoReturn

from ordermill.runtime.calls import Call, Outcome
from ordermill.runtime.faults import Postponed
from ordermill.runtime.handlers import Delivery, Starter
from ordermill.runtime.inbox import Intake


class Later:
    """A timer for the engine's work. What is due lies in the lists, for the engine to take.

    `deliveries` and `calls` are to be run, `outcomes` to be settled, `failures` to be failed.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now = now_ms
        self._order = count()
        self._held: dict[int, Intake] = {}
        self._heap: list[tuple[int, int, list[Any], Any]] = []
        self._requests: list[Intake] = []
        self.reset()

    def reset(self) -> None:
        """After a recovery no message is under way; requests are, for nothing of theirs was begun."""
        self.deliveries: list[Delivery] = []
        self.calls: list[Call] = []
        self.outcomes: list[Outcome] = []
        self.failures: list[tuple[Delivery, Exception]] = []
        self._heap = [entry for entry in self._heap if entry[2] is self._requests]
        heapq.heapify(self._heap)

    def put(self, after_ms: int, to: list[Any], item: Any) -> None:
        """Put `item` into one of the lists then."""
        heapq.heappush(self._heap, (self._now() + after_ms, next(self._order), to, item))

    def next_ms(self) -> int | None:
        """When the next is due."""
        return self._heap[0][0] if self._heap else None

    def ripen(self) -> None:
        """Move what is due into its list."""
        now, heap = self._now(), self._heap
        while heap and heap[0][0] <= now:
            _, _, to, item = heapq.heappop(heap)
            to.append(item)

    def hold(self, intake: Intake, late: Postponed) -> None:
        """Put off a request: it is run then, or fails as `late` says."""
        handler = intake.handler
        if late.error is not None:
            fails = partial(_fail, late.error)
            if isinstance(handler, Starter):
                handler = replace(handler, prepare=fails, prefetch=None)
            else:
                handler = replace(handler, run=fails, prefetch=None)
        again = replace(intake, handler=handler, spared=True)
        self._held[id(again)] = intake
        self.put(late.after_ms, self._requests, again)

    def unheld(self, intakes: Iterable[Intake]) -> list[Intake]:
        """Those that were not put off."""
        held = set(map(id, self._held.values()))
        return [intake for intake in intakes if id(intake) not in held]

    @property
    def holding(self) -> bool:
        """Whether requests were put off."""
        return bool(self._held)

    def requests(self) -> list[Intake]:
        """The requests that are due, once."""
        due = self._requests.copy()
        self._requests.clear()
        for intake in due:
            del self._held[id(intake)]
        return due

    def give_up(self) -> list[Intake]:
        """All requests that were put off, due or not, once."""
        held = list(self._held.values())
        self._held.clear()
        self._requests.clear()
        self._heap = [entry for entry in self._heap if entry[2] is not self._requests]
        heapq.heapify(self._heap)
        return held


def _fail(error: Exception, message: object) -> NoReturn:
    raise error
