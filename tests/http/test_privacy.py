"""What is confided to the server stays in it: nothing of it in what it prints, its command line, or files of others."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from ordermill.entrypoints.config import from_environment
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, STOP_S, Server, environment, free_port, order_until, wait_for
from tests.pictures import base64_of, picture

STAFF = "canary-staff-token"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRETS = {
    "customerName": "Canary Cuthbertson",
    "customerId": "canary-customer",
    "email": "canary@aviary.example",
    "note": "canary in the note",
    "description": "canary in the description",
}


TYPED = {"Content-Type": "application/json"}
TYPED_CSV = {"Content-Type": "text/csv"}
CANARY_ACTIONS = b'{"orderIds": ["canary-id"], "action": "ship", "carrier": "canary-carrier", "reason": "canary why"}'
CANARY_FILE = b"customerName,note,amount\nCanary Cuthbertson,canary in the row,1\ncanary,canary,canary-amount\n"


class Talkative:
    """A server that logs all there is to log, and all that it was told in confidence."""

    def __init__(self, data: Path, **more: str) -> None:
        self.data, self.log = data, data.with_name("talkative.log")
        env = {
            "ORDERMILL_STAFF_TOKEN": STAFF,
            "ORDERMILL_RETRY_BASE_MS": "1",
            "ORDERMILL_PAYMENT_TIMEOUT_MS": "50",
            "ORDERMILL_LOG_LEVEL": "debug",
            **more,
        }
        port = free_port()
        config = from_environment(data=str(data), host="127.0.0.1", port=port, pipeline="stream", environ=env)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ordermill.entrypoints.serve"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
            )
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(config) + b"\n")
        self.process.stdin.flush()
        self.api = httpx2.Client(base_url=config.url, timeout=15)
        self.told = {STAFF, *SECRETS.values()}

    def ready(self) -> bool:
        """Whether orders are accepted."""
        assert self.process.poll() is None, self.printed()
        try:
            return self.api.get("/health").status_code == 200
        except httpx2.TransportError:
            return False

    def printed(self) -> str:
        """Everything it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def has_given_up(self) -> bool:
        """Whether there is a dead letter."""
        with closing(sqlite3.connect(self.data / "ordermill.db", timeout=5)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM dead_letters").fetchone()
        return bool(count)

    def lose(self, table: str) -> None:
        """Make the functions that need it fail as nobody expects."""
        with closing(sqlite3.connect(self.data / "ordermill.db", timeout=5)) as connection:
            connection.execute(f"DROP TABLE {table}")

    def stop(self) -> None:
        """End it if it runs; what it printed is complete then."""
        self.api.close()
        self.process.terminate()
        self.process.communicate(timeout=STOP_S)


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[Talkative]:
    server = Talkative(tmp_path / "data")
    try:
        wait_for(server.ready, "it is ready", 20)
        yield server
    finally:
        server.stop()


def place(server: Talkative, status: int = 202, headers: dict[str, str] | None = None, **members: Any) -> Any:
    body = {**SECRETS, "items": [{"product": "Widget", "quantity": 1, "unitPrice": "9.99"}], **members}
    answer = server.api.post("/orders", json=body, headers=headers or {})
    assert answer.status_code == status, answer.text
    return answer.json()


def canary_image(description: str) -> bytes:
    """An upload that says something in words, in metadata and in what is to be decoded."""
    sent = picture(format_="JPEG", comment=b"canary in a picture")
    return json.dumps({"image": base64_of(sent), "description": description}).encode()


def provoke(server: Talkative) -> list[str]:
    """Successes and refusals of every kind, each with something that nobody else should read; the orders' ids."""
    staff = {"Authorization": f"Bearer {STAFF}"}
    keys = {"Idempotency-Key": "canary-idempotency-key"}
    orders = [
        place(server, headers=keys),
        place(server, idempotency_key="canary-member-key"),
        *(place(server, paymentToken=f"tok_{kind}") for kind in ("decline", "error", "flaky", "timeout_once")),
    ]
    server.told |= {"canary-idempotency-key", "canary-member-key", *(order["orderToken"] for order in orders)}
    place(server, 422, keys, amount="1.00")
    place(server, 422, quantity="canary-quantity", unknown="canary-unknown")
    place(server, 422, paymentToken="tok_canary")
    mine = f"/orders/{orders[0]['orderId']}"
    refused = [
        ("POST", "/orders", {"Content-Type": "application/json"}, b'{"customerName": "canary-cut-off', 400),
        ("POST", "/orders", {"Content-Type": "text/plain"}, b"canary-text", 415),
        ("POST", "/orders", {"Content-Type": "application/json"}, b'"canary' + b"x" * 300_000, 413),
        ("POST", "/orders", {"Idempotency-Key": "canary key"}, b"{}", 415),
        ("POST", "/orders", {"Origin": "http://canary-origin.example"}, b"{}", 403),
        ("GET", "/health", {"Host": "canary-host.example"}, b"", 421),
        ("GET", mine, {"Order-Token": "canary-order-token"}, b"", 401),
        ("GET", mine, {"Authorization": "Bearer canary-wrong-token"}, b"", 401),
        ("GET", mine, {"Authorization": f"Basic {STAFF}"}, b"", 401),
        ("GET", f"{mine}?token=canary-query", {}, b"", 400),
        ("GET", "/canary-path", {}, b"", 404),
        ("DELETE", "/orders", staff, b"", 405),
        ("PUT", "/catalogue", {**staff, "Content-Type": "text/csv"}, b"sku,name\ncanary-sku,canary\n", 422),
        ("PATCH", mine, {**staff, **TYPED, "If-Match": "canary-tag"}, b'{"note": "canary"}', 400),
        ("PATCH", f"{mine}?reason=canary%20why", {**staff, **TYPED, "If-Match": '"0"'}, b'{"note": "canary"}', 412),
        ("PATCH", f"{mine}?reason=canary%20why", {**staff, **TYPED, "If-Match": "*"}, b'{"note": "canary too"}', 200),
        ("POST", "/orders/actions", {**staff, **TYPED}, CANARY_ACTIONS, 200),
        ("POST", "/orders/import", {**staff, **TYPED_CSV, "Idempotency-Key": "canary-file"}, CANARY_FILE, 200),
        ("POST", "/orders/import", {**staff, **TYPED_CSV}, b"canary-column\ncanary-cell\n", 422),
        ("GET", f"/payments?orderId={orders[0]['orderId']}", staff, b"", 200),
        ("POST", "/subscriptions", JSON, b'{"email": "canary-subscriber@aviary.example"}', 202),
        ("POST", "/subscriptions", JSON, b'{"email": "canary-nobody"}', 422),
        ("POST", "/reports", {**staff, **JSON}, b'{"from": "canary-from", "to": "2026-11-01"}', 422),
        ("GET", "/objects/reports/a.pdf?expires=1&signature=canary-signature", {}, b"", 403),
        ("POST", "/subscriptions/confirm", JSON, b'{"token": "canary-token"}', 404),
        ("GET", "/subscriptions/confirm?token=canary-token", {}, b"", 200),
        ("POST", "/subscriptions/unsubscribe?token=canary-token", FORM, b"List-Unsubscribe=One-Click", 404),
        ("POST", "/images", JSON, canary_image("canary-described"), 201),
        ("POST", "/images", JSON, canary_image("canary-refused\0"), 422),
        ("POST", "/images", JSON, b'{"image": "Y2FuYXJ5"}', 422),
        ("GET", "/images/canary-image", staff, b"", 404),
        ("GET", "/subscriptions", staff, b"", 200),
        ("GET", mine, {"Order-Token": orders[0]["orderToken"]}, b"", 200),
    ]
    for method, path, headers, body, status in refused:
        answer = server.api.request(method, path, headers=headers, content=body)
        assert answer.status_code == status, (method, path, answer.text)
    return [order["orderId"] for order in orders]


def fail_inside(server: Talkative) -> None:
    """Failures of ours, met by requests that confide something."""
    confided = {"Authorization": f"Bearer {STAFF}", "Idempotency-Key": "canary-broken-key"}
    server.lose("subscriptions")
    answer = server.api.post("/subscriptions", headers=JSON, content=b'{"email": "canary-second@aviary.example"}')
    assert answer.status_code == 500
    server.lose("idempotency")
    place(server, 503, confided)
    server.lose("products")
    assert server.api.get("/products", headers=confided).status_code == 500


def test_nothing_confided_is_ever_printed(talkative: Talkative) -> None:
    orders = provoke(talkative)
    staff = {"Authorization": f"Bearer {STAFF}"}
    for order_id in (orders[0], orders[2]):
        order_until(talkative.api, order_id, staff, "PROCESSED", "REJECTED")
    wait_for(talkative.has_given_up, "an order is given up")
    fail_inside(talkative)
    talkative.stop()
    printed = talkative.printed()
    # Where a function fails, its traceback is for those who debug.
    debugged = "ordermill.ports.services.PaymentError: "
    failures = (
        "no such table: idempotency",
        "no such table: products",
        "process_order failed for",
        "GET /products failed",
    )
    for expected in ("Traceback", debugged, *failures):
        assert expected in printed, f"nothing to be seen of {expected}:\n{printed}"
    assert [secret for secret in talkative.told if secret in printed] == []
    assert [line for line in printed.splitlines() if "canary" in line.lower() or "tok_" in line] == []


def test_no_secret_is_in_a_command_line_and_the_server_inherits_none(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_STAFF_TOKEN": STAFF}).start()
    for pid in (server.process.pid, server.pid):
        assert STAFF.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert STAFF.encode() not in Path(f"/proc/{server.pid}/environ").read_bytes()
    server.kill_server_and_wait()
    with server.client() as client:
        assert client.get("/topology", headers={"Authorization": f"Bearer {STAFF}"}).status_code == 200


def test_what_it_keeps_is_its_owners_alone_whatever_the_umask(make_server: MakeServer) -> None:
    server = make_server(prefix=["sh", "-c", 'umask 000; exec "$@"', "sh"]).start()
    with server.client() as client:
        order = client.post("/orders", json=FIRST_ORDER).json()
        order_until(client, order["orderId"], server.staff, "PROCESSED")
    wait_for(server.mails, "the mail is there")
    kept = {path: stat.S_IMODE(path.stat().st_mode) for path in (server.data, *server.data.rglob("*"))}
    assert {path.name for path in kept} >= {"ordermill.db", "ordermill.db-wal", "ordermill.db.payments", "staff-token"}
    assert {path: oct(mode) for path, mode in kept.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


def test_a_staff_token_that_others_could_read_is_closed_and_the_operator_told(make_server: MakeServer) -> None:
    server: Server = make_server()
    server.data.mkdir()
    file = server.data / "staff-token"
    file.write_text("a-token-of-before", encoding="ascii")
    file.chmod(0o644)
    server.start()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(file) in server.log_text()
    assert "a-token-of-before" not in server.log_text()
