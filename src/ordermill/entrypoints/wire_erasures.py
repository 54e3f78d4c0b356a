"""What a step of an erasure shows."""

from __future__ import annotations

from msgspec import Struct

from ordermill.domain.erasure import Counts
from ordermill.entrypoints.wire import OrderId


class ErasureView(Struct, frozen=True):
    """How much this step `erased`, by kind, and which orders are `remaining` as they are still under way.

    `next` is the cursor of the step that follows, null once all is erased that can be.
    """

    erased: Counts
    remaining: tuple[OrderId, ...]
    next: str | None
