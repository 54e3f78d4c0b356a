"""Servers as in tests/e2e: nothing here depends on what else the machine is at."""

from __future__ import annotations

from tests.e2e.conftest import api, interruptible, make_server, running

__all__ = ["api", "interruptible", "make_server", "running"]
