"""What each function does with AWS is what its role allows: nothing it needs is missing, nothing it has is unused.

Every function is put through all it does; each call of the SDK is noted and taken to its action and resource. The roles
are worked out from the topology by the table that Terraform reads.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from ordermill.adapters.aws.mail_store import BucketMailer
from ordermill.adapters.clock import SystemClock
from ordermill.domain.commands import SendMail
from ordermill.ports.services import MailUnavailable, WebhookError, WebhookRefused
from ordermill.topology import names
from tests.cloud import envelopes, resources
from tests.cloud.permissions import Need, used
from tests.cloud.resources import REGION
from tests.cloud.stack import Called, Stack
from tests.infrastructure.expected import Expected
from tests.integration.aws.conftest import MakeStack
from tests.integration.aws.managing_kit import delete, manage, report, subscribe, upload
from tests.integration.aws.orders_kit import PIPELINES, items, listed, place
from tests.integration.aws.test_failing import received, sent

PASSED_ON: Final = (
    "what a queue, stream or schedule asks of the function's role is asked by Lambda, not by the function"
)
BY_LAMBDA: Final = frozenset(
    {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
)
"""Actions of a function's role that Lambda itself takes, for its queue, its stream and its log."""

UNUSED: Final[dict[tuple[str, str], str]] = {
    ("sweep_images", "sqs:SendMessage dead-letters"): "Lambda sends there what the schedule's invocations came to",
    ("sweep_orders", "sqs:SendMessage dead-letters"): "Lambda sends there what the schedule's invocations came to",
    ("publish_order_event", f"s3:PutObject {REGION}-stream-failures/aws/lambda/*"): "Lambda lays down what killed it",
    ("process_order", f"s3:PutObject {REGION}-stream-failures/aws/lambda/*"): "Lambda lays down what killed it",
    ("import_orders", "sqs:SendMessage order-queue"): "in pipeline stream their records lead to the orders' processing",
    ("redrive_dead_letters", "ssm:GetParameter parameter/ordermill/signing-key"): "lists letters, but shows no pages",
}
"""What is granted and not used, and why; by function and what is left of action and resource."""


DEADLINE_S: Final = 60
Lines = list[dict[str, Any]]


class Unsteady:
    """The mailer, which is away at first."""

    def __init__(self) -> None:
        self.away = True

    def send(self, mail: SendMail) -> None:
        """Hand it over, once it is back."""
        if self.away:
            self.away = False
            raise MailUnavailable("no route")
        BucketMailer(resources.deployment(), "Shop <shop@example.org>", SystemClock()).send(mail)


class Refusing:
    """Webhooks that fail at first, and then are taken by nobody."""

    def __init__(self) -> None:
        self.failed = False

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Fail, or refuse."""
        if not self.failed:
            self.failed = True
            raise WebhookError("not now")
        raise WebhookRefused("gone")


def everything(stack: Stack) -> None:
    """Has every function do all it does."""
    csv = b"sku,name,price,currency,stock\nLAMP,Lamp,20.00,USD,100\n"
    stack.request("PUT", "/catalogue", csv, headers={"content-type": "text/csv"}, staff=True)
    lamp = [{"product": "lamp", "quantity": 1}, {"sku": "LAMP", "quantity": 1}]
    bought = place(stack, key="k1", items=lamp)
    stack.settle()
    place(stack, key="k1", items=lamp)
    # More is wrong with it than a cause has room for.
    wrong = [{"product": "lamp", **{f"x{n}": 1 for n in range(9)}}] * 50
    stack.request("POST", "/orders", {"items": wrong, "imageId": "img_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"})
    manage(stack, lamp)
    _leave(stack, bought, lamp)
    _fail(stack, lamp)
    _stand_still(stack, lamp)
    _kill(stack, lamp)
    upload(stack)
    subscribe(stack)
    _look(stack, bought)
    report(stack, lamp)
    delete(stack, lamp)
    _misuse(stack)
    _lose_topic(stack)


def _leave(stack: Stack, bought: dict[str, str], lamp: Lines) -> None:
    """Cancelled by its holder while its payment fails, by staff once it is processed."""
    trying = place(stack, "tok_error", items=lamp)
    while not _confirmed(stack):
        stack.turn()
    path = f"/orders/{trying['orderId']}/cancel"
    answer = stack.request("POST", path, {}, headers={"order-token": trying["orderToken"]})
    assert answer.status == 200, answer.body
    stack.request("POST", f"/orders/{bought['orderId']}/actions", {"action": "cancel", "reason": "x"}, staff=True)
    stack.settle()


def _fail(stack: Stack, lamp: Lines) -> None:
    """Payments that fail, a retry by staff, letters sent on, refunds that get stuck."""
    failed, again = place(stack, "tok_error", items=lamp), place(stack, "tok_error", items=lamp)
    stuck = place(stack, "tok_refund_fail", items=lamp)
    stack.settle()
    stack.request("POST", f"/orders/{stuck['orderId']}/actions", {"action": "cancel", "reason": "x"}, staff=True)
    stack.settle()
    stack.request("POST", f"/orders/{failed['orderId']}/actions", {"action": "retry", "reason": "x"}, staff=True)
    (letter,) = [each for each in listed(stack, "/dead-letters") if each["orderId"] == again["orderId"]]
    stack.request("POST", "/dead-letters/redrive", {"ids": [letter["id"]]}, staff=True)
    for wanted in ({"queue": letter["queue"], "max": 1}, {"all": True}):
        stack.request("POST", "/dead-letters/redrive", wanted, staff=True)
    stack.settle()


def _stand_still(stack: Stack, lamp: Lines) -> None:
    """An order whose message got lost, and one that was never recorded because its message was given up."""
    lost = place(stack, "tok_error", items=lamp)
    while not _confirmed(stack):
        stack.turn()
    for queue in ("order-queue", *names.retry_queues(stack.topology, stack.pipeline).values()):
        for message in received(stack, queue):
            _acknowledge(stack, queue, message)
    for minutes in range(3):
        at = datetime.fromtimestamp(DEADLINE_S + 60 * minutes + time.time(), UTC)
        stack.invoke("sweep_orders", envelopes.scheduled(at.isoformat(timespec="seconds").replace("+00:00", "Z")))
    stack.settle()
    for queue in ("order-queue", names.DEAD_LETTERS):
        template = json.loads(items(stack, "orders")[0]["body"])
        order_id = lost["orderId"][:-4] + ("aaaa" if queue == "order-queue" else "bbbb")
        unknown = {**template, "orderId": order_id, "status": "PENDING", "version": 1, "stockReserved": False}
        body = json.dumps({"orderId": order_id, "attempt": template["attempt"], "order": unknown})
        about = {"queue": "order-queue", "function": "process_order", "orderId": order_id, "error": "X: y"}
        sent(stack, queue, body, **(about if queue == names.DEAD_LETTERS else {}))
    stack.settle()


def _kill(stack: Stack, lamp: Lines) -> None:
    """Messages that nobody can read, in every queue, then sent on; what killed a stream's consumer."""
    consumed = names.consumers(stack.topology, stack.pipeline)
    retries = names.retry_queues(stack.topology, stack.pipeline)
    for queue in (*consumed, *retries.values()):
        sent(stack, queue, "no JSON")
    stack.settle()
    stack.request("POST", "/dead-letters/redrive", {"all": True}, staff=True)
    stack.settle()
    bucket, key = stack.deployment.bucket(names.STREAM_FAILURES), "aws/lambda/m/s.json"
    record = {"eventID": "1", "eventName": "INSERT", "dynamodb": {}}
    body = envelopes.stream_failure("publish_order_event", [record])
    stack.deployment.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    sent(stack, names.DEAD_LETTERS, envelopes.written(bucket, key))
    sent(stack, names.DEAD_LETTERS, envelopes.written(bucket, "aws/lambda/not/there.json"))
    sent(stack, names.DEAD_LETTERS, '{"queue": 1}', queue="mail-queue", function="send_email")
    stack.settle()


def _lose_topic(stack: Stack) -> None:
    """Events that cannot be published."""
    stack.deployment.client("sns").delete_topic(TopicArn=stack.deployment.topic_arn("order-events"))
    place(stack)
    while not any(_put_aside(call) for call in stack.calls):
        stack.turn()


def _put_aside(call: Called) -> bool:
    to = call.parameters.get("QueueUrl", "")
    return call.function == "publish_order_event" and "Entries" in call.parameters and to.endswith("-event")


def _confirmed(stack: Stack) -> bool:
    return "CONFIRMED" in {item["status"] for item in items(stack, "orders")}


def _acknowledge(stack: Stack, queue: str, message: Mapping[str, Any]) -> None:
    url = stack.deployment.queue_url(queue)
    stack.deployment.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _look(stack: Stack, bought: dict[str, str]) -> None:
    """Every list, every filter, every second page; what people may do from there."""
    order_id = bought["orderId"]
    for path in ("/orders", "/dead-letters", "/alerts", "/mails", "/subscriptions"):
        first = stack.request("GET", path, query="limit=1", staff=True)
        cursor = first.json["nextCursor"]
        assert cursor, path
        assert stack.request("GET", path, query=f"limit=1&cursor={cursor}", staff=True).status == 200, path
    for query in ("status=CANCELLED", "customer=c1", "customer=ada%40example.org"):
        listed(stack, "/orders", query)
    for path in ("/mails", "/alerts", "/dead-letters"):
        listed(stack, path, f"orderId={order_id}")
    listed(stack, "/dead-letters", "queue=order-queue")
    listed(stack, "/products")
    stack.request("GET", "/orders.csv", staff=True)
    stack.request("GET", f"/orders/{order_id}/history", headers={"order-token": bought["orderToken"]})
    mail_id = listed(stack, "/mails", f"orderId={order_id}")[0]["mailId"]
    stack.request("GET", f"/mails/{mail_id}", staff=True)
    stack.request("POST", f"/mails/{mail_id}/resend", {}, staff=True)
    for alert in listed(stack, "/alerts"):
        stack.request("POST", f"/alerts/{alert['alertId']}/redeliver", {}, staff=True)
    stack.settle()


def _misuse(stack: Stack) -> None:
    """A token that proves nothing, and a cursor that is none, on every route."""
    for route in stack.routes:
        path = route.path.replace("{orderId}", "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b")
        path = path.replace("{subscriptionId}", "s").replace("{mailId}", "m").replace("{alertId}", "alr_" + "0" * 32)
        stack.request(route.method, path, headers={"order-token": "wrong"}, staff=True)


def _short(arn: str) -> str:
    """What tells an ARN from the others of its action."""
    return arn.rpartition(":")[2].removeprefix(f"{resources.PREFIX}-").removeprefix(f"{resources.ACCOUNT}-")


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_function_may_do_what_it_does_and_nothing_else(stack: MakeStack, pipeline: str) -> None:
    mail, hurried = Unsteady(), {"ORDERMILL_ORDER_DEADLINE_S": str(DEADLINE_S)}
    targets = "json+https://hooks.example.org/x,mailto:ops@example.org"
    secrets = {"alert-targets": targets, "webhook-secret": "whsec_" + "A" * 43 + "="}
    deployed = stack(
        pipeline, ports={"mail": mail, "webhooks": Refusing()}, secrets=secrets, environment=hurried, at_once=True
    )
    everything(deployed)
    expected, found = Expected(pipeline), used(deployed.calls)
    calling = {name for name in expected.functions if any(spec.grants for spec in expected.specs(name))}
    assert {name for name in found if not name.startswith("workflow")} == calling
    missing, over = list[str](), set[tuple[str, str]]()
    for name in calling:
        granted = {pair for pair in expected.permitted(name) if not _by_lambda(pair)}
        missing += [
            f"{name}: {need}" for need in sorted(found[name]) if not any(_covers(pair, need) for pair in granted)
        ]
        unused = [pair for pair in granted if not any(_covers(pair, need) for need in found[name])]
        over |= {(name, f"{action} {_short(arn)}") for action, arn in unused}
    assert (missing, sorted(over - UNUSED.keys())) == ([], [])


def _by_lambda(granted: Need) -> bool:
    action, resource = granted
    return action in BY_LAMBDA or (action == "s3:ListBucket" and resource.endswith(names.STREAM_FAILURES))


def _covers(granted: Need, need: Need) -> bool:
    """Whether a grant, whose resource may end in a star, allows it."""
    action, resource = granted
    return action == need[0] and (need[1].startswith(resource[:-1]) if resource.endswith("*") else need[1] == resource)
