"""One queue and its consumer: what is ready, what is in flight, and what becomes of it.

In memory is only what helps to find the next message; counts and turns are in the message log.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from ordermill.domain.dead_letters import ENDED, DeadLetter, payload_of
from ordermill.ports.journal import Message, MessageLog, StorageBroken, StorageFull
from ordermill.runtime.backlog import Backlog
from ordermill.runtime.handlers import Delivery, Exhausted, Handler, Receiving, Staged, earliest, overdue

log = logging.getLogger(__name__)


class QueueSource:
    """Implements the engine's `Source` over one queue.

    `decode` reads a body; `adapt`, where there is one, makes the handler's message of what was read or sent.
    """

    def __init__(
        self,
        handler: Handler,
        queue: str,
        *,
        messages: MessageLog,
        decode: Callable[[bytes], Any],
        receiving: Receiving,
        adapt: Callable[[Any], Any] | None = None,
    ) -> None:
        self.handler, self.queue, self.edge = handler, queue, f"{queue}>{handler.name}"
        self._log, self._decode, self._adapt = messages, decode, adapt
        self._receiving, self._now = receiving, receiving.now_ms
        # Whoever looks before the first recovery sees nothing.
        self._in_flight: dict[int, Delivery] = {}
        self._suspects: deque[int] = deque()

    def recover(self) -> None:
        """Leases of before are void: what was in flight comes back one by one, its count kept."""
        self._backlog: Backlog[Message] = Backlog(_id, self._fetch, 0)
        self._in_flight = {}
        self._ordered = True
        self._suspects = deque(self._log.suspects(self.queue))
        self._due, self._ask_due = self._log.next_due(self.queue), False
        self._exhausted: list[Exhausted] = []
        self._rests_until = 0

    def offer(self, sent: list[Message]) -> None:
        """Messages of the open transaction, this queue's among them."""
        self._backlog.offer([message for message in sent if message.queue == self.queue])

    def await_delayed(self, delayed: list[tuple[Message, int]]) -> None:
        """Messages of the open transaction that were sent for later, this queue's among them."""
        for message, retry_at in delayed:
            if message.queue == self.queue:
                self._due = retry_at if self._due is None else min(self._due, retry_at)

    def refill(self) -> None:
        """Read more if few are left; outside the transaction."""
        self._backlog.refill()
        if self._ask_due:
            self._due, self._ask_due = self._log.next_due(self.queue), False

    def claim(self, limit: int) -> list[Delivery]:
        """Up to `limit` messages, their receive counted in the open transaction."""
        limit = min(limit, self._receiving.in_flight_max - len(self._in_flight))
        if limit <= 0:
            return []
        now, taken = self._now(), list[Message]()
        if now < self._rests_until:
            return []
        if self._due is not None and self._due <= now:
            # What is taken here still shows as due until the commit, so `refill` asks again after it.
            taken, self._due, self._ask_due = self._log.due(self.queue, now, limit), None, True
        backlog = self._backlog
        while len(taken) < limit and backlog:
            taken.append(backlog.take())
        return [self._deliver(message, now) for message in self._receivable(taken)]

    def claim_suspect(self) -> Delivery | None:
        """The next message that may have killed the process before."""
        while self._suspects:
            message = self._log.read(self._suspects.popleft())
            if message is not None and self._receivable([message]):
                return self._deliver(message, self._now())
        return None

    def admit(self, delivery: Delivery) -> bool:
        """Whether the delivery may run now; decodes and adapts its payload."""
        if delivery.payload is None:
            delivery.payload = self._decode(delivery.item.body)
        if self._adapt is not None:
            delivery.payload = self._adapt(delivery.payload)
        return True

    def current(self, delivery: Delivery) -> bool:
        """Whether this receive still holds the message: a late answer to an expired one changes nothing."""
        return self._in_flight.get(delivery.item.id) is delivery

    def hold(self, delivery: Delivery, for_ms: int) -> None:
        """Let this receive wait for its turn, with so much more time for it."""
        delivery.deadline_ms += for_ms
        self._ordered = False

    def done(self, delivery: Delivery) -> None:
        """Acknowledge."""
        del self._in_flight[delivery.item.id]
        self._log.delete([delivery.item])

    def uncount(self) -> None:
        """Take back the receives of what was in flight: not the process failed but its storage."""
        self._log.uncount(self.queue, self._suspects)

    def failed(self, delivery: Delivery, error: str, *, counts: bool = True) -> bool:
        """Back off, or after the last receive keep it as a dead letter: whether that was the last.

        The receive is used up if it `counts`.
        """
        message: Message = delivery.item
        del self._in_flight[message.id]
        if counts and message.receives >= self._receiving.max_receives:
            self._bury(message, error)
            return True
        retry_at = self._now() + self._receiving.backoff.delay_ms(message.receives)
        if not counts:
            message.receives = max(1, message.receives - 1)
        self._log.postpone(message, retry_at)
        self._due = retry_at if self._due is None else min(self._due, retry_at)
        return False

    def rest(self, for_ms: int) -> None:
        """Claim nothing for so long: what the messages need is away."""
        self._rests_until = self._now() + for_ms

    def exhausted(self) -> list[Exhausted]:
        """What claims gave up on since the last time."""
        given_up, self._exhausted = self._exhausted, []
        return given_up

    def expired(self, now: int) -> list[Delivery]:
        """Deliveries whose visibility timeout is over."""
        self._ordered = self._ordered or not self._in_flight
        return overdue(self._in_flight.values(), now, ordered=self._ordered)

    def next_due_ms(self, *, claims: bool) -> int | None:
        """When there is something to do without being told; what only waits for its turn counts if it `claims`."""
        claims = claims and len(self._in_flight) < self._receiving.in_flight_max
        due = self._due if claims else None
        if claims and (due is not None or self._backlog) and self._now() < self._rests_until:
            due = max(due or 0, self._rests_until)
        return earliest(due, self._in_flight.values(), ordered=self._ordered)

    def ready(self, *, suspects: bool) -> bool:
        """Whether a claim would find something now; `suspects`: whether it may be one of those."""
        if suspects and self._suspects:
            return True
        now = self._now()
        if now < self._rests_until:
            return False
        due = self._due is not None and self._due <= now
        return (bool(self._backlog) or due) and len(self._in_flight) < self._receiving.in_flight_max

    def in_flight(self) -> int:
        """How many deliveries are under way."""
        return len(self._in_flight)

    def suspects(self) -> tuple[int, ...]:
        """Messages in flight when the process before died, that wait for their turn alone, by id."""
        return tuple(self._suspects)

    def save(self) -> None:
        """Nothing: every message carries its own state."""

    def _deliver(self, message: Message, now: int) -> Delivery:
        self._log.receive([message])
        delivery = Delivery(
            self, message, message.payload, message.order_id, message.receives, now + self._receiving.visibility_ms
        )
        self._in_flight[message.id] = delivery
        return delivery

    def _receivable(self, messages: list[Message]) -> list[Message]:
        good = []
        for message in messages:
            if message.receives >= self._receiving.max_receives:
                self._bury(message, ENDED)
                self._exhausted.append((message.order_id, message.receives))
            else:
                good.append(message)
        return good

    def _bury(self, message: Message, error: str) -> None:
        self._log.bury(
            DeadLetter(
                f"{self.queue}-{message.id}-{message.sent_at}",
                self.queue,
                self.handler.name,
                message.order_id,
                error,
                message.receives,
                message.redrives,
                self._now(),
                payload_of(message.body),
            )
        )
        self._log.delete([message])
        gave_up = self.handler.gave_up if isinstance(self.handler, Staged) else None
        if gave_up is not None:
            self._tell(gave_up, message, error)

    def _tell(self, gave_up: Callable[[Any, str], Any], message: Message, error: str) -> None:
        """Let the function note it; whether it can or not, the letter is kept."""
        try:
            gave_up(self._decode(message.body), error)
        except (StorageFull, StorageBroken):
            raise
        except Exception:
            log.exception("%s could not note that it gave up a message", self.handler.name)

    def _fetch(self, after: int, limit: int) -> list[Message]:
        return self._log.fresh(self.queue, after, limit)


def _id(message: Message) -> int:
    return message.id
