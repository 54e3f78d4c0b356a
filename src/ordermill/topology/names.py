"""What is on AWS for a topology beside what it names: the queues behind queues, streams and schedules."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.views import enabled, left_behind

DEAD_LETTERS: Final = "dead-letters"
"""The queue of every dead letter."""

DEAD_MESSAGES: Final = "dead-messages"
"""The queue of what even dead letters' consumer could not take; nobody consumes it."""

STREAM_FAILURES: Final = "stream-failures"
"""The bucket for change records whose consumer died of them."""

STREAM_RECEIVES: Final = 5
"""How often a change record that failed is received from its retry queue."""

LETTER_RECEIVES: Final = 20
"""How often a dead letter is received. SQS counts across queues: those receives are among them that made it one."""


def retry_queue(table: str, function: str) -> str:
    """The queue of change records of `table` that `function` could not take in their turn."""
    return f"{table}-{function.replace('_', '-')}"


def retry_queues(topology: Topology, pipeline: str) -> dict[str, str]:
    """`table>function` of each consumer of a stream in `pipeline`, to its retry queue."""
    return {
        f"{spec.trigger.source}>{name}": retry_queue(spec.trigger.source, name)
        for name, spec in enabled(topology, pipeline).items()
        if spec.trigger.kind == "stream"
    }


def deployed(topology: Topology, pipeline: str) -> dict[str, FunctionSpec]:
    """Name to function of all that are deployed for `pipeline`.

    One that also consumes what another pipeline left has the grants of both. KeyError if there is no such pipeline.
    """
    functions = enabled(topology, pipeline)
    for name, left in left_behind(topology, pipeline):
        if name in functions:
            functions[name] = replace(functions[name], grants=_joined(functions[name].grants, left.grants))
    return functions


def _joined(first: dict[str, tuple[str, ...]], second: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys((*first.get(name, ()), *second.get(name, ())))) for name in {**first, **second}}


def consumers(topology: Topology, pipeline: str) -> dict[str, str]:
    """Each queue that is consumed in `pipeline`, also as one that another pipeline left, to its function."""
    own = enabled(topology, pipeline)
    kept = [*left_behind(topology, pipeline), *own.items()]
    return {spec.trigger.source: name for name, spec in kept if spec.trigger.kind == "queue" and name in own}
