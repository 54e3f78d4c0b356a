"""What managing orders has functions do: each is put through all it does; see test_permissions.py."""

from __future__ import annotations

import json
from typing import Any

from ordermill.adapters.aws.signing import DerivedTokens
from ordermill.adapters.aws.subscriptions import DynamoSubscriptions
from ordermill.adapters.clock import SystemClock
from ordermill.domain.subscriptions import CONFIRM, UNSUBSCRIBE, Subscription
from ordermill.functions.on_order_deleted import PAGE
from ordermill.topology import names
from tests.cloud import envelopes, resources
from tests.cloud.stack import Stack
from tests.integration.aws.orders_kit import items, listed, place
from tests.integration.aws.test_failing import sent
from tests.pictures import base64_of, picture


def manage(stack: Stack, lamp: list[dict[str, Any]]) -> None:
    """Orders of a file, edited, shipped, delivered, cancelled and retried, one by one and many at once."""
    text = b"product,sku,quantity\nlamp,,1\n,LAMP,1\nnothing,,0\nlamp,,1\n"
    sent = {"content-type": "text/csv", "idempotency-key": "file"}
    for _ in range(2):
        told = stack.request("POST", "/orders/import", text, headers=sent, staff=True).json
        assert (told["imported"], told["refused"]) == (3, 1), told
    # A row that is refused now, and was not when its key was new.
    stack.request("POST", "/orders/import", text.replace(b",,1", b",,0"), headers=sent, staff=True)
    first, second, third = (row["orderId"] for row in told["rows"] if row["orderId"])
    items = {"items": [{"product": "lamp", "quantity": 2}, {"sku": "LAMP", "quantity": 1}]}
    any_version = {"if-match": "*"}
    assert stack.request("PATCH", f"/orders/{first}", items, headers=any_version, staff=True).status == 200
    stack.settle()
    for action in ("ship", "deliver"):
        answer = stack.request("POST", f"/orders/{first}/actions", {"action": action}, staff=True)
        assert answer.status == 200, answer.body
    failed = place(stack, "tok_error", items=lamp)["orderId"]
    stack.settle()
    for action, ids in (("ship", [second]), ("cancel", [second, third]), ("retry", [failed])):
        stack.request("POST", "/orders/actions", {"orderIds": ids, "action": action}, staff=True)
    stack.settle()


def upload(stack: Stack) -> None:
    """A picture that an order has, one that nobody has, one that an order was to have, and one without a record."""
    ids = []
    for _ in range(3):
        answer = stack.request("POST", "/images", {"image": base64_of(picture()), "description": "a telephone"})
        assert answer.status == 201, answer.body
        assert answer.json["verdict"] == "MATCH"
        ids.append(answer.json["imageId"])
    used, unused, lost = ids
    place(stack, items=[{"product": "Smartphone", "quantity": 1, "unitPrice": "1"}], imageId=used)
    stack.settle()
    # What is refused here is told by whoever refuses it.
    stack.request("POST", "/orders", {"product": "Sofa", "quantity": 1, "price": "1", "imageId": used})
    assert stack.request("GET", f"/images/{used}", staff=True).status == 200
    table, client = stack.deployment.name("images"), stack.deployment.client("dynamodb")
    for image_id in ids:
        values: dict[str, Any] = {":at": {"N": "5"}, ":key": {"S": f"0000000000005#{image_id}"}}
        also = ""
        if image_id == lost:
            also, values[":lost"] = ", orderIds = :lost", {"SS": ["ord_lost"]}
        client.update_item(
            TableName=table,
            Key={"imageId": {"S": image_id}},
            UpdateExpression=f"SET due = :at, dueKey = :key{also}",
            ExpressionAttributeValues=values,
        )
    orphan, bucket = "img_00000000-0001-7000-8000-000000000001", stack.deployment.bucket("image-files")
    stack.deployment.client("s3").put_object(Bucket=bucket, Key=orphan, Body=b"x", ContentType="image/jpeg")
    for at in ("1970-01-01T01:04:00Z", "1970-01-01T01:09:00Z"):
        stack.invoke("sweep_images", envelopes.scheduled(at))
    assert {item["imageId"] for item in items(stack, "images")} == {used}
    assert unused not in {
        each["Key"] for each in stack.deployment.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    }
    stack.settle()


def subscribe(stack: Stack) -> None:
    """Asked for twice and confirmed by what was mailed; others left, or ended by staff."""
    signed = DerivedTokens(resources.SECRETS.get)
    for email in ("a@example.org", "b@example.org", "c@example.org", "a@example.org"):
        stack.request("POST", "/subscriptions", {"email": email})
    stack.settle()
    confirmed, left, ended = (row["subscriptionId"] for row in listed(stack, "/subscriptions")[:3])
    for purpose, path, id_ in ((CONFIRM, "confirm", confirmed), (UNSUBSCRIBE, "unsubscribe", left)):
        token = signed.sign_for(purpose, id_, None)
        answer = stack.request("POST", f"/subscriptions/{path}", {"token": token})
        assert answer.status == 200, answer.body
        assert stack.request("GET", f"/subscriptions/{path}", query=f"token={token}").status == 200
    assert stack.request("DELETE", f"/subscriptions/{ended}", staff=True).status == 204
    stack.request("POST", "/subscriptions", {"email": "d@example.org"})
    listed(stack, "/subscriptions", "status=CONFIRMED")


def delete(stack: Stack, lamp: list[dict[str, Any]]) -> None:
    """Orders deleted at once, after a refund, and with a dead letter; then all of a person erased, step by step."""
    gone = [place(stack, items=lamp), place(stack, items=lamp), place(stack, "tok_decline", items=lamp)]
    kept = _pictured(stack, "tok_decline")
    gone += [_pictured(stack), place(stack, "tok_error", items=lamp)]
    stack.settle()
    _fill(stack)
    answer = stack.request("DELETE", f"/orders/{gone.pop()['orderId']}", staff=True)
    assert answer.status == 202, answer.body
    stack.settle()
    _fill(stack, empty=True)
    for order in gone:
        answer = stack.request("DELETE", f"/orders/{order['orderId']}", query="reason=x", staff=True)
        assert answer.status == 202, answer.body
    stack.settle()
    for query in ("limit=1", "customer=ada%40example.org", "from=2020-01-01"):
        assert listed(stack, "/archive", query)
    assert stack.request("GET", f"/archive/{gone[0]['orderId']}", staff=True).status == 200
    # A mail to the person that nobody could send.
    mail = {"mailId": "m", "orderId": None, "event": "e", "to": "ada@example.org", "subject": "s"}
    about = {"queue": "mail-queue", "function": "send_email", "error": "X: y"}
    sent(stack, names.DEAD_LETTERS, json.dumps(mail), **about)
    sent(stack, names.DEAD_LETTERS, json.dumps({**mail, "orderId": kept["orderId"]}), orderId=kept["orderId"], **about)
    stack.request("POST", "/subscriptions", {"email": "ada@example.org"})
    stack.settle()
    cursor = None
    while True:
        body = {"customer": "ada@example.org", "cursor": cursor}
        answer = stack.request("POST", "/erasures", body, staff=True)
        assert answer.status == 200, answer.body
        cursor = answer.json["next"]
        if cursor is None:
            return


def _pictured(stack: Stack, token: str = "tok_approve") -> dict[str, str]:
    """An order with an image."""
    answer = stack.request("POST", "/images", {"image": base64_of(picture()), "description": "a telephone"})
    phone = {"product": "Smartphone", "quantity": 1, "unitPrice": "1"}
    return place(stack, token, items=[phone], imageId=answer.json["imageId"])


def _fill(stack: Stack, *, empty: bool = False) -> None:
    """More subscribers than are told at once; or none of them any more."""
    store = DynamoSubscriptions(stack.deployment, SystemClock())
    for number in range(PAGE + 1):
        record = Subscription(
            f"sub_{number}", f"s{number}@example.org", "CONFIRMED", number, number, confirmed_at=number
        )
        if empty:
            store.delete(record)
        else:
            store.put(record, expect=0)


def report(stack: Stack, lamp: list[dict[str, Any]]) -> None:
    """On an order that was deleted."""
    order = place(stack, items=lamp)
    stack.settle()
    assert stack.request("DELETE", f"/orders/{order['orderId']}", staff=True).status == 202
    stack.settle()
    made = stack.request("POST", "/reports", {"from": "2000-01-01", "to": "9999-01-01"}, staff=True)
    assert (made.status, made.json["orders"]) == (201, 1), made.body
    assert "response-content-type=application%2Fpdf" in made.json["url"]
