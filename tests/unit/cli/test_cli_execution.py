"""`ordermill execution`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem


def state(name: str, attempt: int, status: str, **more: Any) -> dict[str, Any]:
    """One state as the server sends it."""
    at = f"2026-11-20T12:00:00.00{attempt}Z"
    common = {"name": name, "status": status, "attempt": attempt, "at": at, "durationMs": None, "input": {}}
    return {**common, "output": None, "error": None, "cause": None, **more}


EXECUTION = {
    "orderId": "ord_1",
    "status": "RUNNING",
    "states": [
        state("create_order", 1, "SUCCEEDED", durationMs=1234.567),
        state("process_order", 1, "FAILED", durationMs=0.04, error="PaymentError", cause="it \x1b[2J erred"),
        state("process_order", 2, "FAILED", error="OSError"),
        state("process_order", 3, "RUNNING"),
    ],
}


@pytest.fixture
def answering(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A server that knows one order."""
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "staff")
    fake.on("GET /orders/ord_1/execution", Answer(200, EXECUTION))
    return fake


def test_each_step_is_a_line(ordermill: Ordermill, answering: Fake) -> None:
    result = ordermill("execution", "ord_1")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ord_1  RUNNING",
        "step           attempt  status     when                           ms  error",
        "create_order         1  SUCCEEDED  2026-11-20T12:00:00.001Z  1,234.6",
        "process_order        1  FAILED     2026-11-20T12:00:00.001Z      0.0  PaymentError: it \ufffd[2J erred",
        "process_order        2  FAILED     2026-11-20T12:00:00.002Z           OSError",
        "process_order        3  RUNNING    2026-11-20T12:00:00.003Z",
    ]
    assert answering.asked[0].headers["authorization"] == "Bearer staff"


def test_json_is_the_answer(ordermill: Ordermill, answering: Fake) -> None:
    assert json.loads(ordermill("execution", "ord_1", "--json").stdout) == EXECUTION


def test_an_id_cannot_lead_elsewhere(ordermill: Ordermill, answering: Fake) -> None:
    assert ordermill("execution", "../health?x=").exit_code == 4
    assert answering.asked[0].path == "/orders/..%2Fhealth%3Fx%3D/execution"


def test_an_unknown_order_is_refused(ordermill: Ordermill, answering: Fake) -> None:
    answering.on("GET /orders/ord_2/execution", problem(404, "There is nothing here", "no order has this id"))
    result = ordermill("execution", "ord_2")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "no order has this id" in result.stderr


def test_without_a_token_nothing_is_asked(ordermill: Ordermill, fake: Fake, tmp_path: Path) -> None:
    assert ordermill("execution", "ord_1", "--data", str(tmp_path / "none")).exit_code == 2
    assert fake.asked == []
