"""What a check of `ordermill doctor` says."""

from __future__ import annotations

from typing import Literal

import msgspec


class Check(msgspec.Struct, frozen=True):
    """One check: what was found and, unless it is `ok`, why that is bad and what to do.

    `fail` keeps Ordermill from running or from being safe; `warn` is worth knowing.
    """

    name: str
    state: Literal["ok", "warn", "fail"]
    found: str
    cause: str | None = None
    cure: str | None = None
