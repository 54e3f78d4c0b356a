"""Service `messages` on SQS: sends on what was to be consumed, wherever its consumer takes it from."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from ordermill.adapters.aws.batches import Pause
from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.queues import send_bodies
from ordermill.domain.commands import ProcessOrder
from ordermill.domain.dead_letters import DeadLetter, body_of
from ordermill.ports.messaging import ORDER_QUEUE

REDRIVES: Final = "redrives"
"""The attribute that counts how often a message came back from the dead letters."""

_encode = msgspec.json.Encoder().encode


class SqsMessages:
    """Port `Messages`."""

    def __init__(
        self,
        deployment: Deployment,
        queues: Collection[str],
        retry_queues: Mapping[str, str],
        *,
        pause: Pause = time.sleep,
    ) -> None:
        """`queues` are those with a consumer in this pipeline.

        `retry_queues` leads from each stream consumer there, `table>function`, to the queue it takes from besides.
        """
        self._deployment, self._pause = deployment, pause
        self._targets = {**{queue: queue for queue in queues}, **retry_queues}

    def reaches(self, letter: DeadLetter) -> bool:
        """See `Messages.reaches`."""
        return letter.queue in self._targets

    def redrive(self, letter: DeadLetter) -> None:
        """See `Messages.redrive`.

        Raises ValueError if nothing consumes what it would send, or it is no text; MessageTooLarge, MessageRefused,
        StorageUnavailable.
        """
        target = self._targets.get(letter.queue)
        if target is None:
            raise ValueError(f"nothing consumes {letter.queue}")
        self._send(target, body_of(letter.payload), {REDRIVES: letter.redrives + 1})

    def process(self, message: ProcessOrder) -> None:
        """See `Messages.process`. Raises as `redrive` does."""
        self._send(ORDER_QUEUE, _encode(message), {})

    def _send(self, queue: str, body: bytes, attributes: Mapping[str, int]) -> None:
        send_bodies(self._deployment, queue, [(body, attributes)], pause=self._pause)
