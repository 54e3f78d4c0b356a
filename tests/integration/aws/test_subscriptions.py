"""Subscriptions through a whole deployment: asked for, confirmed and left, by what the mails say."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

from ordermill.adapters.aws.mail_store import BUCKET
from ordermill.adapters.aws.signing import DerivedTokens
from ordermill.domain.subscriptions import UNSUBSCRIBE
from tests.cloud.stack import Stack
from tests.integration.aws.conftest import MakeStack
from tests.integration.aws.orders_kit import items, listed

ADA = "ada@subscribers.example"
FORM = {"content-type": "application/x-www-form-urlencoded"}
BROWSER = {**FORM, "accept": "text/html"}
KEY = "a signing key of the test"


def ask(stack: Stack, email: str = ADA) -> tuple[int, bytes]:
    answer = stack.request("POST", "/subscriptions", {"email": email})
    stack.settle()
    return answer.status, answer.body


def links(stack: Stack) -> list[str]:
    """The query of each link that was mailed."""
    s3, bucket = stack.deployment.client("s3"), stack.deployment.bucket(BUCKET)
    found = []
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
        raw = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
        assert body is not None
        found += [urlsplit(link).query for link in re.findall(r"https?://\S+", body.get_content())]
    return found


def test_asked_for_confirmed_and_left(stack: MakeStack) -> None:
    deployed = stack("stream", secrets={"signing-key": KEY})
    first = ask(deployed)
    assert first == (202, b'{"status":"ACCEPTED"}')
    assert ask(deployed, ADA.upper()) == first
    (link,) = links(deployed)
    page = deployed.request("GET", "/subscriptions/confirm", query=link)
    assert (page.status, page.headers["referrer-policy"]) == (200, "strict-origin")
    assert page.headers["content-type"].startswith("text/html")
    assert [each["status"] for each in listed(deployed, "/subscriptions")] == ["PENDING"]
    done = deployed.request("POST", "/subscriptions/confirm", b"confirm=yes", query=link, headers=BROWSER)
    assert (done.status, b"You are subscribed" in done.body) == (200, True)
    token = parse_qs(link)["token"][0]
    assert deployed.request("POST", "/subscriptions/confirm", {"token": token}).json == {"status": "CONFIRMED"}
    (row,) = listed(deployed, "/subscriptions", "status=CONFIRMED")
    assert row["email"] == ADA
    assert ask(deployed) == first

    leave = DerivedTokens({"signing-key": KEY}.get).sign_for(UNSUBSCRIBE, row["subscriptionId"], None)
    for _ in range(2):
        body = b"List-Unsubscribe=One-Click"
        left = deployed.request("POST", "/subscriptions/unsubscribe", body, query=f"token={leave}", headers=FORM)
        assert (left.status, left.json) == (200, {"status": "UNSUBSCRIBED"})
    assert items(deployed, "subscriptions") == []
    assert ADA not in str(items(deployed, "mails")), "nor does the record of the mail know it"
    gone = deployed.request("POST", "/subscriptions/confirm", b"confirm=yes", query=link, headers=BROWSER)
    assert (gone.status, b"This link is not valid" in gone.body) == (404, True)
    assert deployed.request("POST", "/subscriptions/confirm", {"token": token}).status == 404
