"""Service `messages` on SQS: sends on what was to be consumed, wherever its consumer takes it from."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
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
        streamed: bool = False,
        pause: Pause = time.sleep,
    ) -> None:
        """`queues` are those with a consumer in this pipeline.

        `streamed`: a new order's change record leads to its processing.
        `retry_queues` leads from each stream consumer there, `table>function`, to the queue it takes from besides.
        """
        self._deployment, self._pause, self._streamed = deployment, pause, streamed
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
        self._send(target, [(body_of(letter.payload), {REDRIVES: letter.redrives + 1})])

    def start(self, messages: Sequence[ProcessOrder]) -> None:
        """See `Messages.start`. Raises as `redrive` does."""
        if not self._streamed:
            self._send(ORDER_QUEUE, [(_encode(message), {}) for message in messages])

    def process(self, message: ProcessOrder) -> None:
        """See `Messages.process`. Raises as `redrive` does."""
        self._send(ORDER_QUEUE, [(_encode(message), {})])

    def _send(self, queue: str, bodies: Sequence[tuple[bytes, Mapping[str, int]]]) -> None:
        send_bodies(self._deployment, queue, bodies, pause=self._pause)
