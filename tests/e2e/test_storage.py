"""A disk that is full or read-only: orders are refused, nothing is lost or given up, and it passes by itself."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.audit.attempts import Attempt
from tests.audit.auditor import audit
from tests.audit.messages import MAX_RECEIVES
from tests.audit.snapshot import take
from tests.e2e.conftest import MakeServer
from tests.e2e.disk import Disk, mounted
from tests.e2e.load import Load, Sent
from tests.e2e.server import FIRST_ORDER, HASTE, Json, Server, wait_for

WAITING = (
    "SELECT order_id, retry_at FROM messages WHERE retry_at IS NOT NULL"
    " UNION ALL SELECT order_id, retry_at FROM stream_parked WHERE retry_at IS NOT NULL"
)
LARGE: Json = {"customerName": "refused", "items": [{"product": "Widget", "quantity": 1, "unitPrice": "1.00"}]}
LARGE["note"] = "x" * 2000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """The data directory's disk, of 2 MiB."""
    with mounted(tmp_path / "data", "2m") as disk:
        yield disk


@pytest.fixture
def server(disk: Disk, make_server: MakeServer) -> Iterator[Server]:
    """A server on it, not started, and gone before the disk is."""
    server = make_server(env=HASTE)
    yield server
    server.kill()


def refusal(server: Server, sent: Sent) -> Json:
    """Place orders until one is refused for want of room; the answer's header and body."""
    with server.client() as client:
        for number in range(5000):
            attempt = Attempt(LARGE | {"customerName": f"large-{number}"}, f"large-{number}")
            sent.attempts.append(attempt)
            answer = client.post("/orders", json=attempt.body, headers={"Idempotency-Key": f"large-{number}"})
            if answer.status_code != 202:
                return {"status": answer.status_code, "after": answer.headers.get("retry-after"), **answer.json()}
            told = answer.json()
            attempt.outcome, attempt.order_id, attempt.token = "ok", told["orderId"], told["orderToken"]
    raise AssertionError("the disk never filled up")


def check_reads(server: Server, sent: Sent) -> None:
    """What is there can be read while nothing can be stored."""
    with server.client() as client:
        wait_for(lambda: client.get("/health").status_code == 503, "it says that no orders are accepted")
        for order_id in list(sent.accepted.values())[:5]:
            assert client.get(f"/orders/{order_id}").status_code == 200
        assert client.get("/products").status_code == 200


def test_a_full_disk_refuses_orders_loses_nothing_and_passes_by_itself(server: Server, disk: Disk) -> None:
    server.start()
    pid = server.pid
    with Load(server.port, random.getrandbits(32)) as load:
        refused = refusal(server, load.sent)
        assert (refused["status"], refused["type"]) == (503, "/problems/storage-unavailable")
        assert refused["after"] == "1"
        check_reads(server, load.sent)
        logged = len(server.log_text())
        wait_for(lambda: len(load.sent.unanswered) > 20, "further orders are refused")
        disk.resize("48m")
        until_accepted_again(server, load.sent)
        for _ in range(8):
            # Now and then there is room, for some of what has to be stored.
            disk.fill()
            wait_for(lambda: not server.healthy(), "it is full again")
            disk.free()
            until_accepted_again(server, load.sent)
    assert server.pid == pid
    assert len(server.log_text()) - logged < 500_000, "it says so at every request"
    load.sent.replay(server.port)
    wait_for(server.settled, "everything is processed and mailed", within_s=20)
    assert load.sent.unexpected == []
    audit(server.data, load.sent.attempts)


def said_why(server: Server) -> bool:
    """Whether it told what it is missing."""
    return "storage is unavailable" in server.log_text()


def until_accepted_again(server: Server, sent: Sent) -> None:
    """Some of the load's orders."""
    wait_for(server.healthy, "orders are accepted")
    seen = len(sent.accepted)
    wait_for(lambda: len(sent.accepted) > seen + 10, "orders are accepted")


@pytest.mark.parametrize("left", ["nothing", "a clean stop", "a kill", "a clean stop, and then read-only"])
def test_a_start_that_finds_no_room_waits_for_it(server: Server, disk: Disk, left: str) -> None:
    sent = Sent()
    disk.resize("32m")
    if left != "nothing":
        with Load(server.start().port, 1, sent=sent):
            wait_for(lambda: len(sent.accepted) > 20, "some orders are placed")
        server.kill() if left == "a kill" else server.terminate()
    server.log.write_text("", encoding="utf-8")
    read_only = left.endswith("read-only")
    disk.read_only(True) if read_only else disk.fill()
    server.spawn()
    # What a killed server left of its write-ahead log may be room enough to start in.
    may_start = left == "a kill"
    wait_for(lambda: said_why(server) or (may_start and server.healthy()), "it says why it does not start")
    assert may_start or not server.healthy()
    disk.read_only(False) if read_only else disk.free()
    server.wait_until_healthy()
    with Load(server.port, 2, name="later", sent=sent):
        wait_for(lambda: len(sent.accepted) > 40, "orders are accepted")
    assert "Traceback" not in server.log_text()
    wait_for(server.settled, "everything is processed and mailed", within_s=20)
    audit(server.data, sent.attempts, deaths=1)


def test_a_stop_on_a_full_disk_is_a_clean_one(server: Server, disk: Disk) -> None:
    sent = Sent()
    server.start()
    refusal(server, sent)
    assert server.terminate() == 0
    assert "Traceback" not in server.log_text()
    disk.resize("48m")
    server.start()
    sent.replay(server.port)
    wait_for(server.settled, "everything is processed")
    audit(server.data, sent.attempts, deaths=1)


@pytest.mark.parametrize("place", ["mail", "ordermill.db.payments"])
def test_what_waits_for_room_elsewhere_is_not_given_up(make_server: MakeServer, tmp_path: Path, place: str) -> None:
    server, sent = make_server(env=HASTE), Sent()
    with mounted(tmp_path / "small", "1m") as disk:
        server.data.mkdir()
        if place == "mail":
            (disk.path / place).mkdir()
        (server.data / place).symlink_to(disk.path / place)
        try:
            server.start()
            disk.fill()
            with Load(server.port, 3, sent=sent, clients=1, make=lambda _, marker: of(marker)):
                wait_for(lambda: len(sent.accepted) > 20, "orders are accepted all the same")
            turns = set[tuple[str, int]]()
            wait_for(partial(tried_often, server, turns), "some are tried more often than they may fail")
            assert take(server.data).dead == []
            disk.free()
            wait_for(server.settled, "everything is processed and mailed", within_s=20)
            audit(server.data, sent.attempts)
            assert server.terminate() == 0
        finally:
            server.kill()


def tried_often(server: Server, turns: set[tuple[str, int]]) -> bool:
    """Whether an order has had more turns of backing off, `turns` up to now, than a message has receives."""
    turns.update(server.rows(WAITING))
    return max(Counter(order_id for order_id, _ in turns).values(), default=0) > 2 * MAX_RECEIVES


def of(marker: str) -> Json:
    """An order that asks for a charge and a mail."""
    items = [{"product": FIRST_ORDER["product"], "quantity": 1}]
    return {"customerName": marker, "email": "john@example.org", "items": items}
