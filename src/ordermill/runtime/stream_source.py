"""One consumer of the change stream: ordered per order, and a record that fails holds up only its own order.

Records are claimed as one range behind a checkpoint. One that fails, or comes while an earlier one of its order is
not done, is parked: copied out of the stream with its receive count, so that the checkpoint can move on.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ordermill.domain.dead_letters import ENDED, DeadLetter
from ordermill.domain.events import OrderChange
from ordermill.ports.journal import ChangeRecord, MessageLog, Parked, Position, StreamLog
from ordermill.runtime.backlog import Backlog
from ordermill.runtime.handlers import (
    ChangeFilter,
    Delivery,
    Exhausted,
    Handler,
    Receiving,
    Staged,
    earliest,
    overdue,
)

PARKED_MAX: Final = 10_000
"""With more records than this waiting, the consumer claims no new ones: the stream waits instead of the memory."""

_encode = msgspec.json.Encoder().encode


class StreamSource:
    """Implements the engine's `Source` over the change stream. `decode` makes the handler's message of a change.

    A `draining` one belongs to a pipeline that was left: it works off what was written until then, and is then
    `drained`: its position is forgotten, and it holds up nothing.
    """

    def __init__(
        self,
        handler: Handler,
        stream: str,
        *,
        changes: StreamLog,
        messages: MessageLog,
        decode: Callable[[OrderChange], Any],
        filters: list[ChangeFilter],
        receiving: Receiving,
        draining: bool = False,
    ) -> None:
        self.draining = self.drained = draining
        self.handler, self.stream, self.edge = handler, stream, f"{stream}>{handler.name}"
        self._changes, self._messages, self._decode, self._filters = changes, messages, decode, filters
        self._receiving, self._now = receiving, receiving.now_ms
        self._staged = isinstance(handler, Staged)
        # Whoever looks before the first recovery sees nothing.
        self._open: dict[int, Delivery] = {}
        self._busy: dict[str, Delivery] = {}

    def recover(self, position: Position | None) -> None:
        """Start there; what was in flight before is parked, and comes back one by one. None: nothing is left."""
        checkpoint = position.checkpoint if position else 0
        self._drain_to = position.drain_to if position else 0
        self.drained = position is None
        self.checkpoint = self._claimed_to = checkpoint
        self._saved = (checkpoint, checkpoint)
        self._backlog: Backlog[ChangeRecord] = Backlog(_seq, self._fetch, checkpoint)
        self._open, self._busy = {}, {}
        self._held: dict[str, Delivery] = {}
        self._ordered = True
        self._parked: dict[str, deque[Parked]] = {}
        self._parked_count = 0
        self._due: list[tuple[int, str]] = []
        self._suspects: deque[str] = deque()
        self._exhausted: list[Exhausted] = []
        for parked in () if self.drained else self._changes.parked(self.handler.name):
            self._parked.setdefault(parked.order_id, deque()).append(parked)
            self._parked_count += 1
        for order_id, line in self._parked.items():
            head = line[0]
            if head.retry_at is not None:
                heapq.heappush(self._due, (head.retry_at, order_id))
            elif head.receives:
                self._suspects.append(order_id)
            else:
                heapq.heappush(self._due, (self._now(), order_id))

    def offer(self, written: list[ChangeRecord]) -> None:
        """Change records of the open transaction; they are none of a draining consumer's."""
        if self._drain_to is None:
            self._backlog.offer(written)

    def resume(self, resent: list[tuple[Parked, ChangeRecord]]) -> None:
        """Records of the open transaction that come to this consumer again; to be claimed after its commit."""
        for parked, _ in resent:
            if parked.consumer != self.handler.name or self.drained:
                continue
            line = self._parked.setdefault(parked.order_id, deque())
            line.append(parked)
            self._parked_count += 1
            # Behind others it has its turn when they are done.
            if len(line) == 1 and parked.order_id not in self._busy:
                heapq.heappush(self._due, (self._now(), parked.order_id))

    def refill(self) -> None:
        """Read more if few are left; outside the transaction."""
        if not self.drained:
            self._backlog.refill()

    def claim(self, limit: int) -> list[Delivery]:
        """Up to `limit` deliveries: parked ones whose turn has come, then the next of the stream."""
        limit = min(limit, self._receiving.in_flight_max - self.in_flight())
        now, taken = self._now(), list[Delivery]()
        while self._due and self._due[0][0] <= now and len(taken) < limit:
            _, order_id = heapq.heappop(self._due)
            if delivery := self._take_parked(order_id, now):
                taken.append(delivery)
        backlog = self._backlog
        while len(taken) < limit and backlog and self._parked_count < PARKED_MAX:
            record = backlog.take()
            self._claimed_to = record.seq
            if self._wants(record) and (delivery := self._take(record, now)):
                taken.append(delivery)
        return taken

    def claim_suspect(self) -> Delivery | None:
        """The next record that may have killed the process before."""
        while self._suspects:
            if delivery := self._take_parked(self._suspects.popleft(), self._now()):
                return delivery
        return None

    def admit(self, delivery: Delivery) -> bool:
        """Whether the delivery may run now; one whose order failed earlier in its batch is parked behind it."""
        fresh = not isinstance(delivery.item, Parked)
        # Of a staged function's, one per order is under way: what is parked then came after it.
        if fresh and not self._staged and self._must_wait(delivery):
            del self._open[delivery.item.seq]
            self._release(delivery)
            self._park_behind(delivery.item)
            return False
        record = self._record(delivery)
        if delivery.payload is None:
            delivery.payload = self._decode(record.change)
        return True

    def current(self, delivery: Delivery) -> bool:
        """Whether this receive still holds the record."""
        item = delivery.item
        if isinstance(item, Parked):
            return self._busy.get(item.order_id) is delivery
        return self._open.get(item.seq) is delivery

    def hold(self, delivery: Delivery, for_ms: int) -> None:
        """Let this receive wait for its turn, and its order behind it, with so much more time for it."""
        delivery.deadline_ms += for_ms
        self._ordered = False
        assert delivery.order_id is not None
        self._busy[delivery.order_id] = self._held[delivery.order_id] = delivery

    def done(self, delivery: Delivery) -> None:
        """The record is done; what waits behind it has its turn."""
        item = delivery.item
        self._release(delivery)
        if isinstance(item, Parked):
            self._unpark(item)
        else:
            del self._open[item.seq]
            self._wake(item.change.order.order_id)

    def uncount(self) -> None:
        """Take back the receives of what was in flight: not the process failed but its storage."""
        self._changes.uncount(self.handler.name, self._suspects)

    def failed(self, delivery: Delivery, error: str, *, counts: bool = True) -> bool:
        """Park with back-off, or after the last receive keep the whole record as a dead letter: whether that was it.

        The receive is used up if it `counts`.
        """
        item, record = delivery.item, self._record(delivery)
        self._release(delivery)
        if not isinstance(item, Parked):
            del self._open[item.seq]
            item = Parked(self.handler.name, record.seq, record.change.order.order_id, 1, None)
            self._parked.setdefault(item.order_id, deque()).appendleft(item)
            self._parked_count += 1
        if counts and item.receives >= self._receiving.max_receives:
            self._bury(item, record, error)
            self._unpark(item)
            return True
        item.retry_at = self._now() + self._receiving.backoff.delay_ms(item.receives)
        if not counts:
            item.receives = max(1, item.receives - 1)
        self._changes.park(item, record)
        heapq.heappush(self._due, (item.retry_at, item.order_id))
        return False

    def rest(self, for_ms: int) -> None:
        """Nothing: each record backs off by itself, and what comes after it in its order waits."""

    def exhausted(self) -> list[Exhausted]:
        """What claims gave up on since the last time."""
        given_up, self._exhausted = self._exhausted, []
        return given_up

    def expired(self, now: int) -> list[Delivery]:
        """Deliveries whose visibility timeout is over."""
        self._ordered = self._ordered or not self._busy
        return overdue(self._busy.values(), now, ordered=self._ordered)

    def next_due_ms(self, *, claims: bool) -> int | None:
        """When there is something to do without being told; what only waits for its turn counts if it `claims`."""
        due = self._due[0][0] if self._due and claims and self.in_flight() < self._receiving.in_flight_max else None
        return earliest(due, self._busy.values(), ordered=self._ordered)

    def ready(self, *, suspects: bool) -> bool:
        """Whether a claim would find something now; `suspects`: whether it may be one of those."""
        if suspects and self._suspects:
            return True
        fresh = bool(self._backlog) and self._parked_count < PARKED_MAX
        due = bool(self._due) and self._due[0][0] <= self._now()
        return (fresh or due) and self.in_flight() < self._receiving.in_flight_max

    def in_flight(self) -> int:
        """How many deliveries are under way."""
        return len(self._busy) if self._staged else len(self._open)

    def save(self) -> None:
        """Write the position, if it moved, or forget it, once all is drained."""
        if self.drained:
            return
        if self._drain_to is not None and self._backlog.at_end and not (self._open or self._busy or self._parked):
            self._changes.close(self.handler.name)
            self.drained = True
            return
        self.checkpoint = min(next(iter(self._open)) - 1, self._claimed_to) if self._open else self._claimed_to
        state = (self.checkpoint, self._claimed_to)
        if state != self._saved:
            self._changes.move(self.handler.name, self.checkpoint, self._claimed_to)
            self._saved = state

    def _fetch(self, after: int, limit: int) -> list[ChangeRecord]:
        records = self._changes.after(after, limit)
        return [record for record in records if self._drain_to is None or record.seq <= self._drain_to]

    def _wants(self, record: ChangeRecord) -> bool:
        return any(rule.takes(record.change) for rule in self._filters)

    def _take(self, record: ChangeRecord, now: int) -> Delivery | None:
        order_id = record.change.order.order_id
        if order_id in self._parked or order_id in self._held or (self._staged and order_id in self._busy):
            self._park_behind(record)
            return None
        delivery = Delivery(self, record, None, order_id, 1, now + self._receiving.visibility_ms)
        self._open[record.seq] = delivery
        self._busy[order_id] = delivery
        return delivery

    def _take_parked(self, order_id: str, now: int) -> Delivery | None:
        line = self._parked.get(order_id)
        if not line or order_id in self._busy:
            return None
        head = line[0]
        record = self._changes.read_parked(self.handler.name, head.seq)
        if not self._wants(record):
            # Parked with the range that was claimed when the process before died.
            self._unpark(head)
            return None
        if head.receives >= self._receiving.max_receives:
            self._bury(head, record, ENDED)
            self._exhausted.append((order_id, head.receives))
            self._unpark(head)
            return None
        head.receives, head.retry_at = head.receives + 1, None
        self._changes.park(head, record)
        delivery = Delivery(self, head, None, order_id, head.receives, now + self._receiving.visibility_ms)
        self._busy[order_id] = delivery
        return delivery

    def _record(self, delivery: Delivery) -> ChangeRecord:
        item = delivery.item
        if isinstance(item, Parked):
            return self._changes.read_parked(item.consumer, item.seq)
        record: ChangeRecord = item
        return record

    def _must_wait(self, delivery: Delivery) -> bool:
        """Whether an earlier record of its order failed, or is held."""
        order_id = delivery.order_id
        if self._held and order_id in self._held:
            return self._held[order_id] is not delivery
        return order_id in self._parked

    def _release(self, delivery: Delivery) -> None:
        if delivery.order_id is not None and self._busy.get(delivery.order_id) is delivery:
            del self._busy[delivery.order_id]
            self._held.pop(delivery.order_id, None)

    def _park_behind(self, record: ChangeRecord) -> None:
        parked = Parked(self.handler.name, record.seq, record.change.order.order_id, 0, None)
        self._changes.park(parked, record)
        self._parked.setdefault(parked.order_id, deque()).append(parked)
        self._parked_count += 1

    def _unpark(self, parked: Parked) -> None:
        self._changes.unpark(parked.consumer, parked.seq)
        line = self._parked[parked.order_id]
        line.popleft()
        self._parked_count -= 1
        if not line:
            del self._parked[parked.order_id]
        self._wake(parked.order_id)

    def _wake(self, order_id: str) -> None:
        if order_id in self._parked:
            heapq.heappush(self._due, (self._now(), order_id))

    def _bury(self, parked: Parked, record: ChangeRecord, error: str) -> None:
        self._messages.bury(
            DeadLetter(
                f"{self.stream}-{self.handler.name}-{parked.seq}",
                f"{self.stream}>{self.handler.name}",
                self.handler.name,
                parked.order_id,
                error,
                parked.receives,
                parked.redrives,
                self._now(),
                msgspec.Raw(_encode(record.change)),
            )
        )


def _seq(record: ChangeRecord) -> int:
    return record.seq
