"""The ports that the suites of stores_kit.py are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.stores_kit import Ports


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    """The local store's."""
    opened = Ports(tmp_path / "stores.db")
    yield opened
    opened.store.close()


@pytest.fixture(params=[False, True], ids=["warm", "restarted"])
def settle(request: pytest.FixtureRequest, ports: Ports) -> Callable[[], None]:
    """Called between a write and a read: what is stored must not depend on what is in memory."""
    restart: bool = request.param
    return ports.fresh if restart else lambda: None
