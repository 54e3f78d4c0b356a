"""What a Lambda logs: one JSON object a line; for each message or request one that CloudWatch counts as metrics too.

The names are those of the local server's log and of its hops. A line names no person and quotes nothing that was sent.
"""

from __future__ import annotations

import json
import logging
import os
from time import perf_counter, time
from typing import Any, Final

from ordermill.domain.errors import OrdermillError
from ordermill.domain.times import rfc3339
from ordermill.ports.hops import Hop, HopOutcome

log = logging.getLogger(__name__)

NAMESPACE: Final = "Ordermill"
"""Of the metrics `hops` (a count) and `duration` (ms), by function and outcome."""

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName", "aws_request_id"}
_LEVELS: Final[dict[HopOutcome, int]] = {
    "ok": logging.INFO,
    "retry": logging.WARNING,
    "failed": logging.WARNING,
    "dead": logging.ERROR,
}
_DETAIL_MAX: Final = 2000


class JsonLines(logging.Formatter):
    """A record as one line of JSON in ASCII; what it carries as `extra` becomes members."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "timestamp": rfc3339(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        request = getattr(record, "aws_request_id", None)
        if request:
            line["requestId"] = request
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD and v is not None})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # The runtime writes what it is given, and ends no line itself.
        return json.dumps(line, default=str) + "\n"


def set_up(level: int = logging.INFO) -> None:
    """Have everything logged as JSON lines, by the handler that the Lambda runtime has set up, or to standard error."""
    root = logging.getLogger()
    if not root.handlers:
        own = logging.StreamHandler()
        own.terminator = ""
        root.addHandler(own)
    for handler in root.handlers:
        handler.setFormatter(JsonLines())
    root.setLevel(level)
    # The SDK tells at this level of credentials that it found.
    logging.getLogger("botocore").setLevel(logging.WARNING)


def tell(
    edge: str,
    function: str,
    order_id: str | None,
    outcome: HopOutcome,
    attempt: int,
    since: float,
    error: BaseException | str | None = None,
) -> None:
    """One hop: the edge travelled, how it ended, and the time since `since` (by `perf_counter`)."""
    name = detail = None
    if isinstance(error, BaseException):
        name = error.slug if isinstance(error, OrdermillError) else type(error).__name__
        detail = None if isinstance(error, OrdermillError) else str(error)[:_DETAIL_MAX]
    elif error is not None:
        name = error
    at = int(time() * 1000)
    hop = Hop(at, order_id, edge, function, outcome, attempt, round((perf_counter() - since) * 1000, 3), name, detail)
    # Where it ends, what is none of ours may be a defect; one of ours tells all it has to.
    over = outcome in ("failed", "dead")
    defect = error if over and isinstance(error, Exception) and not isinstance(error, OrdermillError) else None
    level = logging.ERROR if defect is not None else _LEVELS[outcome]
    log.log(level, "hop", extra=_members(hop), exc_info=defect)


def _members(hop: Hop) -> dict[str, Any]:
    return {
        "function": hop.function,
        "edge": hop.edge,
        "outcome": hop.outcome,
        "orderId": hop.order_id,
        "traceId": hop.trace_id,
        "xrayTraceId": os.environ.get("_X_AMZN_TRACE_ID"),
        "attempt": hop.attempt,
        "duration": hop.duration_ms,
        "hops": 1,
        "error": hop.error,
        "detail": hop.detail,
        "_aws": {
            "Timestamp": hop.at,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["function", "outcome"]],
                    "Metrics": [{"Name": "duration", "Unit": "Milliseconds"}, {"Name": "hops", "Unit": "Count"}],
                }
            ],
        },
    }
