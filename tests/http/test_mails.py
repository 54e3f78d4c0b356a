"""Mails over HTTP, and through a mail server, as staff and operators meet them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, ORDERMILL, Json, Server, environment, free_port, order_until, wait_for
from tests.e2e.wire import problem
from tests.smtp_kit import PASSWORD, USER, MailServer, make_certificate

UNKNOWN = "/mails/ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b-OrderProcessed"


@pytest.fixture(scope="module")
def staff(running: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running.url, headers=running.staff, timeout=15) as client:
        yield client


def place(staff: httpx2.Client, **members: Any) -> str:
    """The id of an order."""
    order_id: str = staff.post("/orders", json={**FIRST_ORDER, **members}).raise_for_status().json()["orderId"]
    return order_id


def mail_of(staff: httpx2.Client, order_id: str, status: str = "SENT") -> Json:
    """The order's one mail, once it has that status."""

    def look() -> Json | None:
        mails: list[Json] = staff.get("/mails", params={"orderId": order_id}).raise_for_status().json()["mails"]
        return mails[0] if [mail["status"] for mail in mails] == [status] else None

    mail = wait_for(look, f"its mail is {status}")
    assert mail is not None
    return mail


def test_a_mail_is_listed_read_and_sent_again(staff: httpx2.Client, running: Server) -> None:
    order_id = place(staff)
    mail = mail_of(staff, order_id)
    mail_id = f"{order_id}-OrderProcessed"
    assert mail == {
        "mailId": mail_id,
        "orderId": order_id,
        "event": "OrderProcessed",
        "to": "john@example.org",
        "subject": f"Your order is confirmed ({order_id})",
        "status": "SENT",
        "attempts": 1,
        "at": mail["at"],
    }
    whole = staff.get(f"/mails/{mail_id}")
    assert {**whole.json(), "text": ""} == {**mail, "text": "", "error": None, "resends": 0}
    assert "Hello John Doe," in whole.json()["text"]
    assert whole.headers["cache-control"] == "no-store"
    message = message_from_bytes(
        staff.get(f"/mails/{mail_id}", headers={"Accept": "message/rfc822"}).content, policy=policy.default
    )
    file = message_from_bytes((running.data / "mail" / f"{mail_id}.eml").read_bytes(), policy=policy.default)
    del message["Date"], file["Date"]
    assert message.as_bytes() == file.as_bytes()
    again = staff.post(f"/mails/{mail_id}/resend")
    assert (again.status_code, again.json()["status"]) == (202, "QUEUED")
    wait_for((running.data / "mail" / f"{mail_id}-resend-1.eml").exists, "the other message")
    assert mail_of(staff, order_id)["attempts"] == 2


def test_all_mails_page_by_page(staff: httpx2.Client) -> None:
    ids = [place(staff) for _ in range(3)]
    for order_id in ids:
        mail_of(staff, order_id)
    answer, found = staff.get("/mails", params={"limit": "2"}), list[str]()
    while True:
        body = answer.json()
        found += [mail["mailId"] for mail in body["mails"]]
        if body["nextCursor"] is None:
            break
        answer = staff.get(answer.links["next"]["url"])
    assert len(found) == len(set(found))
    assert {f"{order_id}-OrderProcessed" for order_id in ids} <= set(found)


def test_a_cursor_is_good_for_its_list_alone(staff: httpx2.Client, api: httpx2.Client) -> None:
    order_id = place(staff)
    mail_of(staff, order_id)
    mail_of(staff, place(staff))
    cursor = staff.get("/mails", params={"limit": "1"}).json()["nextCursor"]
    problem(api, staff.get("/mails", params={"cursor": cursor, "orderId": order_id}), 400, "invalid-cursor")
    problem(api, staff.get("/orders", params={"cursor": cursor}), 400, "invalid-cursor")


def test_without_an_address_there_is_nothing_to_send(staff: httpx2.Client, api: httpx2.Client) -> None:
    mail = mail_of(staff, place(staff, email=None), "NO_ADDRESS")
    assert (mail["to"], mail["attempts"]) == (None, 0)
    problem(api, staff.post(f"/mails/{mail['mailId']}/resend"), 409, "not-sendable")
    assert staff.get(f"/mails/{mail['mailId']}").json()["text"].startswith("Hello")
    problem(api, staff.get(f"/mails/{mail['mailId']}", headers={"Accept": "message/rfc822"}), 404, "not-found")


@pytest.mark.parametrize("path", [UNKNOWN, "/mails/x%2Fy", "/mails/" + "x" * 201, "/mails/%00", "/mails/é"])
def test_a_mail_that_is_not_there(staff: httpx2.Client, api: httpx2.Client, path: str) -> None:
    problem(api, staff.get(path), 404, "not-found")
    problem(api, staff.post(f"{path}/resend"), 404, "not-found")


def test_what_is_rejected_is_told_and_nothing_is_confirmed(staff: httpx2.Client) -> None:
    order_id = place(staff, paymentToken="tok_decline")
    order_until(staff, order_id, {}, "REJECTED")
    mail = mail_of(staff, order_id)
    assert mail["event"] == "OrderRejected"
    assert "declined" in staff.get(f"/mails/{mail['mailId']}").json()["text"]


def test_through_a_mail_server_that_comes_later(make_server: MakeServer, tmp_path: Path) -> None:
    """Encrypted and signed in, under a certificate authority of the operator's own."""
    port, url, certificate = free_port(), tmp_path / "url", make_certificate(tmp_path, "DNS:localhost")
    user, password = (text.replace("@", "%40").replace("/", "%2F") for text in (USER, PASSWORD))
    url.write_text(
        f"smtp://{user}:{password.replace('?', '%3F').replace('#', '%23')}@localhost:{port}?starttls=required"
    )
    server = make_server(
        env={
            "ORDERMILL_SMTP_URL_FILE": str(url),
            "ORDERMILL_RETRY_BASE_MS": "20",
            "SSL_CERT_FILE": str(certificate.certificate),
        }
    ).start()
    with httpx2.Client(base_url=server.url, headers=server.staff, timeout=15) as staff:
        order_id = place(staff)
        order_until(staff, order_id, {}, "PROCESSED")
        mail_of(staff, order_id, "QUEUED")
        wait_for(lambda: "sending mails is not possible" in server.log_text(), "it is said loudly")
        mails = MailServer(port=port, tls="starttls", auth_required=True)
        mails.options["authenticator"] = mails.authenticate
        mails.start(certificate.server())
        try:
            mail_of(staff, order_id)
        finally:
            mails.stop()
        (delivery,) = mails.deliveries
    assert (delivery.recipient, server.mails()) == ("john@example.org", [])
    assert message_from_bytes(delivery.data)["X-Ordermill-Order"] == order_id
    log = server.log_text()
    assert f"through localhost:{port}" in log
    assert "sending mails is possible again" in log
    for secret in (PASSWORD, USER, url.read_text(), "john@example.org"):
        assert secret not in log


def test_a_mail_server_that_is_none_keeps_it_from_starting(tmp_path: Path) -> None:
    env = environment({"ORDERMILL_SMTP_URL": "smtp://mill:can/ary@mail.example.org"})
    command = [str(ORDERMILL), "up", "--data", str(tmp_path / "data"), "--port", str(free_port())]
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=20, check=False)
    assert ended.returncode == 2
    assert "ORDERMILL_SMTP_URL" in ended.stderr
    assert "It takes smtp://user:password@" in ended.stderr
    assert "ary" not in ended.stderr + ended.stdout


def test_the_url_is_in_nobodys_environment(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_SMTP_URL": "smtp://mill:canary@localhost:1"}).start()
    proc = Path(f"/proc/{server.pid}")
    assert b"canary" not in (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes()
    assert "canary" not in server.log_text()
