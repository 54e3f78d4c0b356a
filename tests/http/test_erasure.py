"""A person erased over HTTP: nothing of them is left in any file, and the accounts are as they were."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from ordermill.topology.loader import load
from tests.e2e.server import HASTE, ORDERMILL, Json, Server, environment, wait_for
from tests.e2e.wire import problem

CANARY = "canary"
EMAIL = "Canary.Cuthbertson@aviary.example"
OTHER = "sparrow@hedge.example"
MONEY = ("orderId", "items", "currency", "total", "status", "payment", "attempt", "timestamp")


@pytest.fixture(params=sorted(load().pipelines))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of its own: it is looked through to the last byte."""
    made = Server(tmp_path / "data", env={"ORDERMILL_PIPELINE": request.param, **HASTE})
    try:
        yield made.start()
    finally:
        made.kill()


class Shop:
    """What staff and a customer do."""

    def __init__(self, server: Server, api: httpx2.Client) -> None:
        self.server, self.api, self.staff = server, api, server.staff

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = self.api.request(method, path, json=body, headers=self.staff)
        assert answer.is_success, answer.text
        return answer.json()

    def place(self, email: str | None = EMAIL, token: str = "tok_approve", **members: Any) -> str:
        """An order with the canary wherever people can write."""
        theirs = {"customerName": "Canary Cuthbertson", "note": "canary, ring twice", "description": "A canary's cage"}
        lines = [{"product": "Cage", "quantity": 2, "unitPrice": "9.99"}]
        body = {**theirs, "items": lines, "email": email, "paymentToken": token, **members}
        answer = self.api.post("/orders", json=body, headers={"Idempotency-Key": uuid4().hex})
        order_id: str = answer.json()["orderId"]
        return order_id

    def until(self, order_id: str, *statuses: str) -> Json:
        """The order once it has such a status."""

        def there() -> Json:
            answer = self.api.get(f"/orders/{order_id}", headers=self.staff)
            return answer.json() if answer.is_success and answer.json()["status"] in statuses else {}

        return wait_for(there, " or ".join(statuses))

    def act(self, order_id: str, action: str, **members: Any) -> None:
        self.ask("POST", f"/orders/{order_id}/actions", {"action": action, "reason": "the canary asked", **members})

    def delete(self, order_id: str, query: str = "") -> None:
        """Until it is archived."""
        answer = self.api.delete(f"/orders/{order_id}{query}", headers=self.staff)
        assert answer.status_code == 202, answer.text
        wait_for(lambda: self.api.get(f"/archive/{order_id}", headers=self.staff).is_success, "it is archived")
        self.quiet()

    def quiet(self) -> None:
        def idle() -> bool:
            queues = self.ask("GET", "/queues")
            waiting = [each[name] for each in queues["queues"] for name in ("depth", "inFlight", "delayed")]
            return not any(waiting) and not any(each["behind"] or each["parked"] for each in queues["streams"])

        wait_for(idle, "nothing is under way", 20)

    def erase(self, customer: str) -> tuple[dict[str, int], list[str]]:
        """To its end."""
        erased, remaining, cursor = dict[str, int](), list[str](), None
        while True:
            step = self.ask("POST", "/erasures", {"customer": customer, "cursor": cursor})
            erased = {name: erased.get(name, 0) + count for name, count in step["erased"].items()}
            remaining += step["remaining"]
            cursor = step["next"]
            if cursor is None:
                return erased, remaining


@pytest.fixture
def shop(server: Server) -> Iterator[Shop]:
    with server.client() as api:
        yield Shop(server, api)


def places(data: Path, needle: str = CANARY) -> list[str]:
    """The files that have it, in any case, with what stands around it."""
    wanted = re.compile(rb"(?si).{0,80}%s.{0,40}" % needle.encode())
    files = [path for path in data.rglob("*") if path.is_file()]
    found = [(path, wanted.search(path.read_bytes())) for path in files]
    return [f"{path.relative_to(data)}: {match[0]!r}" for path, match in found if match is not None]


def test_nothing_of_a_person_is_left_and_all_of_the_accounts(shop: Shop) -> None:
    other = shop.place(OTHER, customerName="Sparrow", note="twigs", description=None)
    delivered = shop.place()
    declined = shop.place(token="tok_decline")
    cancelled, deleted, live = (shop.place(note=f"canary {number}") for number in range(3))
    failed = shop.place(token="tok_error")
    for order_id in (other, delivered, cancelled, deleted, live):
        shop.until(order_id, "PROCESSED")
    shop.until(declined, "REJECTED")
    shop.until(failed, "FAILED")
    shop.act(delivered, "ship", carrier="UPS", trackingNumber="canary-1")
    shop.act(delivered, "deliver")
    shop.act(cancelled, "cancel")
    # Refused: it is kept how it was taken in, and with what.
    refused = shop.api.post("/orders", json={"items": [], "customerName": "Canary", "email": EMAIL})
    assert refused.status_code == 422
    shop.api.post("/subscriptions", json={"email": EMAIL.lower()})
    shop.quiet()
    shop.delete(deleted, "?reason=canary%20said%20so")
    report = shop.ask("POST", "/reports", {"from": "2020-01-01", "to": "2100-01-01"})
    before = {order_id: shop.ask("GET", f"/orders/{order_id}") for order_id in (delivered, declined, cancelled, other)}
    archived = shop.ask("GET", f"/archive/{deleted}")
    assert len(places(shop.server.data)) > 5, "there is nothing to erase"

    erased, remaining = shop.erase(EMAIL.upper())
    assert sorted(remaining) == sorted([failed, live])
    assert erased["orders"] == 3
    assert erased["archived"] == 1
    assert erased["reports"] == 1
    assert erased["subscriptions"] == 1
    for order_id in (failed, live):
        shop.delete(order_id)
    erased, remaining = shop.erase(EMAIL)
    assert (erased["archived"], remaining) == (2, [])
    assert erased["deadLetters"] == 1
    assert places(shop.server.data) == []

    # Again: there is nothing to do.
    assert not any(shop.erase(EMAIL)[0].values())
    for order_id, was in before.items():
        now = shop.ask("GET", f"/orders/{order_id}")
        assert {name: now[name] for name in MONEY} == {name: was[name] for name in MONEY}
        if order_id == other:
            assert now == was
        else:
            assert now["history"][-1]["changed"] == ["erased"]
            assert [entry["at"] for entry in now["history"][:-1]] == [entry["at"] for entry in was["history"]]
    now = shop.ask("GET", f"/archive/{deleted}")
    assert {name: now[name] for name in MONEY} == {name: archived[name] for name in MONEY}
    assert (now["deletedAt"], now["deletedBy"], now["deletionReason"]) == (archived["deletedAt"], "staff", None)
    again = shop.ask("POST", "/reports", {"from": "2020-01-01", "to": "2100-01-01"})
    assert again["orders"] == report["orders"] + 2
    assert shop.api.get(report["url"]).status_code == 404
    assert places(shop.server.data, "sparrow") != []
    # What it logged names nobody.
    log = shop.server.log_text()
    assert "personal data was erased" in log
    assert CANARY not in log.lower()


def test_a_customer_is_erased_by_id_too_and_nobody_with_them(shop: Shop) -> None:
    mine, similar = shop.place(customerId="c1"), shop.place(OTHER, customerId="c12")
    for order_id in (mine, similar):
        shop.until(order_id, "PROCESSED")
        shop.act(order_id, "cancel")
    shop.quiet()
    kept = shop.ask("GET", f"/orders/{similar}")
    erased, remaining = shop.erase("c1")
    assert (erased["orders"], remaining) == (1, [])
    assert shop.ask("GET", f"/orders/{mine}")["customerId"] is None
    assert places(shop.server.data, EMAIL.lower()) == []
    mail = shop.ask("GET", f"/mails/{mine}-OrderProcessed")
    assert (mail["status"], mail["to"], mail["text"]) == ("SENT", None, None)
    assert len(list((shop.server.data / "mail").iterdir())) == 2
    assert shop.ask("GET", f"/orders/{similar}") == kept


def test_the_command_says_what_it_did_and_what_is_left(shop: Shop) -> None:
    order_id = shop.place()
    shop.until(order_id, "PROCESSED")
    shop.quiet()

    def run(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        place = ["--url", shop.server.url, "--data", str(shop.server.data)]
        command = [str(ORDERMILL), "erase", "--customer", EMAIL, *place, *arguments]
        return subprocess.run(
            command, env=environment(), input=answer, capture_output=True, text=True, timeout=60, check=False
        )

    left = run("--yes")
    assert left.returncode == 1
    assert order_id in left.stderr
    shop.act(order_id, "cancel")
    shop.quiet()
    assert run(answer="n\n").returncode == 2
    done = run(answer="y\n")
    assert (done.returncode, done.stdout) == (0, "Erased: 1 orders, 2 mails\n")
    assert run("--yes").stdout == "There was nothing to erase.\n"


def test_a_cursor_is_good_for_its_customer_alone(shop: Shop) -> None:
    for _ in range(21):
        shop.until(shop.place(None, customerId="many", note=str(_)), "PROCESSED")
    first = shop.ask("POST", "/erasures", {"customer": "many"})
    assert len(first["remaining"]) == 20
    answer = shop.api.post("/erasures", json={"customer": "other", "cursor": first["next"]}, headers=shop.staff)
    problem(shop.api, answer, 400, "invalid-cursor")
    assert len(shop.erase("many")[1]) == 21
