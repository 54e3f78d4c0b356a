"""What queues and topics do on AWS besides: partial failures, attributes, delays, and what a receiver asks for.

moto takes every batch whole, so what SQS and SNS answer otherwise is played by botocore's own stubber, which holds
requests and answers to the services' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from ordermill.adapters.aws.batches import ATTEMPTS, Attributes, MessageRefused
from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.messages import SqsMessages
from ordermill.adapters.aws.queues import LONGEST_HIDDEN_S, SqsQueue, SqsReceiver, send_bodies
from ordermill.adapters.aws.topics import SnsTopic
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert, ProcessOrder
from ordermill.domain.errors import StorageUnavailable
from ordermill.domain.events import EventType
from ordermill.ports.messaging import LONGEST_DELAY_MS, MESSAGE_LIMIT, MessageTooLarge
from tests.contract import aws_services_kit as aws
from tests.contract.messaging_kit import event_of, letter_of
from tests.contract.stores_kit import MakeOrder

Answer = dict[str, Any]


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with aws.deployed() as deployment:
        yield deployment


def order(number: int) -> ProcessOrder:
    return ProcessOrder(f"ord_{number}", 1)


def entry(number: int, id_: int, **members: Any) -> Answer:
    return {"Id": str(id_), "MessageBody": msgspec.json.encode(order(number)).decode(), **members}


def request(deployment: Deployment, *entries: Answer, queue: str = "order-queue") -> Answer:
    return {"QueueUrl": deployment.queue_url(queue), "Entries": list(entries)}


def answer(taken: list[int], failed: list[tuple[int, bool, str]] = []) -> Answer:  # noqa: B006
    return {
        "Successful": [{"Id": str(id_), "MessageId": "m", "MD5OfMessageBody": "x"} for id_ in taken],
        "Failed": [{"Id": str(id_), "SenderFault": fault, "Code": code} for id_, fault, code in failed],
    }


class TestPartialFailures:
    def test_only_what_failed_is_sent_again_with_pauses_that_grow(self, deployment: Deployment) -> None:
        pauses: list[float] = []
        with Stubber(deployment.client("sqs")) as stub:
            stub.add_response(
                "send_message_batch",
                answer([0, 2], [(1, False, "InternalError"), (3, False, "InternalError")]),
                request(deployment, *[entry(number, number) for number in range(4)]),
            )
            stub.add_response(
                "send_message_batch",
                answer([3], [(1, False, "InternalError")]),
                request(deployment, entry(1, 1), entry(3, 3)),
            )
            stub.add_response("send_message_batch", answer([1]), request(deployment, entry(1, 1)))
            SqsQueue(deployment, "order-queue", pause=pauses.append).send([order(number) for number in range(4)])
            stub.assert_no_pending_responses()
        assert [0 <= pause <= most for pause, most in zip(pauses, (0.2, 0.4), strict=True)] == [True, True]

    def test_each_batch_of_ten_is_its_own(self, deployment: Deployment) -> None:
        with Stubber(deployment.client("sqs")) as stub:
            for numbers in (range(10), range(10, 12)):
                entries = [entry(number, id_) for id_, number in enumerate(numbers)]
                stub.add_response(
                    "send_message_batch", answer(list(range(len(entries)))), request(deployment, *entries)
                )
            SqsQueue(deployment, "order-queue").send([order(number) for number in range(12)])
            stub.assert_no_pending_responses()

    def test_a_batch_is_within_the_limit_as_a_whole(self, deployment: Deployment) -> None:
        """moto takes a mebibyte at once, as SQS does by now; SNS does not."""
        size = MESSAGE_LIMIT // 2
        sent: list[tuple[str, Attributes]] = [("x" * (size - 1), {}), ("x" * (size + 1), {}), ("x", {})]
        with Stubber(deployment.client("sqs")) as stub:
            for bodies in (sent[:2], sent[2:]):
                entries = [{"Id": str(id_), "MessageBody": body} for id_, (body, _) in enumerate(bodies)]
                stub.add_response("send_message_batch", answer(list(range(len(bodies)))), request(deployment, *entries))
            send_bodies(deployment, "order-queue", sent)
            stub.assert_no_pending_responses()

    def test_what_is_neither_taken_nor_failed_is_sent_again(self, deployment: Deployment) -> None:
        with Stubber(deployment.client("sqs")) as stub:
            stub.add_response("send_message_batch", answer([0]))
            stub.add_response("send_message_batch", answer([1]), request(deployment, entry(1, 1)))
            SqsQueue(deployment, "order-queue", pause=lambda _: None).send([order(0), order(1)])
            stub.assert_no_pending_responses()

    def test_it_gives_up_in_the_end(self, deployment: Deployment) -> None:
        pauses: list[float] = []
        with Stubber(deployment.client("sqs")) as stub:
            for _ in range(ATTEMPTS):
                stub.add_response("send_message_batch", answer([], [(0, False, "InternalError")]))
            queue = SqsQueue(deployment, "order-queue", pause=pauses.append)
            with pytest.raises(StorageUnavailable, match="order-queue did not take 1 of 1 messages: InternalError"):
                queue.send([order(0)])
            stub.assert_no_pending_responses()
        assert len(pauses) == ATTEMPTS - 1

    def test_a_fault_of_the_senders_is_told_at_once(self, deployment: Deployment) -> None:
        with Stubber(deployment.client("sqs")) as stub:
            stub.add_response("send_message_batch", answer([0], [(1, True, "InvalidMessageContents")]))
            queue = SqsQueue(deployment, "order-queue", pause=_never)
            with pytest.raises(MessageRefused, match="order-queue refused a message: InvalidMessageContents"):
                queue.send([order(0), order(1)])

    @pytest.mark.parametrize("code", ["RequestThrottled", "ThrottlingException", "KMSThrottlingException"])
    def test_throttling_passes_though_it_counts_as_the_senders_fault(self, deployment: Deployment, code: str) -> None:
        with Stubber(deployment.client("sqs")) as stub:
            stub.add_response("send_message_batch", answer([], [(0, True, code)]))
            stub.add_response("send_message_batch", answer([0]))
            SqsQueue(deployment, "order-queue", pause=lambda _: None).send([order(0)])
            stub.assert_no_pending_responses()

    def test_a_topic_goes_about_it_alike(self, deployment: Deployment, make_order: MakeOrder) -> None:
        event = event_of(make_order, EventType.ORDER_PAID)
        members = {
            "Message": msgspec.json.encode(event).decode(),
            "MessageAttributes": {"type": {"DataType": "String", "StringValue": "OrderPaid"}},
        }
        arn = deployment.topic_arn("order-events")
        with Stubber(deployment.client("sns")) as stub:
            for ids, taken, failed in ((("0", "1"), ["0"], ["1"]), (("1",), ["1"], [])):
                stub.add_response(
                    "publish_batch",
                    {
                        "Successful": [{"Id": id_, "MessageId": "m"} for id_ in taken],
                        "Failed": [{"Id": id_, "SenderFault": False, "Code": "InternalError"} for id_ in failed],
                    },
                    {"TopicArn": arn, "PublishBatchRequestEntries": [{**members, "Id": id_} for id_ in ids]},
                )
            SnsTopic(deployment, "order-events", pause=lambda _: None).publish([event, event])
            stub.assert_no_pending_responses()

    def test_an_alert_has_no_type_to_filter_by(self, deployment: Deployment) -> None:
        alert = Alert("alr_1", "info", "f", None, "R", "x", 1)
        with Stubber(deployment.client("sns")) as stub:
            stub.add_response(
                "publish_batch",
                {"Successful": [{"Id": "0", "MessageId": "m"}], "Failed": []},
                {
                    "TopicArn": deployment.topic_arn("alerts"),
                    "PublishBatchRequestEntries": [{"Id": "0", "Message": msgspec.json.encode(alert).decode()}],
                },
            )
            SnsTopic(deployment, "alerts").publish([alert])
            stub.assert_no_pending_responses()


def _never(seconds: float) -> None:
    pytest.fail("it was to be told at once")


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "AccessDenied", "RequestThrottled"])
def test_a_call_that_fails_whole_is_an_outage(deployment: Deployment, code: str) -> None:
    with Stubber(deployment.client("sqs")) as stub:
        stub.add_client_error("send_message_batch", code)
        with pytest.raises(StorageUnavailable, match=code):
            SqsQueue(deployment, "order-queue", pause=_never).send([order(0)])


def test_a_call_without_an_answer_is_an_outage(deployment: Deployment) -> None:
    error = ConnectTimeoutError(endpoint_url="https://sqs")
    with (
        aws.failing(deployment.client("sqs"), "SendMessageBatch", error),
        pytest.raises(StorageUnavailable, match="ConnectTimeoutError"),
    ):
        SqsQueue(deployment, "order-queue", pause=_never).send([order(0)])


@pytest.mark.parametrize(("delay_ms", "delay_s"), [(1, 1), (59_000, 59), (59_001, 60), (LONGEST_DELAY_MS, 900)])
def test_a_delay_is_rounded_up(deployment: Deployment, delay_ms: int, delay_s: int) -> None:
    message = DeliverAlert("alr_1", None, "target")
    body = msgspec.json.encode(message).decode()
    with Stubber(deployment.client("sqs")) as stub:
        stub.add_response(
            "send_message_batch",
            answer([0]),
            request(deployment, {"Id": "0", "MessageBody": body, "DelaySeconds": delay_s}, queue="alert-queue"),
        )
        SqsQueue(deployment, "alert-queue").send([message], delay_ms=delay_ms)
        stub.assert_no_pending_responses()


class TestBodies:
    @pytest.fixture(autouse=True)
    def queues(self, deployment: Deployment) -> None:
        aws.create_queues(deployment, "dead-letters", "mail-queue")

    def test_they_go_as_they_are_with_their_attributes(self, deployment: Deployment) -> None:
        attributes: dict[str, str | int] = {"queue": "mail-queue", "error": "Boom: grüß 👩", "receives": 5, "empty": ""}
        send_bodies(deployment, "dead-letters", [(b"{ }", attributes), ("text", {})])
        messages = sorted(aws.received(deployment, "dead-letters"), key=lambda message: message["Body"])
        assert [message["Body"] for message in messages] == ["text", "{ }"]
        assert "MessageAttributes" not in messages[0]
        assert messages[1]["MessageAttributes"] == {
            "queue": {"DataType": "String", "StringValue": "mail-queue"},
            "error": {"DataType": "String", "StringValue": "Boom: grüß 👩"},
            "receives": {"DataType": "Number", "StringValue": "5"},
        }

    def test_an_attribute_may_quote_anything(self, deployment: Deployment) -> None:
        """AWS refuses a message whose text holds what XML does not know; moto takes it."""
        send_bodies(deployment, "dead-letters", [("x", {"error": "a\0b\ud800c\ufffed\tö"})])
        (message,) = aws.received(deployment, "dead-letters")
        assert message["MessageAttributes"]["error"]["StringValue"] == "a\ufffdb\ufffdc\ufffdd\tö"

    def test_attributes_count_towards_the_limit(self, deployment: Deployment) -> None:
        name_type_value = len("error") + len("String") + len("x")
        body = "x" * (MESSAGE_LIMIT - name_type_value)
        send_bodies(deployment, "dead-letters", [(body, {"error": "x"})])
        assert len(aws.received(deployment, "dead-letters")) == 1
        with pytest.raises(MessageTooLarge, match=str(MESSAGE_LIMIT + 1)):
            send_bodies(deployment, "dead-letters", [(body, {"error": "xx"})])

    @pytest.mark.parametrize("delay_s", [-1, 901])
    def test_a_delay_that_cannot_be_is_refused(self, deployment: Deployment, delay_s: int) -> None:
        with pytest.raises(ValueError, match=f"for {delay_s} s later"):
            send_bodies(deployment, "mail-queue", [("x", {})], delay_s=delay_s)

    def test_a_body_that_is_no_text_is_refused(self, deployment: Deployment) -> None:
        with pytest.raises(ValueError, match="utf-8"):
            send_bodies(deployment, "mail-queue", [(b"\xff", {})])

    def test_a_letter_that_leads_nowhere_is_not_sent(self, deployment: Deployment) -> None:
        with pytest.raises(ValueError, match="nothing consumes other"):
            SqsMessages(deployment, ["mail-queue"], {}).redrive(letter_of("other", b"{}"))


class TestReceiver:
    @pytest.fixture(autouse=True)
    def queue(self, deployment: Deployment) -> None:
        aws.create_queues(deployment, "mail-queue")
        send_bodies(deployment, "mail-queue", [("x", {})])

    def receive(self, deployment: Deployment) -> list[str]:
        answer = deployment.client("sqs").receive_message(QueueUrl=deployment.queue_url("mail-queue"))
        return [message["ReceiptHandle"] for message in answer.get("Messages", [])]

    def test_a_message_is_hidden_for_so_long(self, deployment: Deployment) -> None:
        receiver = SqsReceiver(deployment, "mail-queue")
        (handle,) = self.receive(deployment)
        receiver.hide(handle, 5000)
        aws.pass_ms(deployment, "mail-queue", 4_000_000)
        assert self.receive(deployment) == []
        aws.pass_ms(deployment, "mail-queue", 1_001_000)
        assert len(self.receive(deployment)) == 1

    def test_a_message_is_shown_at_once(self, deployment: Deployment) -> None:
        (handle,) = self.receive(deployment)
        assert self.receive(deployment) == []
        SqsReceiver(deployment, "mail-queue").hide(handle, 0)
        aws.pass_ms(deployment, "mail-queue", 2)
        assert len(self.receive(deployment)) == 1

    @pytest.mark.parametrize(
        "code", ["ReceiptHandleIsInvalid", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"]
    )
    def test_one_that_is_another_receivers_by_now_is_left_alone(self, deployment: Deployment, code: str) -> None:
        with Stubber(deployment.client("sqs")) as stub:
            stub.add_client_error("change_message_visibility", code)
            SqsReceiver(deployment, "mail-queue").hide("handle", 5)
            stub.assert_no_pending_responses()

    def test_all_else_is_an_outage(self, deployment: Deployment) -> None:
        with Stubber(deployment.client("sqs")) as stub:
            stub.add_client_error("change_message_visibility", "AccessDenied")
            with pytest.raises(StorageUnavailable, match="AccessDenied"):
                SqsReceiver(deployment, "mail-queue").hide("handle", 5)

    @pytest.mark.parametrize("seconds", [-1, LONGEST_HIDDEN_S + 1])
    def test_none_is_hidden_for_longer_than_can_be(self, deployment: Deployment, seconds: int) -> None:
        with pytest.raises(ValueError, match="cannot be hidden"):
            SqsReceiver(deployment, "mail-queue").hide("handle", seconds)


@pytest.mark.parametrize("make", [SqsQueue, SnsTopic, SqsReceiver])
def test_a_port_reaches_for_nothing_when_it_is_made(make: Callable[[Deployment, str], object]) -> None:
    class Unreachable(Deployment):
        def client(self, service: str) -> Any:
            pytest.fail("a client was asked for")

    make(Unreachable("mill", aws.REGION, aws.ACCOUNT), "mail-queue")
