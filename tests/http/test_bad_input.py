"""The table of bad input, row by row: each entry has its answer, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import httpx2
import pytest

from tests.e2e.bad_input_deletion import DELETION
from tests.e2e.bad_input_exits import EXITS
from tests.e2e.bad_input_images import IMAGES
from tests.e2e.bad_input_kit import Entry, check_problem, exchange
from tests.e2e.bad_input_lists import LISTS, STAFF_TOKEN
from tests.e2e.bad_input_managing import MANAGING
from tests.e2e.bad_input_orders import NOT_HERE, NOT_YET, ORDERS, SINKS
from tests.e2e.bad_input_protocol import PROTOCOL
from tests.e2e.bad_input_reports import REPORTS
from tests.e2e.bad_input_subscriptions import SUBSCRIPTIONS
from tests.e2e.server import FIRST_ORDER, Server, order_until, wait_for

TABLE = [*PROTOCOL, *ORDERS, *LISTS, *EXITS, *MANAGING, *DELETION, *SUBSCRIPTIONS, *REPORTS, *IMAGES]
STAFF = {"Authorization": f"Bearer {STAFF_TOKEN}"}
ROWS = range(1, 77)
TAKEN = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM idempotency)"
LEFT = (
    "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM changes) + (SELECT count(*) FROM idempotency)"
    " + (SELECT count(*) FROM messages) + (SELECT count(*) FROM dead_letters) + (SELECT count(*) FROM events)"
    " + (SELECT count(*) FROM mails) + (SELECT count(*) FROM subscriptions) + (SELECT count(*) FROM images)"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that gets nothing but refused requests, so that its database must stay empty."""
    server = Server(tmp_path_factory.mktemp("bad-input") / "data", env={"ORDERMILL_STAFF_TOKEN": STAFF_TOKEN})
    try:
        yield server.start()
    finally:
        server.kill()


def test_every_row_of_the_table_is_here() -> None:
    rows = {entry.row for entry in TABLE} | {row for row, *_ in (*SINKS, *NOT_YET)} | set(NOT_HERE)
    assert rows == set(ROWS)
    names = [(entry.row, entry.name) for entry in TABLE]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry.row}-{entry.name}")
def test_it_is_refused_and_leaves_nothing(server: Server, entry: Entry) -> None:
    before = server.rows(TAKEN)
    replies = exchange(server.port, entry)
    for reply, expected in zip(replies, entry.answers, strict=True):
        if expected == "200":
            assert reply.status == 200
        else:
            check_problem(reply, entry, expected)
    assert server.rows(TAKEN) == before


@pytest.mark.parametrize(("row", "method", "path"), NOT_YET, ids=str)
def test_the_route_is_not_there_yet(server: Server, row: int, method: str, path: str) -> None:
    with server.client() as api:
        answer = api.request(method, path, headers=STAFF)
    assert answer.status_code in (404, 405), f"row {row}: {method} {path} is there; move its row into the table"
    assert json.loads(answer.text)["type"] in ("/problems/not-found", "/problems/method-not-allowed")


def test_after_all_of_them_nothing_is_left_and_the_server_goes_on(server: Server) -> None:
    assert server.rows(LEFT) == [(0,)]
    text = server.log_text()
    assert [word for word in ("Traceback", "ERROR", "CRITICAL", "Exception") if word in text] == []
    with server.client() as api:
        placed = api.post("/orders", json=FIRST_ORDER).json()
        order_until(api, placed["orderId"], STAFF, "PROCESSED")


@pytest.mark.parametrize(("row", "name"), SINKS, ids=repr)
def test_it_is_taken_and_stays_text(api: httpx2.Client, running: Server, row: int, name: str) -> None:
    note = f"{name}\n\tBcc: x@y.z\n{name}"
    sent = {"customerName": name, "email": f"row{row}@example.org", "note": note, "amount": "1.00"}
    answer = api.post("/orders", json=sent)
    assert answer.status_code == 202, answer.text
    order = order_until(api, answer.json()["orderId"], running.staff, "PROCESSED")
    assert (order["customerName"], order["note"]) == (name, note)
    assert api.get(f"/orders/{order['orderId']}").json().keys() & {"customerName", "note", "email"} == set()
    check_mail(wait_for(lambda: mail_of(running, order["orderId"]), "the mail"), f"row{row}@example.org")
    log = running.log_text()
    assert sent["email"] not in log
    assert not any(line.lstrip().startswith((name, "Bcc")) for line in log.splitlines())


def mail_of(server: Server, order_id: str) -> bytes:
    """The order's mail, empty while there is none."""
    found = [raw for raw in (path.read_bytes() for path in server.mails()) if f"Order: {order_id}".encode() in raw]
    return found[0] if found else b""


def check_mail(raw: bytes, to: str) -> None:
    """Its headers are those it should have, and name nobody but `to`; nothing of it is markup that runs."""
    head, _, _ = raw.partition(b"\n\n") if b"\r\n\r\n" not in raw else raw.partition(b"\r\n\r\n")
    names = [line.split(b":")[0].lower() for line in head.splitlines() if not line.startswith((b" ", b"\t"))]
    assert len(set(names)) == len(names)
    assert {b"bcc", b"cc", b"reply-to"} & set(names) == set()
    message = message_from_bytes(raw, policy=policy.default)
    assert [address.addr_spec for address in message["To"].addresses] == [to]
    html = message.get_body(("html",))
    if html is not None:
        text = html.get_content()
        assert not any(markup in text for markup in ("<script>alert", "<img src=", "<b>x"))


@pytest.mark.parametrize("row", NOT_HERE)
def test_the_tests_of_the_other_rows_are_there(row: int) -> None:
    for place in NOT_HERE[row]:
        file, _, name = place.partition("::")
        text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
        assert f"def {name}" in text
