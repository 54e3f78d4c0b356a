"""What all tests share: the rule about skipped tests, and an order to work with.

With ORDERMILL_NO_SKIPS set, a skipped test makes the session fail: a machine that is meant to run everything does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ordermill.domain.order import Line, Order, OrderDraft, place

_SKIPS: Final = pytest.StashKey[list[str]]()

_AWS_FOLDERS: Final = frozenset({"aws", "aws_lambda", "packaging"})
_AWS_FILES: Final = re.compile(r"_(aws|dynamo|stripe|oracles)(_|\.)")

AT: Final = 1_763_640_000_000
"""When the orders of `make_order` were placed, epoch milliseconds."""

MakeOrder = Callable[..., Order]


@pytest.fixture
def make_order() -> MakeOrder:
    """`make_order(order_id, stock_sku=…, token=…, email=…, quantity=…)`: a PENDING order of one line."""

    def make(
        order_id: str = "ord_1",
        *,
        stock_sku: str | None = None,
        token: str = "tok_approve",
        email: str | None = "ada@example.org",
        quantity: int = 2,
    ) -> Order:
        line = Line("Widget", stock_sku, quantity, 999, stock_sku)
        draft = OrderDraft("Ada", "c1", email, None, None, (line,), "USD", line.total, token)
        return place(draft, order_id=order_id, at=AT, by="create_order")

    return make


class _SkipRule:
    """Collects what was skipped, and fails the session for it where nothing may be."""

    def __init__(self, config: pytest.Config) -> None:
        self._skips = config.stash[_SKIPS]

    def _note(self, report: Any) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self._skips.append(f"{report.nodeid}: {reason}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # A worker of a distributed session reports to the one that decides.
        if self._skips and not hasattr(session.config, "workerinput") and session.exitstatus in (0, 5):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._skips:
            terminalreporter.section("ORDERMILL_NO_SKIPS: these tests were skipped", red=True)
            for skip in self._skips:
                terminalreporter.write_line(skip, red=True)


def is_for_aws(item: pytest.Item) -> bool:
    """Whether it is of what runs on AWS alone, or compares with that: by its folder or file, or its suite's adapter."""
    where = Path(item.nodeid.partition("::")[0])
    if _AWS_FOLDERS.intersection(where.parts) or _AWS_FILES.search(where.name):
        return True
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "aws" in (value for value in callspec.params.values() if isinstance(value, str))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    for item in items:
        if is_for_aws(item):
            item.add_marker("aws")


def pytest_configure(config: pytest.Config) -> None:
    """Skips and their reasons are always printed (`-ra`); here they also count."""
    if os.environ.get("ORDERMILL_NO_SKIPS"):
        config.stash[_SKIPS] = []
        config.pluginmanager.register(_SkipRule(config), "no-skips")
