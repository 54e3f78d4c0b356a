"""Times as the contract writes them: RFC 3339, UTC, milliseconds, `Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_MOMENT = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:[Tt]({_TIME}:[0-5][0-9])(?:\.([0-9]{{1,9}}))?([Zz]|[+-]{_TIME}))?"
)


@lru_cache(maxsize=512)
def _second(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def rfc3339(epoch_ms: int) -> str:
    """`1763640000123` becomes `2025-11-20T12:00:00.123Z`."""
    second, ms = divmod(epoch_ms, 1000)
    return f"{_second(second)}.{ms:03d}Z"


def epoch_ms(text: str) -> int:
    """The first whole millisecond not before a moment.

    The moment is RFC 3339 with its offset, or a date alone, which is its midnight in UTC. Raises ValueError for
    anything else, and for what no calendar or clock shows.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("neither a date nor a time of RFC 3339")
    day, time, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    seconds = (datetime.fromisoformat(f"{day}T{time or '00:00:00'}{zone}") - _EPOCH) // timedelta(seconds=1)
    nanoseconds = int((fraction or "").ljust(9, "0"))
    return 1000 * seconds - (-nanoseconds // 1_000_000)
