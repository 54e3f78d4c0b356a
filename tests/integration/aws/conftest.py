"""Deployments in one process, on moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tests.cloud.stack import Stack

MakeStack = Callable[..., Stack]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MakeStack]:
    """`stack(pipeline, …)`: the deployment of a pipeline; see `Stack`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    # The mock knows the tables' endpoints without the account in them.
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():

        def make(pipeline: str = "workflow", **given: Any) -> Stack:
            from ordermill.adapters.clock import SystemClock
            from ordermill.adapters.local.payments import Gateway

            given["ports"] = {"payments": Gateway(tmp_path / "p.db", SystemClock(), 1000), **given.get("ports", {})}
            return Stack(pipeline, **given)

        yield make
