"""The event loop that the server and the load generator run in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def new_loop() -> LoopFactory | None:
    """The event loop's factory: uvloop where there is one, None for asyncio's own."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
