"""Subscriptions over HTTP: asked for, confirmed, left; and what nobody learns by asking."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from ordermill.adapters.tokens import HmacTokens
from ordermill.domain.subscriptions import UNSUBSCRIBE
from tests.e2e.server import Json, Server, wait_for
from tests.e2e.wire import problem

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
UNKNOWN = "sub_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
_numbers = itertools.count(1)


@pytest.fixture
def address() -> str:
    """One that nobody has."""
    return f"ada{next(_numbers)}@subscribers.example"


@pytest.fixture
def staff(running: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running.url, headers=running.staff, timeout=15) as client:
        yield client


def ask(api: httpx2.Client, address: str) -> httpx2.Response:
    return api.post("/subscriptions", json={"email": address})


def mail_to(server: Server, address: str) -> EmailMessage:
    """The one mail to the address."""

    def look() -> EmailMessage | None:
        mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in server.mails()]
        found = [mail for mail in mails if mail["To"] == address]
        return found[0] if len(found) == 1 else None

    mail = wait_for(look, f"one mail to {address}")
    assert mail is not None
    return mail


def link_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"https?://\S+", body.get_content())
    return str(link)


def token_of(link: str) -> str:
    (token,) = parse_qs(urlsplit(link).query)["token"]
    return token


def found(staff: httpx2.Client, address: str) -> Json | None:
    """The subscription of the address."""
    page = staff.get("/subscriptions", params={"limit": "200"}).raise_for_status().json()
    rows = [row for row in page["subscriptions"] if row["email"] == address]
    assert len(rows) < 2
    return rows[0] if rows else None


def unsubscribing(server: Server, subscription_id: str) -> str:
    """The token that the subscriber's mails have."""
    ((key,),) = server.rows("SELECT value FROM meta WHERE key = 'order-token-key'")
    return HmacTokens(key).sign_for(UNSUBSCRIBE, subscription_id, None)


def subscribed(api: httpx2.Client, staff: httpx2.Client, server: Server, address: str) -> str:
    """The token to leave of an address that is confirmed."""
    ask(api, address)
    token = token_of(link_of(mail_to(server, address)))
    assert api.post("/subscriptions/confirm", json={"token": token}).json() == {"status": "CONFIRMED"}
    row = found(staff, address)
    assert row is not None
    return unsubscribing(server, row["subscriptionId"])


def test_asked_for_confirmed_and_left(api: httpx2.Client, staff: httpx2.Client, running: Server, address: str) -> None:
    answer = ask(api, address)
    assert (answer.status_code, answer.json()) == (202, {"status": "ACCEPTED"})
    mail = mail_to(running, address)
    assert (mail["Subject"], mail["X-Ordermill-Order"]) == ("Please confirm your subscription", None)
    assert mail["List-Unsubscribe"] is None
    link = link_of(mail)
    page = api.get(link)
    assert page.status_code == 200
    row = found(staff, address)
    assert row is not None
    assert (row["status"], row["confirmedAt"]) == ("PENDING", None), "looking at the page changes nothing"
    for _ in range(2):
        confirmed = api.post("/subscriptions/confirm", json={"token": token_of(link)})
        assert (confirmed.status_code, confirmed.json()) == (200, {"status": "CONFIRMED"})
    row = found(staff, address)
    assert row is not None
    assert (row["status"], row["confirmedAt"] is None) == ("CONFIRMED", False)
    leave = unsubscribing(running, row["subscriptionId"])
    for _ in range(2):
        left = api.post("/subscriptions/unsubscribe", json={"token": leave})
        assert (left.status_code, left.json()) == (200, {"status": "UNSUBSCRIBED"})
    assert found(staff, address) is None
    problem(api, api.post("/subscriptions/confirm", json={"token": token_of(link)}), 404, "not-found")


def test_the_answer_tells_nothing_and_one_mail_goes_out(
    api: httpx2.Client, staff: httpx2.Client, running: Server, address: str
) -> None:
    new = ask(api, address)
    pending = [ask(api, text) for text in (address, address.upper(), address)]
    api.post("/subscriptions/confirm", json={"token": token_of(link_of(mail_to(running, address)))})
    confirmed = ask(api, address)
    for answer in (*pending, confirmed):
        assert (answer.status_code, answer.content) == (new.status_code, new.content)
        # The numbers of requests, of mails, of anything: none of it is in a header.
        assert {**answer.headers, "date": ""} == {**new.headers, "date": ""}
    row = found(staff, address)
    assert row is not None
    wait_for(lambda: depth(staff) == 0, "the queue is empty")
    assert mail_to(running, address)["Subject"] == "Please confirm your subscription"
    for path in ("/metrics", "/openapi.json", "/topology"):
        assert address not in staff.get(path).text
    assert address not in running.log_text()


def depth(staff: httpx2.Client) -> int:
    queues = staff.get("/queues").raise_for_status().json()["queues"]
    return sum(each["depth"] + each["inFlight"] for each in queues if each["queue"] == "mail-queue")


def test_what_was_sent_is_forgotten_by_its_record(staff: httpx2.Client, api: httpx2.Client, address: str) -> None:
    ask(api, address)
    row = found(staff, address)
    assert row is not None
    mail_id = f"{row['subscriptionId']}-confirm-1"
    mail = wait_for(lambda: sent(staff, mail_id), "the mail is sent")
    assert mail is not None
    assert (mail["orderId"], mail["to"], mail["text"]) == (None, None, None)
    assert address not in str(staff.get("/mails").json())
    problem(api, staff.post(f"/mails/{mail_id}/resend"), 409, "not-sendable")


def sent(staff: httpx2.Client, mail_id: str) -> Json | None:
    answer = staff.get(f"/mails/{mail_id}")
    return answer.json() if answer.status_code == 200 and answer.json()["status"] == "SENT" else None


@pytest.mark.parametrize(
    "form",
    [{"data": ONE_CLICK}, {"files": {name: (None, value) for name, value in ONE_CLICK.items()}}],
    ids=["urlencoded", "multipart"],
)
def test_one_click_of_a_mail_program(
    api: httpx2.Client, staff: httpx2.Client, running: Server, address: str, form: dict[str, Any]
) -> None:
    token = subscribed(api, staff, running, address)
    link = f"/subscriptions/unsubscribe?token={token}"
    assert api.get(link).status_code == 200
    assert found(staff, address) is not None, "programs that follow links change nothing"
    answer = api.post(link, **form)
    assert (answer.status_code, answer.json()) == (200, {"status": "UNSUBSCRIBED"})
    assert found(staff, address) is None


@pytest.mark.parametrize("origin", [None, "own"])
def test_people_get_pages(
    api: httpx2.Client, staff: httpx2.Client, running: Server, address: str, origin: str | None
) -> None:
    headers = {**BROWSER, **({"Origin": running.url} if origin else {})}
    token = subscribed(api, staff, running, address)
    page = api.get(f"/subscriptions/unsubscribe?token={token}", headers=headers)
    assert re.findall("<form[^>]*>", page.text) == ['<form method="post" class="ask">'], "it posts to where it is"
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page.text))
    assert token not in page.text, "nothing of the address is echoed"
    done = api.post(f"/subscriptions/unsubscribe?token={token}", data=fields, headers=headers)
    assert (done.status_code, done.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "You are unsubscribed" in done.text
    none = api.post("/subscriptions/confirm?token=x", data={"confirm": "yes"}, headers=headers)
    assert (none.status_code, none.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "This link is not valid" in none.text
    for answer in (page, done, none):
        assert answer.headers["referrer-policy"] == "strict-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_page_of_another_site_can_neither_confirm_nor_leave(api: httpx2.Client) -> None:
    for origin in ("http://evil.example", "null"):
        for path, form in (("confirm", {"confirm": "yes"}), ("unsubscribe", ONE_CLICK)):
            answer = api.post(f"/subscriptions/{path}?token=t", data=form, headers={"Origin": origin})
            problem(api, answer, 403, "forbidden")


def test_no_token_is_good_for_another_purpose(
    api: httpx2.Client, staff: httpx2.Client, running: Server, address: str
) -> None:
    ask(api, address)
    link = token_of(link_of(mail_to(running, address)))
    order = api.post("/orders", json={"product": "Gift card", "quantity": 1, "price": "1.00"}).json()
    problem(api, api.post("/subscriptions/unsubscribe", json={"token": link}), 404, "not-found")
    row = found(staff, address)
    assert row is not None
    leave = unsubscribing(running, row["subscriptionId"])
    for token in (leave, order["orderToken"], link[:-1], link + "A", "A" + link):
        problem(api, api.post("/subscriptions/confirm", json={"token": token}), 404, "not-found")
    for token in (link, leave):
        answer = api.get(f"/orders/{order['orderId']}", headers={"Order-Token": token})
        problem(api, answer, 401, "unauthorized")


def test_staff_see_them_page_by_page_and_end_one(
    api: httpx2.Client, staff: httpx2.Client, running: Server, address: str
) -> None:
    subscribed(api, staff, running, address)
    ask(api, f"x{address}")
    for status, wanted in ((None, {address, f"x{address}"}), ("PENDING", {f"x{address}"}), ("CONFIRMED", {address})):
        params = {"limit": "1"} | ({"status": status} if status else {})
        answer, seen = staff.get("/subscriptions", params=params), list[str]()
        while True:
            page = answer.raise_for_status().json()
            seen += [row["email"] for row in page["subscriptions"]]
            assert {row["status"] for row in page["subscriptions"]} <= (
                {status} if status else {"PENDING", "CONFIRMED"}
            )
            if page["nextCursor"] is None:
                break
            assert address not in answer.links["next"]["url"]
            answer = staff.get(answer.links["next"]["url"])
        assert len(seen) == len(set(seen))
        assert {each for each in seen if each.endswith(address)} == wanted
    row = found(staff, address)
    assert row is not None
    gone = staff.delete(f"/subscriptions/{row['subscriptionId']}")
    assert (gone.status_code, gone.content, found(staff, address)) == (204, b"", None)
    problem(api, staff.delete(f"/subscriptions/{row['subscriptionId']}"), 404, "not-found")
    problem(api, staff.delete(f"/subscriptions/{UNKNOWN}"), 404, "not-found")


def test_a_cursor_is_good_for_its_status_alone(api: httpx2.Client, staff: httpx2.Client, address: str) -> None:
    for number in range(2):
        ask(api, f"{number}{address}")
    cursor = staff.get("/subscriptions", params={"limit": "1", "status": "PENDING"}).json()["nextCursor"]
    problem(api, staff.get("/subscriptions", params={"cursor": cursor}), 400, "invalid-cursor")
    problem(api, staff.get("/mails", params={"cursor": cursor}), 400, "invalid-cursor")
