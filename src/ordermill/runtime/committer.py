"""The thread that commits, so that nobody else waits for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from time import perf_counter

from ordermill.runtime.histogram import Histogram

Done = Callable[[Exception | None], None]


class Committer:
    """Runs `commit` once for each `submit`, and tells its outcome from its own thread."""

    def __init__(self, commit: Callable[[], None]) -> None:
        self._commit = commit
        self.durations = Histogram()
        """How long the commits that succeeded took, in milliseconds."""
        self._queue: SimpleQueue[Done | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="committer", daemon=True)
        self._thread.start()

    def submit(self, done: Done) -> None:
        """Commit; `done` is called with None or with what went wrong."""
        self._queue.put(done)

    def close(self) -> None:
        """End the thread once what it has is done."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (done := self._queue.get()) is not None:
            began = perf_counter()
            try:
                self._commit()
            except Exception as error:
                done(error)
            else:
                self.durations.observe((perf_counter() - began) * 1000)
                done(None)
