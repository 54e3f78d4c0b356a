"""What a deployment has to be, worked out from the topology a second time, with the local runtime's own views."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ordermill.topology.loader import load
from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.views import RouteEntry, enabled, left_behind, routes
from tests.infrastructure.plans import ACCOUNT, PREFIX, REGION, Pair
from tests.infrastructure.workspace import ROOT

ACTIONS: Final = ROOT / "infrastructure/modules/topology/actions.json"
KINDS: Final = ("tables", "queues", "topics", "buckets", "workflows", "services")
FACTS: Final = frozenset({"mail=store", "payments=sandbox", "labels=rekognition", "tracing=false"})


def table() -> dict[str, Any]:
    """What triggers and verbs mean to IAM."""
    read: dict[str, Any] = json.loads(ACTIONS.read_text(encoding="utf-8"))
    return read


class Expected:
    """A deployment of one pipeline, with Cognito or without."""

    def __init__(self, pipeline: str, *, staff: bool = True, topology: Path | None = None) -> None:
        self.topology: Topology = load(topology)
        self.pipeline = pipeline
        self.routes = list(self._routes(staff))
        answering = {route.function for route in self.routes}
        self.own = {
            name: spec
            for name, spec in enabled(self.topology, pipeline).items()
            if spec.trigger.where == "both" and (spec.trigger.kind != "http" or name in answering)
        }
        # A stream's reader is not left behind on AWS: a stream keeps records for a day, and their orders are swept.
        left = left_behind(self.topology, pipeline)
        self.left = {spec.trigger.source: (name, spec) for name, spec in left if spec.trigger.kind == "queue"}

    def _routes(self, staff: bool) -> Iterator[RouteEntry]:
        for route in routes(self.topology, self.pipeline):
            if route.where == "both" and route.function is not None and (staff or route.access != "staff"):
                yield route

    @property
    def functions(self) -> set[str]:
        """Every function there is."""
        return {*self.own, *(name for name, _ in self.left.values())}

    def specs(self, function: str) -> list[FunctionSpec]:
        """What is declared of it here: its own declaration, and the one that is left behind."""
        own = [self.own[function]] if function in self.own else []
        return own + [spec for name, spec in self.left.values() if name == function]

    def timeout_s(self, function: str) -> int:
        """How long it may take."""
        return max(spec.timeout_s for spec in self.specs(function))

    @property
    def consumers(self) -> dict[str, str]:
        """Queue of the topology to who consumes it."""
        own = {spec.trigger.source: name for name, spec in self.own.items() if spec.trigger.kind == "queue"}
        return own | {queue: name for queue, (name, _) in self.left.items()}

    @property
    def streams(self) -> dict[str, FunctionSpec]:
        """Reader of a stream to what is declared of it."""
        return {name: spec for name, spec in self.own.items() if spec.trigger.kind == "stream"}

    @property
    def retries(self) -> dict[str, str]:
        """Retry queue of a stream's reader to the reader."""
        return {retry_queue(name, spec): name for name, spec in self.streams.items()}

    @property
    def dead_letters(self) -> str:
        """Who takes the dead letters."""
        (name,) = (name for name, spec in self.own.items() if spec.trigger.kind == "dead_letters")
        return name

    def subscribed(self) -> set[str]:
        """The queues that a topic fills."""
        queues = self.topology.queues
        return {name for name in self.consumers if name not in self.left and queues[name].subscribes is not None}

    def permitted(self, function: str) -> set[Pair]:
        """What its role may do."""
        actions, found = table(), set[Pair]()
        found |= self._meant(actions["everywhere"], function, function)
        for spec in self.specs(function):
            trigger = spec.trigger
            found |= self._meant(actions["triggers"][trigger.kind], function, trigger.source)
            if trigger.kind == "http" and "{orderId}" in trigger.source:
                found |= self._meant(actions["triggers"]["http_order"], function, trigger.source)
            for resource, verbs in spec.grants.items():
                kind = next(kind for kind in KINDS if resource in getattr(self.topology, kind))
                meanings = actions["services"][resource] if kind == "services" else actions["verbs"][kind]
                for verb in verbs:
                    found |= self._meant(meanings[verb], function, resource)
                    found |= self._meant(actions["resources"].get(resource, {}).get(verb, []), function, resource)
        return found

    def _meant(self, statements: Iterable[dict[str, Any]], function: str, name: str) -> set[Pair]:
        return {
            (action, named)
            for statement in statements
            if statement["when"] is None or statement["when"] in FACTS
            for action in statement["actions"]
            for pattern in statement["resources"]
            for named in self._named(pattern, function, name)
        }

    def _named(self, pattern: str, function: str, name: str) -> Iterator[str]:
        many = [""]
        if "{index}" in pattern:
            many = [index for index in self.topology.tables[name].indexes if index.startswith("by-")]
        elif "{consumed}" in pattern or "{source}" in pattern:
            taken = self.consumers | self.retries
            many = [queue for queue, taker in taken.items() if "{consumed}" in pattern or taker == function]
        for each in many:
            yield pattern.format(
                prefix=PREFIX,
                region=REGION,
                account=ACCOUNT,
                name=name,
                function=function,
                source=each,
                retry=f"{name}-{function.replace('_', '-')}",
                index=each,
                consumed=each,
            )


def retry_queue(function: str, spec: FunctionSpec) -> str:
    """What the queue is called to which a stream's reader sends what failed."""
    return f"{spec.trigger.source}-{function.replace('_', '-')}"
