"""Worker threads for the `call` stage: nothing outside ever holds up the engine.

Each staged function has threads of its own, so one that hangs delays no other. Work goes out in chunks and comes
back in chunks; a chunk's outcomes count once its adapter's batch has closed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

from ordermill.runtime.faults import Faults
from ordermill.runtime.handlers import Delivery, Staged
from ordermill.runtime.injection import run_struck

Call = tuple[Delivery, Any]
Outcome = tuple[Delivery, Any, BaseException | None]


class CallPool:
    """The threads of one staged function; `report` is called from them with each chunk's outcomes."""

    def __init__(self, handler: Staged, report: Callable[[Sequence[Outcome]], None], faults: Faults) -> None:
        self._handler, self._report, self._faults = handler, report, faults
        self._service = handler.call_edge.rpartition(">")[2]
        self._queue: SimpleQueue[Sequence[Call] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{handler.name}-{number}", daemon=True)
            for number in range(handler.threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, calls: Sequence[Call]) -> None:
        """Run these calls, a chunk a thread."""
        size = self._handler.chunk
        for start in range(0, len(calls), size):
            self._queue.put(calls[start : start + size])

    def close(self) -> None:
        """Let the threads end once what they have is done."""
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        while (chunk := self._queue.get()) is not None:
            if self._faults.armed:
                self._report(run_struck(self._faults, self._service, chunk, self._run))
            else:
                self._report(self._run(chunk))

    def _run(self, chunk: Sequence[Call]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        call = self._handler.call
        try:
            with self._handler.batch([request for _, request in chunk]):
                for delivery, request in chunk:
                    try:
                        outcomes.append((delivery, call(request), None))
                    except Exception as error:
                        outcomes.append((delivery, None, error))
        except Exception as error:
            # The batch did not close: whatever its calls answered, none of it is known to be durable.
            return [(delivery, None, error) for delivery, _ in chunk]
        return outcomes
