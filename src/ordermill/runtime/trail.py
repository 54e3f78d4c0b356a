"""The hops of the open cycle: kept until its commit, then offered to the sinks; a cycle undone leaves none.

What failed on an order's way is also written, with the open transaction: nothing else remembers it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final

from ordermill.domain.errors import OrdermillError, text_of
from ordermill.domain.gist import Gist, gist_of
from ordermill.ports.hops import Hop, HopOutcome, HopSink
from ordermill.ports.journal import AttemptLog, FailedAttempt
from ordermill.runtime.handlers import Delivery
from ordermill.runtime.inbox import Intake

log = logging.getLogger(__name__)

CAUSE_MAX: Final = 2000
"""Characters that are kept of what an error said."""

INTERRUPTED: Final = "interrupted"
_INTERRUPTED_WHY: Final = "the process ended before this was known to be done"
_EXHAUSTED: Final = "exhausted"

_Pending = tuple[str, str, str | None, HopOutcome, int, float, BaseException | str | None]


class Trail:
    """Without sinks it keeps no hop."""

    def __init__(self, sinks: Sequence[HopSink], now_ms: Callable[[], int], attempts: AttemptLog) -> None:
        self._sinks, self._now, self._attempts = list(sinks), now_ms, attempts
        self._pending: list[_Pending] = []
        self._faulty: set[int] = set()

    def answered(self, intake: Intake, result: object, error: BaseException | None) -> None:
        """A request ran, or a step of one, which has no edge and so no hop."""
        handler = intake.handler
        if not handler.edge:
            return
        outcome: HopOutcome = "ok" if error is None else "failed"
        order_id = order_of(intake.message, result)
        self._pending.append((handler.edge, handler.name, order_id, outcome, 1, intake.since, error))

    def asked(
        self,
        edge: str,
        name: str,
        order_id: str | None,
        attempt: int,
        since: float,
        error: BaseException | None,
        again: bool,
    ) -> None:
        """A Task of a workflow ran; `again`: it failed, and is tried again."""
        outcome: HopOutcome = "ok" if error is None else "retry" if again else "failed"
        self._pending.append((edge, name, order_id, outcome, attempt, since, error))

    def done(self, delivery: Delivery) -> None:
        """A message is done."""
        source = delivery.source
        name = source.handler.name
        self._pending.append((source.edge, name, delivery.order_id, "ok", delivery.receives, delivery.since, None))

    def failed(self, delivery: Delivery, error: BaseException, *, dead: bool, counts: bool = True) -> None:
        """A message failed, for the last time if `dead`; only what `counts` as a receive is written."""
        source = delivery.source
        outcome: HopOutcome = "dead" if dead else "retry"
        self._pending.append(
            (source.edge, source.handler.name, delivery.order_id, outcome, delivery.receives, delivery.since, error)
        )
        if counts and delivery.order_id is not None:
            took_ms = (perf_counter() - delivery.since) * 1000
            input_ = gist_of(delivery.payload, delivery.order_id)
            self._write(source, delivery.order_id, delivery.receives, took_ms, input_, *_said(error), dead)

    def interrupted(self, delivery: Delivery) -> None:
        """A message comes back whose receive before this one ended with its process."""
        order_id, attempt = delivery.order_id, delivery.receives - 1
        if order_id is not None:
            input_ = gist_of(delivery.payload, order_id)
            self._write(delivery.source, order_id, attempt, None, input_, INTERRUPTED, _INTERRUPTED_WHY)

    def exhausted(self, source: Any, order_id: str | None, receives: int, error: str) -> None:
        """A message was given up without another try: its process ended at each receive."""
        self._pending.append((source.edge, source.handler.name, order_id, "dead", receives, perf_counter(), error))
        if order_id is not None:
            self._write(source, order_id, receives, None, gist_of(None, order_id), _EXHAUSTED, error, last=True)

    def called(self, delivery: Delivery, error: BaseException | None) -> None:
        """An outside call came back."""
        handler = delivery.source.handler
        outcome: HopOutcome = "ok" if error is None else "failed"
        edge = handler.call_edge
        self._pending.append((edge, handler.name, delivery.order_id, outcome, delivery.receives, delivery.since, error))

    def read(self, edge: str, function: str, order_id: str | None, since: float, error: BaseException | None) -> None:
        """A function without effects answered, outside any commit; in the engine's thread."""
        outcome: HopOutcome = "ok" if error is None else "failed"
        self._offer([self._hop((edge, function, order_id, outcome, 1, since, error), self._now(), perf_counter())])

    def commit(self) -> None:
        """What was collected has become true."""
        pending = self._pending
        if not pending:
            return
        if self._sinks:
            now, end = self._now(), perf_counter()
            # What went well, nearly all, without a call for each.
            hops = [
                Hop(now, entry[2], entry[0], entry[1], entry[3], entry[4], (end - entry[5]) * 1000)
                if entry[6] is None
                else self._hop(entry, now, end)
                for entry in pending
            ]
            pending.clear()
            self._offer(hops)
        else:
            pending.clear()

    def abort(self) -> None:
        """What was collected has not happened."""
        self._pending.clear()

    def _write(
        self,
        source: Any,
        order_id: str,
        attempt: int,
        duration_ms: float | None,
        input_: Gist,
        error: str,
        cause: str | None,
        last: bool = False,
    ) -> None:
        kept = None if cause is None else cause[:CAUSE_MAX]
        self._attempts.append(
            FailedAttempt(
                order_id, source.edge, source.handler.name, attempt, self._now(), duration_ms, input_, error, kept, last
            )
        )

    @staticmethod
    def _hop(entry: _Pending, now: int, end: float) -> Hop:
        edge, function, order_id, outcome, attempt, since, error = entry
        duration_ms = (end - since) * 1000
        if error is None:
            return Hop(now, order_id, edge, function, outcome, attempt, duration_ms)
        code, detail = (_EXHAUSTED, error) if isinstance(error, str) else _said(error)
        return Hop(now, order_id, edge, function, outcome, attempt, duration_ms, code, detail)

    def _offer(self, hops: Sequence[Hop]) -> None:
        for sink in self._sinks:
            try:
                sink.take(hops)
            except Exception:
                # Watching must never fail what is watched.
                if id(sink) not in self._faulty:
                    self._faulty.add(id(sink))
                    log.exception("%s failed; further failures of it are not logged", type(sink).__name__)


def _said(error: BaseException) -> tuple[str, str | None]:
    """A problem's slug or an exception's name, and what it said."""
    return error.slug if isinstance(error, OrdermillError) else type(error).__name__, text_of(error) or None


def order_of(message: object, result: object) -> str | None:
    """The order that a request was about: the one it made, the one it names, or None."""
    order_id: str | None = getattr(getattr(result, "order", None), "order_id", None)
    return order_id or getattr(message, "order_id", None)
