"""`ordermill dead-letters`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem

LIST = "GET /dead-letters?limit=50"
REDRIVE = "POST /dead-letters/redrive"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch, ordermill: Ordermill) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")


def letter(**members: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(hours=3, minutes=5)
    made = {
        "id": "mail-queue-7-1",
        "queue": "mail-queue",
        "orderId": "ord_1",
        "function": "send_email",
        "error": "OSError: no",
        "receives": 5,
        "redrives": 1,
        "at": at.isoformat(),
        "payload": {"mailId": "m"},
    }
    return made | members


@pytest.mark.parametrize("command", [["dead-letters"], ["dead-letters", "list"]])
def test_they_are_a_table(ordermill: Ordermill, fake: Fake, command: list[str]) -> None:
    letters = [letter(), letter(id="l2", orderId=None, error="x" * 100 + "\x1b[2J", at="nonsense")]
    fake.on(LIST, Answer(200, {"deadLetters": letters, "nextCursor": None}))
    result = ordermill(*command)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()[1:]
    assert first.split() == ["mail-queue-7-1", "ord_1", "send_email", "OSError:", "no", "5", "1", "3h"]
    assert second.split() == ["l2", "-", "send_email", "x" * 59 + "…", "5", "1", "?"]
    assert fake.asked[0].headers["authorization"] == "Bearer t"


def test_the_flags_choose_and_more_is_said(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("GET /dead-letters?limit=1&queue=orders%3Ef", Answer(200, {"deadLetters": [letter()], "nextCursor": "c"}))
    result = ordermill("dead-letters", "--queue", "orders>f", "--limit", "1")
    assert (result.exit_code, "more than these 1" in result.stderr) == (0, True)


def test_json_is_the_answer_and_none_is_said(ordermill: Ordermill, fake: Fake) -> None:
    body: dict[str, Any] = {"deadLetters": [], "nextCursor": None}
    fake.on(LIST, Answer(200, body))
    assert json.loads(ordermill("dead-letters", "--json").stdout) == body
    assert ordermill("dead-letters").stdout == "no dead letters\n"


@pytest.mark.parametrize(
    ("args", "body"),
    [
        (["a", "b"], {"ids": ["a", "b"]}),
        (["--queue", "q", "--max", "3"], {"queue": "q", "max": 3}),
        (["--queue", "q", "--dry-run"], {"queue": "q", "dryRun": True}),
        (["--all"], {"all": True}),
    ],
)
def test_redrive_sends_what_was_chosen(ordermill: Ordermill, fake: Fake, args: list[str], body: object) -> None:
    fake.on(REDRIVE, Answer(200, {"redriven": 2, "refused": [], "remaining": 4}))
    result = ordermill("dead-letters", "redrive", *args)
    would = "would be " if "--dry-run" in args else ""
    assert (result.exit_code, result.stdout) == (0, f"2 letters {would}redriven; 4 more wait for another time\n")
    assert (fake.asked[0].json(), fake.asked[0].headers["content-type"]) == (body, "application/json")


def test_refusals_are_shown_and_the_end_is_not_good(ordermill: Ordermill, fake: Fake) -> None:
    answer = {"redriven": 1, "refused": [{"id": "a", "reason": "the order is CANCELLED"}], "remaining": 0}
    fake.on(REDRIVE, Answer(200, answer))
    result = ordermill("dead-letters", "redrive", "a", "b")
    assert (result.exit_code, result.stdout) == (1, "1 letter redriven\n")
    assert result.stderr == "  a: the order is CANCELLED\n"
    as_json = ordermill("dead-letters", "redrive", "a", "b", "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)) == (1, answer)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["a", "--all"],
        ["--queue", "q", "--all"],
        ["--max", "3", "--all"],
        ["--queue", "q", "--max", "0"],
        ["--max", "1"],
    ],
)
def test_one_way_to_choose_at_a_time(ordermill: Ordermill, fake: Fake, args: list[str]) -> None:
    assert ordermill("dead-letters", "redrive", *args).exit_code == 2
    assert fake.asked == []


def test_a_refused_request_is_exit_4(ordermill: Ordermill, fake: Fake) -> None:
    fake.on(REDRIVE, problem(422, "The redrive is invalid"))
    assert ordermill("dead-letters", "redrive", "a").exit_code == 4


def test_help_is_the_groups(ordermill: Ordermill) -> None:
    assert "redrive" in ordermill("dead-letters", "--help").stdout
