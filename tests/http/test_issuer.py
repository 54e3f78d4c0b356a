"""Staff by tokens of an issuer, over HTTP: a provider of others with RS256, keys of ours with ES256, and failures."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ordermill.entrypoints.sign_in.issuer import StaffIssuer
from ordermill.entrypoints.sign_in.jwks import IssuerFailed, fetch_keys
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, ORDERMILL, Server, environment, free_port
from tests.e2e.wire import problem
from tests.http.issuers import CLIENT, KeyServer, Provider, provider
from tests.unit.sign_in.tokens import EC, RSA, RSA_OTHER, public, token


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("provider") / "log") as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, login: Provider) -> Iterator[Server]:
    env = {"ORDERMILL_STAFF_ISSUER": login.url, "ORDERMILL_STAFF_AUDIENCE": CLIENT}
    made = Server(tmp_path_factory.mktemp("issuer") / "data", env=env)
    try:
        yield made.start()
    finally:
        made.kill()


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    made = KeyServer()
    yield made
    made.close()


def test_who_signs_in_at_a_provider_and_is_of_the_group_is_staff(server: Server, login: Provider) -> None:
    good = bearer(login.token_of("ada", groups=["staff", "people"], email="ada@canary.example"))
    with server.client() as api:
        for _ in range(3):
            assert api.get("/queues", headers=good).status_code == 200
        me = api.get("/session", headers=good).json()
        assert (me["viewer"], me["credential"]) == ("staff", "token")
        order = api.post("/orders", json=FIRST_ORDER, headers=good).json()["orderId"]
        assert "customerName" in api.get(f"/orders/{order}", headers=good).json()
        assert api.put("/faults", json={}, headers=good).status_code == 200
        # A link would outlast the token.
        problem(api, api.post("/sign-in/links", headers=good), 403, "forbidden")
        assert api.post("/sign-in/links", headers=server.staff).status_code == 201
    assert "canary" not in server.log_text()


def test_nobody_else_of_the_provider_is(server: Server, login: Provider) -> None:
    with server.client() as api:
        others: tuple[dict[str, Any], ...] = ({}, {"groups": []}, {"groups": ["people"]})
        for claims in others:
            other = bearer(login.token_of("eve", **claims))
            problem(api, api.get("/queues", headers=other), 403, "forbidden")
            problem(api, api.get("/products", headers=other), 403, "forbidden")
        elsewhere = login.token_of("ada", client="another-app", groups=["staff"])
        problem(api, api.get("/queues", headers=bearer(elsewhere)), 401, "unauthorized")
        good = login.token_of("ada", groups=["staff"])
        for forged in (
            good[:-6],
            good + "A",
            f"{good} {good}",
            good.replace(".", "..", 1),
            good.rpartition(".")[0] + ".",
        ):
            problem(api, api.get("/queues", headers=bearer(forged)), 401, "unauthorized")
        assert api.get("/queues", headers=server.staff).status_code == 200


def test_the_doctor_asks_the_issuer(server: Server, login: Provider) -> None:
    def doctor(issuer: str) -> tuple[str, str]:
        env = environment({"ORDERMILL_STAFF_ISSUER": issuer, "ORDERMILL_STAFF_AUDIENCE": CLIENT})
        told = [str(ORDERMILL), "doctor", "--json", "--data", str(server.data), "--port", str(server.port)]
        done = subprocess.run(told, capture_output=True, text=True, env=env, timeout=30)
        (check,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "sign-in"]
        return check["state"], f"{check['found']} {check['cause']}"

    assert doctor(login.url) == ("ok", f"also by tokens of {login.url}, which has 1 key None")
    state, said = doctor(f"http://127.0.0.1:{free_port()}")
    assert (state, "cannot be reached" in said) == ("fail", True)
    state, said = doctor("http://login.example.org")
    assert (state, "it takes an https URL" in said) == ("fail", True)


def test_up_does_not_start_with_a_wrong_issuer(tmp_path: Path) -> None:
    env = environment({"ORDERMILL_STAFF_ISSUER": "http://login.example.org", "ORDERMILL_STAFF_AUDIENCE": "a"})
    told = [str(ORDERMILL), "up", "--data", str(tmp_path / "data"), "--port", str(free_port())]
    done = subprocess.run(told, capture_output=True, text=True, env=env, timeout=30)
    assert done.returncode == 2
    assert "ORDERMILL_STAFF_ISSUER is 'http://login.example.org'; it takes an https URL" in done.stderr


def test_es256_rotation_and_an_issuer_that_goes_away(make_server: MakeServer, keys: KeyServer) -> None:
    keys.serve(public(EC, "ec", alg="ES256"), public(RSA, "rsa"))
    env = {"ORDERMILL_STAFF_ISSUER": keys.url, "ORDERMILL_STAFF_CLIENT": "c", "ORDERMILL_STAFF_GROUP": "ops"}
    server = make_server(env=env).start()
    by_ec = bearer(token(EC, "ec", "ES256", iss=keys.url, aud=None, client_id="c", groups=["ops"]))
    by_rsa = bearer(token(iss=keys.url, aud="c", groups="ops"))
    unknown = bearer(token(RSA_OTHER, "other", iss=keys.url, aud="c", groups="ops"))
    with server.client() as api:
        assert keys.asked == []
        assert api.post("/orders", json=FIRST_ORDER, headers=by_ec).status_code == 202
        for _ in range(3):
            assert [api.get("/queues", headers=each).status_code for each in (by_ec, by_rsa)] == [200, 200]
        assert keys.asked == ["/.well-known/openid-configuration", "/keys"]
        for _ in range(20):
            assert api.get("/queues", headers=unknown).status_code == 401
        assert len(keys.asked) <= 4
        keys.answers.clear()
        assert [api.get("/queues", headers=each).status_code for each in (by_ec, by_rsa, unknown)] == [200, 200, 401]


def test_an_issuer_that_is_away_from_the_start_is_a_503_and_nothing_else_suffers(
    make_server: MakeServer, keys: KeyServer
) -> None:
    server = make_server(env={"ORDERMILL_STAFF_ISSUER": keys.url, "ORDERMILL_STAFF_AUDIENCE": "ordermill"}).start()
    good = bearer(token(iss=keys.url))
    with server.client() as api:
        first = api.post("/orders", json=FIRST_ORDER, headers=good)
        problem(api, first, 503, "issuer-unavailable")
        assert first.headers["retry-after"] == "1"
        problem(api, api.get("/queues", headers=good), 503, "issuer-unavailable")
        assert len(keys.asked) == 1
        assert api.get("/queues", headers=server.staff).status_code == 200
        assert api.post("/orders", json=FIRST_ORDER).status_code == 202
    assert "answers 404" in server.log_text()


GOOD_KEYS = {"keys": [public(RSA, "rsa")]}


DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        (DISCOVERY, (404, b""), "answers 404"),
        (DISCOVERY, (302, b"/keys"), "answers 302"),
        (DISCOVERY, (200, b"<html>"), "is not JSON"),
        (DISCOVERY, (200, b"[" * 100_000), "is not JSON"),
        (DISCOVERY, (200, []), "not a JSON object"),
        (
            "/.well-known/openid-configuration",
            (200, {"issuer": "https://evil.example", "jwks_uri": "x"}),
            "another issuer",
        ),
        (DISCOVERY, (200, {"issuer": "{url}"}), "no jwks_uri"),
        (
            "/.well-known/openid-configuration",
            (200, {"issuer": "{url}", "jwks_uri": "http://x.example/k"}),
            "no jwks_uri",
        ),
        (
            "/.well-known/openid-configuration",
            (200, {"issuer": "{url}", "jwks_uri": "file:///etc/passwd"}),
            "no jwks_uri",
        ),
        ("/keys", (500, b""), "answers 500"),
        ("/keys", (200, b"\xff"), "is not JSON"),
        ("/keys", (200, b" " * 300_000), "too much"),
        ("/keys", (200, {"keys": []}), "no key"),
    ],
)
def test_what_an_issuer_may_answer_instead_of_keys(
    keys: KeyServer, path: str, answer: tuple[int, object], said: str
) -> None:
    keys.serve(public(RSA, "rsa"))
    status, body = answer
    if isinstance(body, dict):
        body = json.loads(json.dumps(body).replace("{url}", keys.url))
    keys.answers[path] = (status, body)
    with pytest.raises(IssuerFailed, match=said) as failed:
        fetch_keys(StaffIssuer(keys.url, "a"))
    assert "evil" not in str(failed.value)
    # Named by the operator, they need not be discovered.
    keys.answers["/elsewhere"] = (200, GOOD_KEYS)
    assert list(fetch_keys(StaffIssuer(keys.url, "a", jwks=f"{keys.url}/elsewhere"))) == ["rsa"]


def test_an_issuer_that_is_not_there() -> None:
    with pytest.raises(IssuerFailed, match="cannot be reached"):
        fetch_keys(StaffIssuer(f"http://127.0.0.1:{free_port()}", "a"))
