"""Every route, in every pipeline, asked by everybody: what `tests/access_matrix.py` says is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest

from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE
from ordermill.topology.views import routes
from tests.access_matrix import ASKS, OK, ONLY_BY_TOKEN, ROLES, ROWS, Ask, Outcome
from tests.e2e.server import FIRST_ORDER, Json, Server, wait_for
from tests.e2e.wire import problem

TOPOLOGY = load()
PIPELINES = sorted(TOPOLOGY.pipelines)
CASES = [
    pytest.param(pipeline, f"{entry.method} {entry.path}", id=f"{pipeline}-{entry.method} {entry.path}")
    for pipeline in PIPELINES
    for entry in routes(TOPOLOGY, pipeline)
]
OF_ONE_ORDER = [case for case in CASES if "{orderId}" in str(case.values[1])]
UNKNOWN = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
FORGED = "A" * 43


class Party(NamedTuple):
    """One server with two orders, a refused one, and what each role sends about the first."""

    api: httpx2.Client
    mine: str
    refused: str
    headers: dict[str, dict[str, str]]

    def sign_in(self) -> Session:
        """A new session, as a browser gets one; the client does not keep its cookie."""
        link = self.api.post("/sign-in/links", headers=self.headers["staff"]).json()["url"]
        opened = self.api.get(link)
        assert (opened.status_code, opened.headers["location"]) == (303, "/console")
        cookie = opened.headers["set-cookie"].partition(";")[0]
        self.api.cookies.clear()
        csrf: str = self.api.get("/session", headers={"Cookie": cookie}).json()["csrfToken"]
        return Session(cookie, csrf)


class Session(NamedTuple):
    """What a browser sends, and what its page adds."""

    cookie: str
    csrf: str


def _place(api: httpx2.Client, staff: dict[str, str]) -> Json:
    """An order that can be read, as can its mail: where they are stored after its answer, that takes a moment."""
    order: Json = api.post("/orders", json=FIRST_ORDER).json()
    wait_for(lambda: api.get(f"/orders/{order['orderId']}", headers=staff).status_code == 200, "the order is there")
    mail = f"/mails/{order['orderId']}-OrderProcessed"
    wait_for(lambda: api.get(mail, headers=staff).status_code == 200, "its mail is there")
    return order


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory, running: Server) -> Iterator[dict[str, Party]]:
    """By pipeline; the one that the shared server runs is not started again."""
    servers = {DEFAULT_PIPELINE: running}
    made, clients = [], {}
    try:
        for pipeline in PIPELINES:
            if pipeline not in servers:
                data = tmp_path_factory.mktemp(pipeline) / "data"
                made.append(Server(data, env={"ORDERMILL_PIPELINE": pipeline}))
                servers[pipeline] = made[-1].start()
            clients[pipeline] = servers[pipeline].client()
        yield {pipeline: _party(clients[pipeline], servers[pipeline].staff) for pipeline in PIPELINES}
    finally:
        for client in clients.values():
            client.close()
        for server in made:
            server.kill()


def _party(api: httpx2.Client, staff: dict[str, str]) -> Party:
    mine, other = _place(api, staff), _place(api, staff)
    headers = {
        "nobody": {},
        "holder": {"Order-Token": mine["orderToken"]},
        "another": {"Order-Token": other["orderToken"]},
        "forged": {"Order-Token": FORGED},
        "staff": staff,
        "guesser": {"Authorization": "Bearer " + "guess" * 8},
    }
    refused: Json = api.post("/orders", json={}).json()
    return Party(api, mine["orderId"], refused["executionId"], headers)


def ask(party: Party, route: str, role: str, order_id: str) -> httpx2.Response:
    return ask_with(party, route, party.headers[role], order_id)


def ask_with(party: Party, route: str, headers: dict[str, str], order_id: str) -> httpx2.Response:
    method, path = route.split(" ")
    wanted = ASKS.get(route, Ask())
    sent: dict[str, Any] = {"headers": {**headers, **wanted.headers}}
    if wanted.media:
        sent["headers"]["Content-Type"] = wanted.media
        sent["content"] = wanted.body
    names = {
        "name": "app.css",
        "bucket": "reports",
        "key": "a.pdf",
        "slug": "not-found",
        "view": "orders",
        "id": "x",
        "alertId": "alr_" + "0" * 32,
        "imageId": "img_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
        "executionId": party.refused,
        "subscriptionId": "sub_x",
    }
    url = path.format(orderId=order_id, mailId=f"{order_id}-OrderProcessed", **names)
    query = wanted.query.format(orderId=order_id)
    with party.api.stream(method, f"{url}?{query}" if query else url, **sent) as answer:
        # A stream of events doesn't end by itself.
        if answer.headers.get("content-type") != "text/event-stream":
            answer.read()
        return answer


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("pipeline", "route"), CASES)
def test_a_role_gets_what_is_written_down(parties: dict[str, Party], pipeline: str, route: str, role: str) -> None:
    party = parties[pipeline]
    expect(party, route, ask(party, route, role, party.mine), getattr(ROWS[route], role))


def expect(party: Party, route: str, answer: httpx2.Response, wanted: Outcome) -> None:
    asked = ASKS.get(route, Ask())
    if wanted == OK and asked.missing:
        problem(party.api, answer, 404, "not-found")
    elif wanted == OK:
        assert answer.is_success or answer.status_code in asked.served, answer.text
    else:
        problem(party.api, answer, wanted, {401: "unauthorized", 403: "forbidden"}[wanted])
        assert answer.headers.get("www-authenticate") == ("Bearer" if wanted == 401 else None)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("pipeline", "route"), OF_ONE_ORDER)
def test_an_order_that_is_not_there_looks_like_one_that_is_not_yours(
    parties: dict[str, Party], pipeline: str, route: str, role: str
) -> None:
    """No token belongs to it, and who needs none gets the same problem as from any other unknown address."""
    party = parties[pipeline]
    answer = ask(party, route, role, UNKNOWN)
    if getattr(ROWS[route], role) == OK and role != "holder":
        problem(party.api, answer, 404, "not-found")
        return
    body = problem(party.api, answer, 401, "unauthorized")
    if role not in ("holder", "nobody"):
        there = ask(party, route, role, party.mine).json()
        assert {**body, "instance": ""} == {**there, "instance": ""}


@pytest.mark.parametrize(("pipeline", "route"), CASES)
def test_a_session_gets_what_staff_get(parties: dict[str, Party], pipeline: str, route: str) -> None:
    party = parties[pipeline]
    session = party.sign_in()
    origin = str(party.api.base_url).rstrip("/")
    headers = {"Cookie": session.cookie, "CSRF-Token": session.csrf, "Origin": origin}
    wanted: Outcome = 403 if route in ONLY_BY_TOKEN else ROWS[route].staff
    expect(party, route, ask_with(party, route, headers, party.mine), wanted)


@pytest.mark.parametrize(("pipeline", "route"), CASES)
def test_a_cookie_that_any_page_could_have_sent_changes_nothing(
    parties: dict[str, Party], pipeline: str, route: str
) -> None:
    party, row = parties[pipeline], ROWS[route]
    session = party.sign_in()
    wanted: Outcome = row.staff if route.startswith("GET ") else row.nobody if row.access == "anyone" else 403
    expect(party, route, ask_with(party, route, {"Cookie": session.cookie}, party.mine), wanted)
    assert party.api.get("/session", headers={"Cookie": session.cookie}).status_code == 200


@pytest.mark.parametrize(("pipeline", "route"), CASES)
def test_a_cookie_that_is_over_is_nobodys_and_is_taken_back(
    parties: dict[str, Party], pipeline: str, route: str
) -> None:
    party = parties[pipeline]
    name = party.sign_in().cookie.partition("=")[0]
    answer = ask_with(party, route, {"Cookie": f"{name}={FORGED}"}, party.mine)
    expect(party, route, answer, ROWS[route].nobody)
    assert answer.headers["set-cookie"].startswith(f"{name}=; Max-Age=0; Path=/; HttpOnly")
    party.api.cookies.clear()
