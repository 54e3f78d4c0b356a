"""A deployment on moto, in this process: its names, its clients, and its queues and topics as the topology has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.session import Session
from moto import mock_aws
from moto.backends import get_backend

from ordermill.adapters.aws.deployment import Deployment
from ordermill.topology.loader import load
from ordermill.topology.views import subscriptions

ACCOUNT = "123456789012"
REGION = "eu-central-1"


@cache
def _session() -> Session:
    """One for all tests: it keeps what it has read of its services' descriptions."""
    return Session()


@contextmanager
def deployed() -> Iterator[Deployment]:
    """An empty account, with credentials that are good for nothing."""
    with mock_aws():
        yield Deployment("mill", REGION, ACCOUNT, session=_session())


def create_queues(deployment: Deployment, *names: str) -> None:
    for name in names:
        deployment.client("sqs").create_queue(QueueName=deployment.name(name))


def create_messaging(deployment: Deployment) -> None:
    """The topology's queues and topics, and its subscriptions: with raw delivery, and their filters."""
    topology, sns = load(), deployment.client("sns")
    create_queues(deployment, *topology.queues)
    for topic in topology.topics:
        sns.create_topic(Name=deployment.name(topic))
        for queue, filter_ in subscriptions(topology, topic).items():
            attributes = {"RawMessageDelivery": "true"}
            if filter_ is not None:
                attributes["FilterPolicy"] = json.dumps({name: list(values) for name, values in filter_.items()})
            sns.subscribe(
                TopicArn=deployment.topic_arn(topic),
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{deployment.name(queue)}",
                Attributes=attributes,
            )


def received(deployment: Deployment, queue: str) -> list[dict[str, Any]]:
    """All messages that can be received now, as SQS gives them; they are gone then."""
    sqs, url = deployment.client("sqs"), deployment.queue_url(queue)
    found: list[dict[str, Any]] = []
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        messages = answer.get("Messages", [])
        if not messages:
            return found
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += messages


def pass_ms(deployment: Deployment, queue: str, ms: int) -> None:
    """Let time pass for a queue: moto goes by the machine's clock, which tests do not wait for."""
    for message in get_backend("sqs")[ACCOUNT][REGION].queues[deployment.name(queue)]._messages:
        message.delayed_until -= ms
        message.visible_at -= ms


@contextmanager
def failing(client: Any, operation: str, error: Exception) -> Iterator[None]:
    """A client whose calls of an operation, such as `SendMessage`, end with `error` before they are sent."""

    def fail(**_: Any) -> None:
        raise error

    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, fail, unique_id="fails")
    try:
        yield
    finally:
        client.meta.events.unregister(event, unique_id="fails")
