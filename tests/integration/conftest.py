"""Systems that end with their test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ordermill.topology.loader import load
from tests.integration.system_kit import BlockingPayments, Mill, StartMill, open_mill


@pytest.fixture
def start_mill(tmp_path: Path) -> Iterator[StartMill]:
    """`start_mill(data=…, start=True, **open_mill's)`: a running system, closed at the end."""
    mills: list[Mill] = []
    payments: list[BlockingPayments] = []

    def start(data: Path | None = None, *, start: bool = True, **options: Any) -> Mill:
        payments.extend(port for port in (options.get("ports") or {}).values() if isinstance(port, BlockingPayments))
        mill = open_mill(data or tmp_path / "ordermill.db", **options)
        mills.append(mill)
        if start:
            mill.system.start()
        return mill

    yield start
    for port in payments:
        port.release.set()
    for mill in mills:
        mill.close(1)


@pytest.fixture
def mill(start_mill: StartMill) -> Mill:
    """A running system with nothing special about it."""
    return start_mill()


@pytest.fixture(params=sorted(load().pipelines))
def pipeline(request: pytest.FixtureRequest) -> str:
    """Each pipeline in turn."""
    name: str = request.param
    return name


@pytest.fixture
def any_mill(start_mill: StartMill, pipeline: str) -> Mill:
    """A running system of each pipeline in turn."""
    return start_mill(pipeline=pipeline)
