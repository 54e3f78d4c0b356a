"""Queues on SQS: sending to them, and what a receiver tells them. Receiving itself is Lambda's affair."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from ordermill.adapters.aws.batches import Attributes, Entry, Pause, entry, send_in_batches
from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of, storage
from ordermill.domain.commands import DeliverAlert, ProcessOrder, SendMail, TellSubscribers
from ordermill.ports.messaging import LONGEST_DELAY_MS

LONGEST_HIDDEN_S: Final = 43_200
"""How long SQS hides a message at most."""
_NOT_OURS: Final = frozenset(
    {"ReceiptHandleIsInvalid", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"}
)

_encode = msgspec.json.Encoder().encode


class SqsQueue:
    """Port of one queue, as `OrderQueue`, `MailQueue` and `AlertQueue`."""

    def __init__(self, deployment: Deployment, queue: str, *, pause: Pause = time.sleep) -> None:
        """`queue` is a key of the topology; `pause` waits between tries."""
        self._deployment, self._queue, self._pause = deployment, queue, pause

    def send(
        self, messages: Sequence[ProcessOrder | SendMail | DeliverAlert | TellSubscribers], *, delay_ms: int = 0
    ) -> None:
        """See `AlertQueue.send`; a delay is rounded up to whole seconds.

        Raises ValueError at too long a delay, MessageTooLarge, MessageRefused, StorageUnavailable.
        """
        if not 0 <= delay_ms <= LONGEST_DELAY_MS:
            raise ValueError(f"a message cannot be sent for {delay_ms} ms later")
        bodies: list[tuple[bytes, Attributes]] = [(_encode(message), {}) for message in messages]
        send_bodies(self._deployment, self._queue, bodies, delay_s=-(-delay_ms // 1000), pause=self._pause)


def send_bodies(
    deployment: Deployment,
    queue: str,
    bodies: Iterable[tuple[bytes | str, Attributes]],
    *,
    delay_s: int = 0,
    pause: Pause = time.sleep,
) -> None:
    """Send bodies as they are, each with its attributes; `queue` is its key in the topology, or another of ours.

    Raises ValueError where a body is no text or the delay too long, MessageTooLarge, MessageRefused,
    StorageUnavailable.
    """
    if not 0 <= delay_s * 1000 <= LONGEST_DELAY_MS:
        raise ValueError(f"a message cannot be sent for {delay_s} s later")
    # Only where there is one: what is not said here, the queue's own setting says.
    later = {"DelaySeconds": delay_s} if delay_s else {}
    entries: list[Entry] = [entry(body, "MessageBody", attributes, **later) for body, attributes in bodies]

    def call(batch: list[dict[str, Any]]) -> dict[str, Any]:
        url = deployment.queue_url(queue)
        answer: dict[str, Any] = deployment.client("sqs").send_message_batch(QueueUrl=url, Entries=batch)
        return answer

    send_in_batches(queue, call, entries, pause)


class SqsReceiver:
    """What a receiver of one queue may ask of it."""

    def __init__(self, deployment: Deployment, queue: str) -> None:
        """`queue` is a key of the topology, or another of ours."""
        self._deployment, self._queue = deployment, queue

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Let nobody receive the message for so long from now on; 0 shows it at once.

        Does nothing for one that is another receiver's by now, or gone. Raises ValueError beyond twelve hours,
        StorageUnavailable.
        """
        if not 0 <= seconds <= LONGEST_HIDDEN_S:
            raise ValueError(f"a message cannot be hidden for {seconds} s")
        with storage():
            try:
                self._deployment.client("sqs").change_message_visibility(
                    QueueUrl=self._deployment.queue_url(self._queue),
                    ReceiptHandle=receipt_handle,
                    VisibilityTimeout=seconds,
                )
            except ClientError as error:
                if code_of(error) not in _NOT_OURS:
                    raise
