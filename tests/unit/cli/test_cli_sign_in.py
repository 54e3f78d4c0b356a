"""`ordermill sign-in`, and what `ordermill doctor` says of signing in."""

from __future__ import annotations

import json

import pytest

from ordermill.entrypoints.cli.doctor_sign_in import sign_in_check
from ordermill.entrypoints.sign_in.issuer import StaffIssuer
from ordermill.entrypoints.sign_in.jwks import IssuerFailed
from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem

LINKS = "POST /sign-in/links"
URL = "http://127.0.0.1:8420/sign-in?token=abc"
ISSUER = {"ORDERMILL_STAFF_ISSUER": "https://login.example.org", "ORDERMILL_STAFF_AUDIENCE": "a"}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch, ordermill: Ordermill) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")


def test_the_link_is_printed_alone_so_that_it_can_be_passed_on(ordermill: Ordermill, fake: Fake) -> None:
    fake.on(LINKS, Answer(201, {"url": URL, "expiresAt": "2026-11-21T12:00:00.000Z"}))
    result = ordermill("sign-in")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{URL}\n", "")
    (asked,) = fake.asked
    assert (asked.headers["authorization"], asked.body) == ("Bearer t", b"")
    assert json.loads(ordermill("sign-in", "--json").stdout)["expiresAt"] == "2026-11-21T12:00:00.000Z"


def test_what_a_server_prints_cannot_steer_the_terminal(ordermill: Ordermill, fake: Fake) -> None:
    fake.on(LINKS, Answer(201, {"url": "http://x/\x1b[2J", "expiresAt": ""}))
    assert "\x1b" not in ordermill("sign-in").stdout


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (problem(401, "A valid token is needed"), 4, "Check ORDERMILL_STAFF_TOKEN"),
        (problem(403, "That is not allowed"), 4, "That is not allowed"),
        (Answer(201, {"nothing": 1}), 3, "does not seem to be Ordermill"),
        (Answer(404, b"<html>"), 4, "Is that Ordermill?"),
    ],
)
def test_what_goes_wrong_is_said(ordermill: Ordermill, fake: Fake, answer: Answer, code: int, said: str) -> None:
    fake.on(LINKS, answer)
    result = ordermill("sign-in")
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_without_a_server_and_without_a_token(ordermill: Ordermill, monkeypatch: pytest.MonkeyPatch) -> None:
    result = ordermill("sign-in", "--url", "http://127.0.0.1:1")
    assert (result.exit_code, "Start it with: ordermill up" in result.stderr) == (3, True)
    monkeypatch.delenv("ORDERMILL_STAFF_TOKEN")
    assert ordermill("sign-in", "--data", "nowhere").exit_code == 2


def test_the_doctor_asks_the_issuer_if_there_is_one() -> None:
    def away(_: StaffIssuer) -> int:
        raise IssuerFailed("https://login.example.org cannot be reached: ConnectError")

    asked: list[StaffIssuer] = []

    def ask(issuer: StaffIssuer) -> int:
        asked.append(issuer)
        return 2

    assert sign_in_check({}, ask=away).state == "ok"
    check = sign_in_check(ISSUER, ask=ask)
    assert (check.state, check.found) == ("ok", "also by tokens of https://login.example.org, which has 2 keys")
    assert asked == [StaffIssuer("https://login.example.org", "a")]
    check = sign_in_check(ISSUER, ask=away)
    assert (check.state, check.cause) == ("fail", "https://login.example.org cannot be reached: ConnectError.")
    check = sign_in_check({"ORDERMILL_STAFF_GROUP": "g"}, ask=away)
    assert (check.state, "ORDERMILL_STAFF_ISSUER is not" in (check.cause or "")) == ("fail", True)
