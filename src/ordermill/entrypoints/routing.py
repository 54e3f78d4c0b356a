"""Which route a request is for: exact paths first, then those with parameters; nothing is decoded or cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ordermill.domain.errors import NotFound
from ordermill.entrypoints.problems import MethodNotAllowed
from ordermill.topology.model import Access
from ordermill.topology.views import RouteEntry


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values of its parameters."""

    route: str
    function: str | None
    access: Access
    path: Mapping[str, str]


class Router:
    """The routes of the topology, and no others."""

    def __init__(self, routes: Iterable[RouteEntry]) -> None:
        self._exact: dict[tuple[str, str], Match] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Match]] = []
        for entry in routes:
            match = Match(f"{entry.method} {entry.path}", entry.function, entry.access, {})
            if "{" in entry.path:
                pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", entry.path)
                self._patterns.append((entry.method, re.compile(pattern), match))
            else:
                self._exact[entry.method, entry.path] = match

    def match(self, method: str, path: str) -> Match:
        """The route of `path` as it was sent. HEAD is GET. Raises NotFound or MethodNotAllowed."""
        found = self._exact.get((method, path))
        if found is not None:
            return found
        wanted = "GET" if method == "HEAD" else method
        allowed = {m for m, exact in self._exact if exact == path}
        if wanted in allowed:
            return self._exact[wanted, path]
        for its_method, pattern, match in self._patterns:
            if values := pattern.fullmatch(path):
                if its_method == wanted:
                    return Match(match.route, match.function, match.access, values.groupdict())
                allowed.add(its_method)
        if "GET" in allowed:
            allowed.add("HEAD")
        if allowed:
            raise MethodNotAllowed(", ".join(sorted(allowed)))
        raise NotFound("no such path")
