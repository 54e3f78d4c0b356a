"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading


class LoopThread:
    """Runs `loop` until closed."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="engine", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the loop and let go of it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
