"""A store for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ordermill.adapters.local.store import LocalStore
from tests.unit.runtime.runtime_kit import Now, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """A fresh one."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def now() -> Now:
    """Time that stands still."""
    return Now()
