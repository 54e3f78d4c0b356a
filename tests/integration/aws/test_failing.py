"""What goes wrong on the way of a message: where it ends up, what is known of it there, and that neighbours go on."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from ordermill.domain.commands import SendMail
from ordermill.ports.services import Charge, ChargeResult, MailUnavailable
from ordermill.topology import names
from tests.cloud import envelopes
from tests.cloud.resources import ACCOUNT, REGION
from tests.cloud.stack import Context, Stack
from tests.integration.aws.conftest import MakeStack
from tests.integration.aws.orders_kit import alerts, items, letters, mails, order, place, statuses

QUEUED = "queue"


def sent(stack: Stack, to: str, body: str, **attributes: str) -> None:
    """Somebody puts this into a queue."""
    given = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sqs = stack.deployment.client("sqs")
    sqs.send_message(QueueUrl=stack.deployment.queue_url(to), MessageBody=body, MessageAttributes=given)


def received(stack: Stack, queue: str) -> list[dict[str, Any]]:
    """What a mapping would get."""
    sqs, url = stack.deployment.client("sqs"), stack.deployment.queue_url(queue)
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
    ).get("Messages", [])
    return found


class Crashing:
    """A payment gateway that fails for one order's charges."""

    def __init__(self, error: Exception) -> None:
        self.error, self.orders, self.charged = error, set[str](), list[str]()

    def charge(self, charge: Charge) -> ChargeResult:
        """Raise, for the orders that it is to fail for."""
        if charge.order_id in self.orders:
            raise self.error
        self.charged.append(charge.order_id)
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        """Nothing was captured."""
        return 0


class Meeting:
    """A payment gateway that answers when so many charges are under way."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties, timeout=10)

    def charge(self, charge: Charge) -> ChargeResult:
        """Wait for the others. Raises BrokenBarrierError where they don't come."""
        self._barrier.wait()
        return ChargeResult("approved", charge.amount)


@pytest.mark.parametrize("pipeline", ["queue", "stream"])
def test_a_slow_gateway_is_waited_for_once_a_batch(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline, ports={"payments": Meeting(3)})
    accepted = [place(deployed) for _ in range(3)]
    deployed.settle()
    assert [order(deployed, each)["status"] for each in accepted] == ["PROCESSED"] * 3
    assert letters(deployed) == []


@pytest.mark.parametrize("pipeline", ["queue", "stream"])
def test_neighbours_of_what_fails_go_on(stack: MakeStack, pipeline: str) -> None:
    payments = Crashing(RuntimeError("no \x01 text"))
    deployed = stack(pipeline, ports={"payments": payments})
    accepted = [place(deployed) for _ in range(5)]
    payments.orders = {accepted[2]["orderId"]}
    deployed.settle()
    found = [order(deployed, each)["status"] for each in accepted]
    assert found == ["PROCESSED", "PROCESSED", "FAILED", "PROCESSED", "PROCESSED"]
    (letter,) = letters(deployed)
    assert letter["error"] == "RuntimeError: no   text"
    assert len(payments.charged) == 4


def test_what_nobody_can_read_is_kept_whole(stack: MakeStack) -> None:
    deployed = stack(QUEUED)
    sent(deployed, "order-queue", "no JSON")
    sent(deployed, "order-queue", '{"orderId": 7}')
    deployed.settle()
    payloads = sorted(json.dumps(letter["payload"]) for letter in letters(deployed))
    assert payloads == ['{"base64": "bm8gSlNPTg=="}', '{"orderId": 7}']
    assert deployed.waiting("order-queue") == 0


def test_what_dies_with_its_process_comes_by_the_queues_own_redrive(stack: MakeStack) -> None:
    deployed = stack(QUEUED)
    accepted = place(deployed)
    # Nobody says what became of it, five times.
    url, sqs = deployed.deployment.queue_url("order-queue"), deployed.deployment.client("sqs")
    for _ in range(5):
        (message,) = received(deployed, "order-queue")
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert received(deployed, "order-queue") == []
    (moved,) = received(deployed, names.DEAD_LETTERS)
    source = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{deployed.deployment.name('order-queue')}"
    moved["Attributes"]["DeadLetterQueueSourceArn"] = source
    answer = deployed.invoke("fail_order", envelopes.sqs(names.DEAD_LETTERS, [moved]))
    assert answer == {"batchItemFailures": []}
    (letter,) = letters(deployed)
    assert (letter["queue"], letter["function"], letter["orderId"]) == (
        "order-queue",
        "process_order",
        accepted["orderId"],
    )
    assert "ended" in letter["error"]
    found = order(deployed, accepted)
    assert (found["status"], found["reason"]) == ("FAILED", "INTERNAL")


def test_a_change_record_that_kills_its_consumer_becomes_a_letter(stack: MakeStack) -> None:
    deployed = stack("stream")
    accepted = place(deployed)
    (record,) = deployed._changes("process_order", "orders")
    failure = envelopes.stream_failure("process_order", envelopes.stream("orders", [record])["Records"])
    bucket, key = deployed.deployment.bucket(names.STREAM_FAILURES), "aws/lambda/m/s/2026/11/21/a b.json"
    deployed.deployment.client("s3").put_object(Bucket=bucket, Key=key, Body=failure)
    sent(deployed, names.DEAD_LETTERS, envelopes.written(bucket, key.replace(" ", "+")))
    deployed.settle()
    found = order(deployed, accepted)
    assert statuses(found) == ["PENDING", "FAILED"]
    (letter,) = letters(deployed)
    assert (letter["queue"], letter["orderId"]) == ("orders>process_order", found["orderId"])
    assert letter["error"].startswith("RetryAttemptsExhausted")
    deployed.request("POST", "/dead-letters/redrive", {"all": True}, staff=True)
    deployed.settle()
    assert order(deployed, accepted)["status"] == "PROCESSED"


def test_the_test_of_a_notification_is_no_letter(stack: MakeStack) -> None:
    deployed = stack(QUEUED)
    sent(deployed, names.DEAD_LETTERS, json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}))
    deployed.settle()
    assert (letters(deployed), deployed.waiting(names.DEAD_LETTERS)) == ([], 0)


def test_a_schedule_that_failed_each_time_is_a_letter_and_an_alert(stack: MakeStack) -> None:
    deployed = stack(QUEUED)
    tick = envelopes.scheduled("2026-11-21T12:00:00Z")
    sent(deployed, names.DEAD_LETTERS, envelopes.failed_invocation("sweep_orders", tick))
    deployed.settle()
    (letter,) = letters(deployed)
    assert (letter["function"], letter["error"]) == ("sweep_orders", "RuntimeError: it went wrong")
    assert letter["payload"] == tick
    assert [function for function, _ in alerts(deployed)] == ["sweep_orders"]
    refused = deployed.request("POST", "/dead-letters/redrive", {"all": True}, staff=True).json["refused"]
    assert len(refused) == 1


class AwayMail:
    """A mail service that is away, so often."""

    def __init__(self, times: int) -> None:
        self.left, self.sent = times, list[SendMail]()

    def send(self, mail: SendMail) -> None:
        """Hand it over, once it is back."""
        if self.left:
            self.left -= 1
            raise MailUnavailable("no route to the server", rest_ms=0)
        self.sent.append(mail)


def test_a_service_that_is_away_uses_up_no_receive(stack: MakeStack) -> None:
    mail = AwayMail(20)
    deployed = stack(QUEUED, ports={"mail": mail}, at_once=True)
    accepted = place(deployed)
    deployed.settle()
    assert len(mail.sent) == 1
    assert mails(deployed, accepted["orderId"]) == [("OrderProcessed", "SENT")]
    assert letters(deployed) == []


def test_a_mail_that_is_given_up_says_so(stack: MakeStack) -> None:
    class Broken:
        """A mail service with a defect."""

        def send(self, mail: SendMail) -> None:
            """Fail."""
            raise RuntimeError("broken")

    deployed = stack(QUEUED, ports={"mail": Broken()})
    accepted = place(deployed)
    deployed.settle()
    assert mails(deployed, accepted["orderId"]) == [("OrderProcessed", "FAILED")]
    assert [letter["function"] for letter in letters(deployed)] == ["send_email"]


def test_what_there_is_no_time_for_comes_again(stack: MakeStack) -> None:
    deployed = stack(QUEUED)
    accepted = place(deployed)
    messages = received(deployed, "order-queue")
    event = envelopes.sqs("order-queue", messages)
    answer = deployed.invoke("process_order", event, Context(left_ms=9_999))
    assert answer == {"batchItemFailures": [{"itemIdentifier": messages[0]["MessageId"]}]}
    deployed.settle()
    assert order(deployed, accepted)["status"] == "PROCESSED"


def test_change_records_there_is_no_time_for_come_again(stack: MakeStack) -> None:
    deployed = stack("stream")
    place(deployed)
    place(deployed)
    first, second = envelopes.stream("orders", deployed._changes("process_order", "orders"))["Records"]
    left = iter([30_000, 9_999])

    class Running:
        """Time runs out after the first."""

        def get_remaining_time_in_millis(self) -> int:
            """What is left."""
            return next(left)

    answer = deployed.handler("process_order")({"Records": [first, second]}, Running())
    assert answer == {"batchItemFailures": [{"itemIdentifier": second["dynamodb"]["SequenceNumber"]}]}


def test_a_dead_letter_that_cannot_be_taken_stays_for_people(stack: MakeStack) -> None:
    deployed = stack(QUEUED, at_once=True)
    deployed.deployment.client("dynamodb").delete_table(TableName=deployed.deployment.name("dead-letters"))
    sent(deployed, names.DEAD_LETTERS, "{}", queue="mail-queue", function="send_email", error="X: y", receives="5")
    deployed.settle()
    assert deployed.waiting(names.DEAD_LETTERS) == 0
    assert [message["Body"] for message in received(deployed, names.DEAD_MESSAGES)] == ["{}"]


def test_an_order_that_stands_still_is_sent_again(stack: MakeStack) -> None:
    deployed = stack("workflow", environment={"ORDERMILL_ORDER_DEADLINE_S": "60"})
    accepted = place(deployed)
    # Its message gets lost.
    (message,) = received(deployed, "order-queue")
    url = deployed.deployment.queue_url("order-queue")
    deployed.deployment.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    deployed.settle()
    assert order(deployed, accepted)["status"] == "PENDING"
    placed_at = int(items(deployed, "orders")[0]["creationKey"].partition("#")[0])
    for minutes, status in ((0.9, "PENDING"), (1.5, "PROCESSED")):
        at = datetime.fromtimestamp(placed_at / 1000 + 60 * minutes, UTC).isoformat(timespec="milliseconds")
        deployed.invoke("sweep_orders", envelopes.scheduled(at.replace("+00:00", "Z")))
        deployed.settle()
        assert order(deployed, accepted)["status"] == status
    assert alerts(deployed) == [("sweep_orders", "ORDER_STUCK")]
