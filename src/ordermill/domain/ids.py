"""Ids sort by the millisecond they were made in: how they begin says when that was."""

from __future__ import annotations


def first_id(prefix: str, at: int) -> str:
    """What sorts after every id `prefix_UUIDv7` made before `at` (epoch ms), and not after those made since."""
    digits = f"{max(0, at) & 0xFFFF_FFFF_FFFF:012x}"
    return f"{prefix}_{digits[:8]}-{digits[8:]}"
