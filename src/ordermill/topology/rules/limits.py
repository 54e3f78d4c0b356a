"""Numbers within what AWS accepts, so that what runs here can be deployed there."""

from __future__ import annotations

from collections.abc import Iterator

from ordermill.topology.findings import Finding, pointer
from ordermill.topology.model import Topology
from ordermill.topology.rules.parts import by_pipeline, declared, grouped

VISIBILITY_PER_TIMEOUT = 6
"""How many of its consumer's time-outs a queue must keep a received message hidden, as AWS advises."""

MAX_TIMEOUT_S = 900
"""How long a function may take at most."""


def limits(topology: Topology) -> Iterator[Finding]:
    """Every number that is out of its range."""
    for at, value, low, high, advice in _numbers(topology):
        if not low <= value <= high:
            yield Finding(at, f"is {value}, not from {low} to {high}", advice or f"choose from {low} to {high}")


def _numbers(topology: Topology) -> Iterator[tuple[str, int, int, int, str]]:
    for name, queue in topology.queues.items():
        at = pointer("queues", name)
        few = "AWS advises at least 5" if queue.max_receives < 1 else ""
        yield at + "/max_receives", queue.max_receives, 1, 1_000, few
        yield at + "/visibility_s", queue.visibility_s, 0, 43_200, ""
    for name, bucket in topology.buckets.items():
        if bucket.expire_days is not None:
            at = pointer("buckets", name, "expire_days")
            yield at, bucket.expire_days, 1, 36_500, "choose a number of days, or null to keep"
    for function in declared(topology):
        yield function.at + "/memory_mb", function.spec.memory_mb, 128, 10_240, ""
        yield function.at + "/timeout_s", function.spec.timeout_s, 1, MAX_TIMEOUT_S, ""
        if function.spec.trigger.batch is not None:
            yield function.at + "/trigger/batch", function.spec.trigger.batch, 1, 10_000, ""


def visibility(topology: Topology) -> Iterator[Finding]:
    """Every queue that shows a message again while its consumer may still be at it."""
    for functions in by_pipeline(topology).values():
        for name, consumers in grouped(functions, "queue", topology.queues).items():
            for consumer in consumers:
                hidden, timeout = topology.queues[name].visibility_s, consumer.spec.timeout_s
                needed = VISIBILITY_PER_TIMEOUT * timeout
                if 0 <= hidden < needed and timeout <= MAX_TIMEOUT_S:
                    problem = f"is {hidden}, less than {VISIBILITY_PER_TIMEOUT} times the timeout_s of {consumer.name}"
                    cure = f"raise it to {needed} or more, or lower that timeout_s"
                    yield Finding(pointer("queues", name, "visibility_s"), problem, cure)
