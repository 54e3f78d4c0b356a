"""Deployments in one process, on moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.cloud.resources import REGION
from tests.cloud.stack import Stack

MakeStack = Callable[..., Stack]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeStack]:
    """`stack(pipeline, …)`: the deployment of a pipeline; see `Stack`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # The mock knows the tables' endpoints without the account in them.
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():

        def make(pipeline: str = "workflow", **given: Any) -> Stack:
            return Stack(pipeline, **given)

        yield make
