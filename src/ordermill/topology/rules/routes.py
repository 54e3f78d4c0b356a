"""Routes: well formed, each answered once, and by something that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ordermill.topology.findings import Finding, pointer, suggestion
from ordermill.topology.model import Topology
from ordermill.topology.rules.parts import by_pipeline, declared

_PARAMETER = r"\{[A-Za-z][A-Za-z0-9]*\}"

ROUTE = re.compile(rf"(GET|POST|PUT|PATCH|DELETE) (/|(/([^\s/{{}}?#]+|{_PARAMETER}))+)")
"""`METHOD /path`; a segment of the path is text, or a parameter in braces."""

ROUTE_CURE = "write GET, POST, PUT, PATCH or DELETE, a space and a path such as /orders/{orderId}"


def route_keys(topology: Topology) -> Iterator[Finding]:
    """Every key of `routes` that is not `METHOD /path`."""
    for source in topology.routes:
        if not ROUTE.fullmatch(source):
            yield Finding(pointer("routes", source), f"'{source}' is not METHOD /path", ROUTE_CURE)


def route_functions(topology: Topology) -> Iterator[Finding]:
    """Every route to a function that no pipeline enables."""
    known = {function.name for function in declared(topology)}
    for source, route in topology.routes.items():
        if route.function is not None and route.function not in known:
            at = pointer("routes", source, "function")
            yield Finding(at, f"'{route.function}' is not a function", suggestion(route.function, known))


def routes_twice(topology: Topology) -> Iterator[Finding]:
    """Every route that something else answers too, in one pipeline; names of parameters make no difference."""
    taken: dict[str, str] = {}
    for source in topology.routes:
        other = taken.setdefault(_shape(source), f"'{source}' in routes")
        if other != f"'{source}' in routes":
            yield _twice(pointer("routes", source), source, other)
    for functions in by_pipeline(topology).values():
        answered = dict(taken)
        for function in functions:
            source = function.spec.trigger.source
            if function.spec.trigger.kind != "http":
                continue
            other = answered.setdefault(_shape(source), function.name)
            if other != function.name:
                yield _twice(function.at + "/trigger/source", source, other)


def _twice(at: str, source: str, other: str) -> Finding:
    return Finding(at, f"'{source}' is answered by {other} already", "remove one of the two, or change its path")


def _shape(source: str) -> str:
    return re.sub(_PARAMETER, "{}", source)
