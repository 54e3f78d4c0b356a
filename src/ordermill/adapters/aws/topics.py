"""Topics on SNS. Every subscription is a queue, with raw delivery, and filters by the attribute `type`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from ordermill.adapters.aws.batches import Entry, Pause, entry, send_in_batches
from ordermill.adapters.aws.deployment import Deployment
from ordermill.domain.alerts import Alert
from ordermill.domain.events import OrderEvent

_encode = msgspec.json.Encoder().encode


class SnsTopic:
    """Port of one topic, as `EventTopic` and `AlertTopic`."""

    def __init__(self, deployment: Deployment, topic: str, *, pause: Pause = time.sleep) -> None:
        """`topic` is a key of the topology; `pause` waits between tries."""
        self._deployment, self._topic, self._pause = deployment, topic, pause

    def publish(self, messages: Sequence[OrderEvent | Alert]) -> None:
        """See `EventTopic.publish` and `AlertTopic.publish`.

        Raises MessageTooLarge, MessageRefused, StorageUnavailable.
        """
        send_in_batches(self._topic, self._call, [_entry(message) for message in messages], self._pause)

    def _call(self, batch: list[dict[str, Any]]) -> dict[str, Any]:
        arn = self._deployment.topic_arn(self._topic)
        answer: dict[str, Any] = self._deployment.client("sns").publish_batch(
            TopicArn=arn, PublishBatchRequestEntries=batch
        )
        return answer


def _entry(message: OrderEvent | Alert) -> Entry:
    attributes = {"type": str(message.type)} if isinstance(message, OrderEvent) else {}
    return entry(_encode(message), "Message", attributes)
