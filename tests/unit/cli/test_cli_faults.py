"""`ordermill faults`, and what `doctor` says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordermill.entrypoints.cli.doctor_data import faults_check
from tests.unit.cli.cli_fake import Answer, Asked, Fake, Ordermill, problem

FAIL = {"mode": "fail", "times": 3, "at": "start", "match": None, "delayMs": 0, "fired": 1}
DELAY = {"mode": "delay", "times": None, "at": "end", "match": "ord_1", "delayMs": 5000, "fired": 0}
NEW = {"mode": "fail", "times": None, "at": "start", "match": None, "delayMs": 0, "fired": 0}


@pytest.fixture
def staffed(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A server with one fault, that sets what it is sent; the client has a token."""
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    fake.on("GET /faults", Answer(200, {"faults": {"process_order": FAIL}}))
    fake.on("PUT /faults", lambda asked: Answer(200, {"faults": asked.json()}))
    return fake


def sent(fake: Fake) -> Asked:
    (asked,) = [asked for asked in fake.asked if asked.method == "PUT"]
    assert asked.headers["authorization"] == "Bearer t"
    assert asked.headers["content-type"] == "application/json"
    return asked


@pytest.mark.parametrize("command", [(), ("list",)])
def test_a_list_is_a_table(
    ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    fake.on("GET /faults", Answer(200, {"faults": {"process_order": FAIL, "mail": DELAY}}))
    result = ordermill("faults", *command)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "name           mode   at      times  fired    delay  match",
        "process_order  fail   start       3      1        -  -",
        "mail           delay  end    always      0  5000 ms  ord_1",
    ]
    assert fake.asked[0].headers["authorization"] == "Bearer t"


def test_without_any_the_list_says_so(ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    fake.on("GET /faults", Answer(200, {"faults": {}}))
    assert ordermill("faults").stdout == "no faults are set\n"
    assert json.loads(ordermill("faults", "list", "--json").stdout) == {"faults": {}}


def test_set_keeps_the_others_and_their_counts(ordermill: Ordermill, staffed: Fake) -> None:
    result = ordermill(
        *("faults", "set", "mail", "delay", "--delay-ms", "5000", "--at", "end", "--match", "ord_1", "--json")
    )
    assert result.exit_code == 0, result.output
    assert sent(staffed).json() == {"process_order": FAIL, "mail": DELAY}
    assert json.loads(result.stdout) == {"faults": {"process_order": FAIL, "mail": DELAY}}


def test_set_replaces_one_of_its_name_which_counts_anew(ordermill: Ordermill, staffed: Fake) -> None:
    result = ordermill("faults", "set", "process_order", "fail", "--times", "3")
    assert result.exit_code == 0, result.output
    assert sent(staffed).json() == {"process_order": {**FAIL, "fired": 0}}
    assert "process_order  fail  start      3      0" in result.stdout


def test_by_default_always_at_the_start(ordermill: Ordermill, staffed: Fake) -> None:
    ordermill("faults", "set", "process_order", "fail")
    assert sent(staffed).json() == {"process_order": NEW}


@pytest.mark.parametrize(
    "wrong",
    [
        ("mail", "explode"),
        ("mail",),
        ("mail", "fail", "--times", "0"),
        ("mail", "fail", "--at", "middle"),
        ("mail", "delay"),
        ("mail", "delay", "--delay-ms", "0"),
        ("mail", "delay", "--delay-ms", "600001"),
    ],
)
def test_what_is_wrong_without_asking_is_usage(ordermill: Ordermill, staffed: Fake, wrong: tuple[str, ...]) -> None:
    assert ordermill("faults", "set", *wrong).exit_code == 2
    assert staffed.asked == []


def test_a_refusal_is_4_with_every_wrong_member(
    ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    fake.on("GET /faults", Answer(200, {"faults": {}}))
    errors = [{"pointer": "/nobody", "code": "unknown-name", "detail": "one of mail, payments"}]
    fake.on("PUT /faults", problem(422, "The faults are invalid", "1 member needs attention", errors=errors))
    result = ordermill("faults", "set", "nobody", "fail")
    assert result.exit_code == 4
    assert "  /nobody: one of mail, payments\n" in result.stderr


@pytest.mark.parametrize(("names", "kept"), [((), {}), (("process_order",), {"mail": DELAY})])
def test_clear_takes_one_or_all(
    ordermill: Ordermill,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    kept: dict[str, object],
) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    fake.on("GET /faults", Answer(200, {"faults": {"process_order": FAIL, "mail": DELAY}}))
    fake.on("PUT /faults", lambda asked: Answer(200, {"faults": asked.json()}))
    result = ordermill("faults", "clear", *names)
    assert result.exit_code == 0
    assert sent(fake).json() == kept
    assert ("no faults are set" in result.stdout) is not bool(kept)


def test_clear_of_what_is_not_set_says_what_is(ordermill: Ordermill, staffed: Fake) -> None:
    result = ordermill("faults", "clear", "mail")
    assert result.exit_code == 2
    assert "There is: process_order." in result.stderr
    assert [asked.method for asked in staffed.asked] == ["GET"]


def test_without_a_token_it_is_usage(ordermill: Ordermill, fake: Fake) -> None:
    for command in ((), ("list",), ("set", "mail", "fail"), ("clear",)):
        result = ordermill("faults", *command)
        assert (result.exit_code, fake.asked) == (2, [])
        assert "staff token" in result.stderr


@pytest.mark.parametrize(
    ("content", "state", "found"),
    [
        (None, "ok", "none are set"),
        ("{}", "ok", "none are set"),
        (json.dumps({"mail": {**FAIL, "fired": 3}}), "ok", "all that were set are spent"),
        (json.dumps({"mail": FAIL, "payments": DELAY}), "warn", "set: mail (fail), payments (delay)"),
        ("{", "warn", "unknown"),
        ('{"mail": {"mode": "x"}}', "warn", "unknown"),
    ],
)
def test_doctor_says_whether_any_are_in_force(tmp_path: Path, content: str | None, state: str, found: str) -> None:
    if content is not None:
        (tmp_path / "ordermill.db.faults").write_text(content)
    check = faults_check(tmp_path)
    assert (check.state, check.found) == (state, found)
    assert check.state == "ok" or (check.cause and check.cure)
