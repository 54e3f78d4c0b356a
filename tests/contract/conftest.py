"""The ports that the suites of stores_kit.py are about, of every adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.contract.dynamo_kit import DynamoPorts
from tests.contract.stores_kit import Ports, Stores


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    """The local store's."""
    opened = Ports(tmp_path / "stores.db")
    yield opened
    opened.close()


@pytest.fixture
def dynamo() -> Iterator[DynamoPorts]:
    """Those of the tables on AWS."""
    with mock_aws():
        yield DynamoPorts()


@pytest.fixture(params=["local", "aws"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Of either."""
    chosen: Stores = request.getfixturevalue({"local": "ports", "aws": "dynamo"}[request.param])
    return chosen


@pytest.fixture(params=["warm", "restarted"])
def settle(request: pytest.FixtureRequest, stores: Stores) -> Callable[[], None]:
    """Called between a write and a read: what is stored must not depend on what is in memory."""
    return stores.fresh if request.param == "restarted" else lambda: None
