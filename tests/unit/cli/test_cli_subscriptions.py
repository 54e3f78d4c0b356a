"""`ordermill subscriptions`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem

LIST = "GET /subscriptions?limit=50"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch, ordermill: Ordermill) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")


def one(**members: Any) -> dict[str, Any]:
    made = {
        "subscriptionId": "sub_1",
        "email": "ada@example.org",
        "status": "PENDING",
        "at": "2026-11-21T12:00:00.000Z",
    }
    return {**made, "confirmedAt": None, **members}


def test_they_are_a_table(ordermill: Ordermill, fake: Fake) -> None:
    rows = [one(), one(email="x\x1b[2J@example.org", status="CONFIRMED", confirmedAt="2026-11-21T13:00:00.000Z")]
    fake.on(LIST, Answer(200, {"subscriptions": rows, "nextCursor": None}))
    result = ordermill("subscriptions")
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()[1:]
    assert first.split() == ["sub_1", "ada@example.org", "PENDING", "2026-11-21T12:00:00.000Z", "-"]
    assert "\x1b" not in second
    assert second.split()[-1] == "2026-11-21T13:00:00.000Z"
    assert fake.asked[0].headers["authorization"] == "Bearer t"


def test_the_flags_choose_and_more_is_said(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("GET /subscriptions?limit=1&status=CONFIRMED", Answer(200, {"subscriptions": [one()], "nextCursor": "c"}))
    result = ordermill("subscriptions", "--status", "confirmed", "--limit", "1")
    assert (result.exit_code, "more than these 1" in result.stderr) == (0, True)


def test_json_is_the_answer_and_none_is_said(ordermill: Ordermill, fake: Fake) -> None:
    body: dict[str, Any] = {"subscriptions": [], "nextCursor": None}
    fake.on(LIST, Answer(200, body))
    assert json.loads(ordermill("subscriptions", "--json").stdout) == body
    assert ordermill("subscriptions").stdout == "no subscriptions\n"


def test_a_refusal_is_said(ordermill: Ordermill, fake: Fake) -> None:
    fake.on(LIST, problem(401, "unauthorized", "A valid token is needed"))
    result = ordermill("subscriptions")
    assert (result.exit_code, "ORDERMILL_STAFF_TOKEN" in result.stderr) == (4, True)


def test_no_such_status(ordermill: Ordermill) -> None:
    assert ordermill("subscriptions", "--status", "GONE").exit_code == 2
