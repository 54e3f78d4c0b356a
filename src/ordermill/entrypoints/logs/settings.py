"""What an operator can choose about the log."""

from __future__ import annotations

from typing import Literal

LogLevel = Literal["debug", "info", "warning", "error", "critical"]
"""What is less severe is not logged."""

LogFormat = Literal["auto", "json", "console"]
"""`auto` is `console` on a terminal, else `json`."""
