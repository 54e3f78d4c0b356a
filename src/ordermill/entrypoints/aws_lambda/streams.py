"""Change records that a stream's mapping hands over, in the order of their writes.

A record that fails goes whole to the function's retry queue, and so holds up nobody. Only where that cannot be done is
the mapping told to come again from there. What kills the process, the mapping tries again, and in the end leaves in the
bucket `stream-failures`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

import msgspec

from ordermill.adapters.aws.changes import change_of
from ordermill.adapters.aws.queues import send_bodies
from ordermill.bootstrap.aws import LambdaFunction
from ordermill.bootstrap.decoding import change_decoder_of
from ordermill.domain.events import OrderChange
from ordermill.entrypoints.aws_lambda.queues import later_s
from ordermill.entrypoints.aws_lambda.telemetry import tell
from ordermill.topology.names import retry_queue

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode
_SHARE_KEPT: Final = 3


class StreamConsumer:
    """Takes the change records of one function's table."""

    def __init__(self, function: LambdaFunction) -> None:
        self._function, self._table = function, function.spec.trigger.source
        self._message_of = change_decoder_of(function.name)

    def take(self, records: Sequence[Mapping[str, Any]], left: Callable[[], int]) -> dict[str, Any]:
        """From which record on the mapping is to come again, in the form that it wants; from none if all are done."""
        reserve = 1000 * self._function.spec.timeout_s // _SHARE_KEPT

        def taken(records: Sequence[Mapping[str, Any]]) -> bool:
            """Those of one order, in their order, up to the first that is not done."""
            for record in records:
                if left() < reserve or not self._done(record):
                    failed.append(record["dynamodb"]["SequenceNumber"])
                    return False
            return True

        failed = list[str]()
        self._function.run_each(self._by_order(records), taken)
        # Everything from there on comes again, and what is done already does nothing twice.
        return {"batchItemFailures": [{"itemIdentifier": min(failed, key=int)}] if failed else []}

    def _by_order(self, records: Sequence[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
        """The records of each order, in their order; all together where the function takes them one by one anyway."""
        if not hasattr(self._function.module, "prepare"):
            return [records]
        orders: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            orders.setdefault(str(record["dynamodb"].get("Keys")), []).append(record)
        return list(orders.values())

    def _done(self, record: Mapping[str, Any]) -> bool:
        since, name = perf_counter(), self._function.name
        edge = f"{self._table}>{name}"
        try:
            change = change_of(record)
        except ValueError as error:
            # Nobody could make anything of it: the mapping takes it out of the way.
            tell(edge, name, None, "retry", 1, since, error)
            return False
        order_id = change.order.order_id
        try:
            self._function.run(self._message_of(change))
        except Exception as error:
            tell(edge, name, order_id, "retry", 1, since, error)
            return self._put_aside(change)
        tell(edge, name, order_id, "ok", 1, since)
        return True

    def _put_aside(self, change: OrderChange) -> bool:
        queue = retry_queue(self._table, self._function.name)
        try:
            send_bodies(self._function.deployment, queue, [(_encode(change), {})], delay_s=later_s(self._function, 1))
        except Exception:
            log.exception("a change record could not be put aside", extra={"queue": queue})
            return False
        return True
