"""Clients of `/live` that read all the time, and what the events that they got add up to."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from ordermill.entrypoints.sse import EventParser
from tests.e2e.server import Json, Server

Edges = Counter[tuple[str, str]]
"""How many hops by edge and outcome."""

OUTCOMES = ("ok", "retry", "failed", "dead")


class Watching:
    """Reads `/live` in a thread; `start` again goes on after the last event that was read."""

    def __init__(self, server: Server, query: str = "") -> None:
        self._port, self._path, self._headers = server.port, f"/live{query}", server.staff
        self.events: list[tuple[str, Json]] = []
        self.last_id = ""
        self.ended_cleanly: bool | None = None
        """Whether the server ended the stream as one ends a body; None while it is open."""

    def start(self) -> Watching:
        """Connect; returns once the stream has begun."""
        self.ended_cleanly = None
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        resume = {"Last-Event-ID": self.last_id} if self.last_id else {}
        self._connection.request("GET", self._path, headers={**self._headers, **resume})
        response = self._connection.getresponse()
        assert response.status == 200, response.read()
        parser = EventParser(self.last_id)
        self._take(parser, response.read1(65536))
        self._thread = threading.Thread(target=self._read, args=(response, parser), daemon=True)
        self._thread.start()
        return self

    def cut(self) -> None:
        """Break the connection off."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._connection.close()

    def wait_for_the_end(self) -> None:
        """Until the server has ended the stream."""
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._connection.close()

    def of(self, name: str) -> list[Json]:
        """The data of the events of one name."""
        return [data for kind, data in list(self.events) if kind == name]

    def seqs(self) -> list[int]:
        """The numbers of the single hops."""
        return [data["seq"] for data in self.of("hop")]

    def ranges(self) -> list[tuple[int, int]]:
        """The numbers that each event speaks of, first and last."""
        found = []
        for name, data in list(self.events):
            if name == "hop":
                found.append((data["seq"], data["seq"]))
            elif name == "frame":
                found.append((data["from"], data["to"]))
            else:
                found.append((data["after"] + 1, data["from"] - 1))
        return found

    def counts(self) -> Edges:
        """All hops, single or in frames."""
        found = Edges((data["edge"], data["outcome"]) for data in self.of("hop"))
        for frame in self.of("frame"):
            for edge, sums in frame["edges"].items():
                found.update({(edge, outcome): sums[outcome] for outcome in OUTCOMES if sums[outcome]})
        return found

    def _read(self, response: http.client.HTTPResponse, parser: EventParser) -> None:
        try:
            while chunk := response.read1(65536):
                self._take(parser, chunk)
            self.ended_cleanly = True
        except (http.client.HTTPException, OSError, ValueError):
            self.ended_cleanly = False

    def _take(self, parser: EventParser, chunk: bytes) -> None:
        for event in parser.feed(chunk):
            self.events.append((event.name, json.loads(event.data)))
            self.last_id = event.id
        self.last_id = parser.last_id


def without_hole(ranges: list[tuple[int, int]]) -> bool:
    """Whether each range begins right after the one before."""
    return all(first == before + 1 for (_, before), (first, _) in pairwise(ranges))


def metrics(client: httpx2.Client, server: Server) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """One scrape."""
    page = client.get("/metrics", headers=server.staff).text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def hops_of(scraped: dict[tuple[str, frozenset[tuple[str, str]]], float]) -> Edges:
    """The hops that a scrape counted."""
    found = Edges()
    for (name, labels), value in scraped.items():
        if name == "ordermill_hops_total":
            named = dict(labels)
            found[named["edge"], named["outcome"]] = int(value)
    return found
