"""What is confided to a server, sought in all that it says and keeps: secrets are nowhere, people where they belong."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.e2e.server import ORDERMILL, environment, order_until, wait_for
from tests.http.issuers import KeyServer
from tests.http.test_privacy import SECRETS, STAFF, Talkative, fail_inside, place, provoke
from tests.smtp_kit import PASSWORD, USER, MailServer
from tests.unit.sign_in.tokens import RSA, RSA_OTHER, public, token
from tests.webhook_target import Target, serving

SIGNING = "canary-of-the-webhooks-signature"
WEBHOOK_KEY = base64.b64encode(SIGNING.encode()).decode()
HOOK_PATH = "/canary-hook-of-slack"
CLAIMS: dict[str, Any] = {
    "sub": "canary-subject",
    "email": "canary-colleague@aviary.example",
    "name": "Canary Colleague",
}
PHONE = "+44 20 7946 0958"
LINK = re.compile(r"sign-in\?token=([A-Za-z0-9_-]{32})")


class Confided:
    """A server with everything that has secrets, what it was told, and everything that it said."""

    def __init__(self, server: Talkative, issuer: str, url: str) -> None:
        self.server, self.issuer, self.url = server, issuer, url
        self.secrets = {
            STAFF,
            SIGNING,
            WEBHOOK_KEY,
            f"whsec_{WEBHOOK_KEY}",
            HOOK_PATH,
            PASSWORD,
            quote(PASSWORD, safe=""),
        }
        self.people = {*SECRETS.values(), PHONE, *CLAIMS.values()}
        self.refusals: list[str] = []
        self.staff = {"Authorization": f"Bearer {STAFF}"}
        self.streams = {"/live?replay=1000": bytearray(), "/logs": bytearray()}
        """What each of the streams said until the server ended."""
        server.api.event_hooks = {"response": [self._note]}

    def _note(self, answer: httpx2.Response) -> None:
        """Bodies of refusals; of every answer the headers, but for those that hand something out."""
        handed = ("set-cookie",)
        self.refusals += [value for name, value in answer.headers.items() if name not in handed]
        if answer.is_error:
            self.refusals.append(answer.read().decode(errors="replace"))

    def sign_in(self) -> dict[str, str]:
        """By a link; what goes with a request of the session."""
        made = self.server.api.post("/sign-in/links", headers=self.staff).json()["url"]
        return self.open(made)

    def open(self, link: str) -> dict[str, str]:
        opened = self.server.api.get(link)
        self.server.api.cookies.clear()
        cookie = opened.headers["set-cookie"].partition(";")[0]
        headers = {"Cookie": cookie, "Origin": self.url}
        csrf: str = self.server.api.get("/session", headers=headers).json()["csrfToken"]
        self.secrets |= {link.rpartition("=")[2], cookie.partition("=")[2], csrf}
        return {**headers, "CSRF-Token": csrf}

    def watch(self, headers: dict[str, str]) -> None:
        """Read the streams until the server ends."""

        def read(path: str, begun: threading.Event) -> None:
            with (
                suppress(httpx2.TransportError),
                httpx2.stream("GET", f"{self.url}{path}", headers=headers, timeout=60) as stream,
            ):
                for chunk in stream.iter_raw():
                    self.streams[path].extend(chunk)
                    begun.set()

        for path in self.streams:
            begun = threading.Event()
            threading.Thread(target=read, args=(path, begun), daemon=True).start()
            assert begun.wait(10)


@pytest.fixture
def confided(tmp_path: Path) -> Iterator[Confided]:
    keys, mail = KeyServer(), MailServer(auth_require_tls=False)
    mail.options["authenticator"] = mail.authenticate
    # What fails is kept, and shown as a step of its order.
    mail.replies["data"].append("451 4.3.0 later")
    keys.serve(public(RSA, "rsa"))
    with mail, serving(Target()) as hook:
        server = Talkative(
            tmp_path / "data",
            ORDERMILL_SMTP_URL=f"smtp://{quote(USER)}:{quote(PASSWORD, safe='')}@localhost:{mail.port}",
            ORDERMILL_ALERT_WEBHOOKS=f"slack+http://127.0.0.1:{hook.port}{HOOK_PATH}",
            ORDERMILL_WEBHOOK_SECRET=f"whsec_{WEBHOOK_KEY}",
            ORDERMILL_ALLOW_LOCAL_WEBHOOKS="1",
            ORDERMILL_STAFF_ISSUER=keys.url,
            ORDERMILL_STAFF_AUDIENCE="ordermill",
        )
        try:
            wait_for(server.ready, "it is ready", 20)
            made = Confided(server, keys.url, str(server.api.base_url).rstrip("/"))
            yield made
            assert mail.deliveries
            assert hook.got
        finally:
            server.stop()
            keys.close()


def sign_in_and_out(confided: Confided) -> None:
    """Every way in that there is, and every way to fail at it."""
    api = confided.server.api
    link = LINK.search(confided.server.printed())
    assert link is not None
    first = confided.open(f"{confided.url}/{link[0]}")
    second = confided.sign_in()
    confided.watch(second)
    good = token(iss=confided.issuer, **CLAIMS)
    bad = token(RSA_OTHER, "rsa", iss=confided.issuer, **CLAIMS)
    other = token(iss=confided.issuer, groups=["people"], **CLAIMS)
    unused = api.post("/sign-in/links", headers=confided.staff).json()["url"]
    confided.secrets |= {good, bad, other, *good.split(".")[1:], unused.rpartition("=")[2]}
    guesses = {f"canary-guess-{n}" for n in range(3)}
    confided.secrets |= guesses
    name = first["Cookie"].partition("=")[0]
    tried: list[tuple[str, str, dict[str, str], int]] = [
        ("GET", f"/{link[0]}", {}, 401),
        ("GET", "/sign-in?token=canary-guess-0", {"Accept": "text/html"}, 401),
        ("GET", "/queues", {"Cookie": f"{name}=canary-guess-1"}, 401),
        ("GET", "/products", {"Cookie": f"{name}=canary-guess-1"}, 200),
        ("PUT", "/faults", {**first, "CSRF-Token": "canary-guess-2"}, 403),
        ("POST", "/sign-out", {"Cookie": first["Cookie"]}, 403),
        ("GET", "/queues", {"Authorization": f"Bearer {good}"}, 200),
        ("GET", "/queues", {"Authorization": f"Bearer {bad}"}, 401),
        ("GET", "/queues", {"Authorization": f"Bearer {other}"}, 403),
        ("POST", "/sign-in/links", {"Authorization": f"Bearer {good}"}, 403),
        ("POST", "/sign-out", first, 204),
        ("GET", "/console", {**first, "Accept": "text/html"}, 401),
        ("GET", "/console", second, 200),
        ("GET", "/sessions", second, 200),
    ]
    for method, path, headers, status in tried:
        answer = api.request(method, path, headers=headers)
        assert answer.status_code == status, (method, path, answer.text)
        api.cookies.clear()


def shown(confided: Confided) -> dict[str, str]:
    """What the routes say that are not about one customer, by route."""
    paths = ("/health", "/metrics", "/topology", "/queues", "/faults", "/sessions", "/alerts", "/openapi.json", "/docs")
    return {path: confided.server.api.get(path, headers=confided.staff).text for path in (*paths, "/console")}


def doctor(confided: Confided) -> str:
    told = {
        "ORDERMILL_STAFF_TOKEN": STAFF,
        "ORDERMILL_SMTP_URL": f"smtp://{quote(USER)}:{quote(PASSWORD, safe='')}@localhost:1",
        "ORDERMILL_STAFF_ISSUER": confided.issuer,
        "ORDERMILL_STAFF_AUDIENCE": "ordermill",
        "ORDERMILL_WEBHOOK_SECRET": f"whsec_{WEBHOOK_KEY}",
    }
    port = str(confided.server.api.base_url.port)
    command = [str(ORDERMILL), "doctor", "--json", "--data", str(confided.server.data), "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(told), timeout=60)
    assert json.loads(done.stdout)["checks"]
    return done.stdout + done.stderr


def test_secrets_are_nowhere_and_people_where_they_belong(confided: Confided) -> None:
    server = confided.server
    sign_in_and_out(confided)
    orders = provoke(server)
    called = place(server, note=f"call {PHONE}")["orderId"]
    for order_id in (orders[0], orders[2], called):
        order_until(server.api, order_id, confided.staff, "PROCESSED", "REJECTED")
    wait_for(server.has_given_up, "an order is given up")
    wait_for(lambda: not _waiting(confided), "nothing waits", 30)
    # The holder's tokens are of the people, and whom they are mailed to knows them.
    confided.people |= server.told - confided.secrets
    said = {
        **shown(confided),
        **{f"execution of {order_id}": _text(confided, f"/orders/{order_id}/execution") for order_id in orders},
        "doctor": doctor(confided),
    }
    for_staff = {path: _text(confided, path) for path in ("/mails", "/dead-letters", "/orders", "/orders.csv")}
    fail_inside(server)
    server.stop()
    said |= {"printed": _but_the_links(server.printed()), "refusals": "\n".join(confided.refusals)}
    said |= {path: stream.decode() for path, stream in confided.streams.items()}
    kept = {str(file): file.read_bytes() for file in server.data.rglob("*") if file.is_file()}
    assert "event: hop" in said["/live?replay=1000"]
    assert "Traceback" in said["/logs"]
    assert "Traceback" in said["printed"]
    assert "canary-customer" in for_staff["/orders"], "what is for staff is not there, so nothing was looked for"
    assert len(confided.refusals) > 50
    everything = {**said, **for_staff, **{path: data.decode("latin-1") for path, data in kept.items()}}
    assert _found(confided.secrets, everything) == []
    assert _found(confided.people, said) == []
    # Which tokens the shipped gateway knows is told to everybody; which one an order had is not.
    told = ("/openapi.json", "refusals")
    assert [place for place, text in said.items() if "tok_" in text and place not in told] == []


def _waiting(confided: Confided) -> bool:
    """Whether a message is in a queue, where it is shown to staff with all that it is about."""
    queues = confided.server.api.get("/queues", headers=confided.staff).json()["queues"]
    return any(queue["messages"] or queue["inFlight"] or queue["delayed"] for queue in queues)


def _text(confided: Confided, path: str) -> str:
    answer = confided.server.api.get(path, headers=confided.staff)
    assert answer.status_code == 200, answer.text
    return answer.text


def _but_the_links(printed: str) -> str:
    """What was printed, without the one line that is meant to hand a link to whoever reads the terminal."""
    lines = printed.splitlines()
    links = [line for line in lines if re.fullmatch(r"  http\S+/" + LINK.pattern, line)]
    assert len(links) == 1, links
    return "\n".join(line for line in lines if line not in links)


def _found(canaries: set[str], places: dict[str, str]) -> list[tuple[str, str]]:
    """Which is where, also as URLs and JSON write it."""
    forms = {canary: {canary, quote(canary, safe=""), json.dumps(canary)[1:-1]} for canary in canaries}
    pairs = ((canary, place) for canary in canaries for place in places)
    return [(canary, place) for canary, place in pairs if any(form in places[place] for form in forms[canary])]
