"""A function for a real Lambda runtime: it answers as its event says, attempt by attempt, and fails with real classes.

The event's `answers` has, by function, {"Return": …} or {"Throw": {"Error": …, "Cause": …}} for each attempt.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

_attempts: Counter[tuple[str, str]] = Counter()


def handle(event: dict[str, Any], context: Any) -> Any:
    """The answer to this attempt; attempts count by order, in the life of the process."""
    name = context.function_name
    answer = event["answers"][name][_attempts[name, event["orderId"]]]
    _attempts[name, event["orderId"]] += 1
    if "Throw" in answer:
        raise type(answer["Throw"]["Error"], (Exception,), {})(answer["Throw"]["Cause"])
    return answer["Return"]
