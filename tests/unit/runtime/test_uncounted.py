"""What is in flight when the storage fails is not to blame: its receive is taken back, that of a suspect is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ordermill.adapters.local.store import LocalStore
from ordermill.runtime.handlers import Delivery
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.stream_source import StreamSource
from tests.unit.runtime.runtime_kit import BACKOFF_MS, Now, insert_of, queue_source, stream_source

RECEIVES = {
    "queue": "SELECT order_id, receives FROM messages ORDER BY id",
    "stream": "SELECT order_id, receives FROM stream_parked ORDER BY seq",
}


class Consumer:
    """A source of either kind and the engine's part of its life."""

    def __init__(self, kind: str, store: LocalStore) -> None:
        self.kind, self._store, self.now = kind, store, Now()
        self.source = self._opened()

    def _opened(self) -> Any:
        return queue_source(self._store, self.now) if self.kind == "queue" else stream_source(self._store, self.now)

    def recover(self, *, died: bool) -> None:
        """As after a death, or after a transaction that could not be stored."""
        self._store.begin()
        if died:
            self.source = self._opened()
        else:
            self.source.uncount()
        positions = self._store.stream.open(["consume"])
        self._store.commit()
        if isinstance(self.source, StreamSource):
            self.source.recover(positions["consume"])
        else:
            self.source.recover()
        self.source.refill()

    def cycle(self, act: Callable[[Any], Any], *sent: str) -> Any:
        """`act` in one transaction, and orders whose messages are sent in it."""
        self._store.begin()
        for order_id in sent:
            if self.kind == "queue":
                self._store.messages.send("q", order_id, b"{}", {}, 0)
            else:
                self._store.stream.append(insert_of(order_id))
        if isinstance(self.source, QueueSource):
            self.source.offer(self._store.messages.sent())
        else:
            self.source.offer(self._store.stream.written())
        result = act(self.source)
        self.source.save()
        self._store.commit()
        self.source.refill()
        return result

    def receives(self) -> dict[str, int]:
        """Of each order's message."""
        return dict(self._store.connection.execute(RECEIVES[self.kind]).fetchall())


@pytest.fixture(params=["queue", "stream"])
def consumer(request: pytest.FixtureRequest, store: LocalStore) -> Consumer:
    consumer = Consumer(request.param, store)
    consumer.recover(died=True)
    return consumer


def test_what_was_in_flight_is_as_if_it_never_had_been(consumer: Consumer) -> None:
    consumer.cycle(lambda source: source.claim(10), "a", "b")
    consumer.recover(died=False)
    assert consumer.receives() == {"a": 0, "b": 0}
    again = consumer.cycle(lambda source: source.claim(10))
    assert [(delivery.order_id, delivery.receives) for delivery in again] == [("a", 1), ("b", 1)]


def test_a_suspect_that_waits_keeps_its_count_and_comes_alone(consumer: Consumer) -> None:
    consumer.cycle(lambda source: source.claim(10), "a", "b")
    consumer.recover(died=True)
    assert consumer.receives() == {"a": 1, "b": 1}
    suspect = consumer.cycle(lambda source: source.claim_suspect())
    assert (suspect.order_id, suspect.receives) == ("a", 2)
    consumer.recover(died=False)
    assert consumer.receives() == {"a": 1, "b": 1}
    assert consumer.cycle(lambda source: source.claim(10)) == []
    assert consumer.cycle(lambda source: source.claim_suspect()).order_id == "a"


def _fail(delivery: Delivery, source: Any) -> None:
    source.failed(delivery, "no room", counts=False)


def test_a_failure_that_does_not_count_is_postponed_as_often_as_need_be(consumer: Consumer) -> None:
    (delivery,) = consumer.cycle(lambda source: source.claim(10), "a")
    for _ in range(8):
        consumer.cycle(partial(_fail, delivery))
        assert consumer.receives() == {"a": 1}
        consumer.now.ms += 2 * BACKOFF_MS
        (delivery,) = consumer.cycle(lambda source: source.claim(10))
        assert delivery.receives == 2
