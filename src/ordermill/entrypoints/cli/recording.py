"""A run, recorded: what the live stream told and what was measured beside it. It names no person and has no token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from threading import Event, Lock, Thread
from typing import Any, Final

import msgspec

from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.failures import Refused, Unreachable
from ordermill.entrypoints.cli.follow import Pace
from ordermill.entrypoints.sse import EventParser

FORMAT: Final = 1
QUEUES_EVERY_S: Final = 0.5
METRICS_EVERY: Final = 4
"""So many readings of the queues for one of the metrics."""

_KEPT: Final = ("ordermill_hop", "ordermill_dead_letters")
"""Of the metrics, what the pages show: how often, how fast and how well functions ran, and what was given up."""
_PLACED: Final = re.compile(
    r'^ordermill_http_requests_total\{method="POST",route="/orders",status="202"\} (\S+)$', re.MULTILINE
)
_SILENCE_S: Final = 45.0
_LOST_S: Final = 0.25

Json = dict[str, Any]


class Recorder:
    """Records one server: `run` returns once the time is over, `document` is what there is until now."""

    def __init__(self, client: Client, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}
        self._events: list[tuple[str, Json]] = []
        self._queues: list[Json] = []
        self._metrics: list[Json] = []
        self._lock, self._over, self._open = Lock(), Event(), Event()
        self._trouble: Unreachable | Refused | None = None
        self._placed: list[int] = []
        self._topology: Json = {}
        self._health: Json = {}
        self._since = self._until = _now()

    def run(self, pace: Pace, seconds: float) -> None:
        """Record for so long, or until `pace` is stopped. Raises Unreachable or Refused where it cannot begin."""
        self._health = self._read("/health")
        self._topology = self._read("/topology")
        self._measure(metrics=True)
        self._since = _now()
        Thread(target=self._follow, name="record", daemon=True).start()
        self._open.wait()
        if self._trouble is not None:
            raise self._trouble
        until, turn = pace.now() + seconds, 0
        try:
            while (left := until - pace.now()) > 0 and not pace.wait(min(QUEUES_EVERY_S, left)):
                turn += 1
                self._measure(metrics=turn % METRICS_EVERY == 0)
        finally:
            self._over.set()
            self._until = _now()
            self._measure(metrics=True)

    def document(self) -> Json:
        """The recording, as the pages read it; times are epoch milliseconds or as ISO 8601 in UTC."""
        with self._lock:
            events = list(self._events)
        return {
            "format": FORMAT,
            "recordedAt": _iso(self._since),
            "endedAt": _iso(self._until),
            "version": self._health.get("version"),
            "pipeline": self._health.get("pipeline"),
            "orders": self._orders,
            "topology": self._topology,
            "events": events,
            "queues": self._queues,
            "metrics": self._metrics,
        }

    def _follow(self) -> None:
        """Keep what the stream says, over as many connections as it takes."""
        last_id = ""
        while not self._over.is_set():
            parser = EventParser(last_id)
            try:
                self._listen(parser)
            except (Unreachable, Refused) as error:
                if not self._open.is_set():
                    self._trouble = error
                    self._open.set()
                    return
            last_id = parser.last_id
            self._over.wait(_LOST_S)

    def _listen(self, parser: EventParser) -> None:
        again = {"Last-Event-ID": parser.last_id} if parser.last_id else {}
        headers = {**self._headers, "Accept": "text/event-stream", **again}
        with self._client.stream("/live", headers, silence_s=_SILENCE_S) as chunks:
            for chunk in chunks:
                found = [(event.name, json.loads(event.data)) for event in parser.feed(chunk)]
                with self._lock:
                    if self._over.is_set():
                        return
                    self._events += found
                # The stream's beginning says where it stands: from here on nothing is missed.
                self._open.set()

    def _measure(self, *, metrics: bool) -> None:
        """What waits, and how functions did; nothing while the server starts anew."""
        try:
            self._queues.append({"at": _ms(_now()), "answer": _counts(self._read("/queues"))})
            if metrics:
                text = self._client.send("GET", "/metrics", headers=self._headers).body.decode()
                self._placed.append(sum(int(float(count)) for count in _PLACED.findall(text)))
                kept = "\n".join(line for line in text.splitlines() if line.startswith(_KEPT))
                self._metrics.append({"at": _ms(_now()), "text": kept})
        except (Unreachable, Refused) as error:
            if not self._open.is_set() or (isinstance(error, Refused) and error.status in (401, 403)):
                raise

    @property
    def _orders(self) -> int:
        """How many orders were placed meanwhile; a server that started anew counts from 0 again."""
        return sum(after - before if after >= before else after for before, after in pairwise(self._placed))

    def _read(self, path: str) -> Json:
        found: Mapping[str, Any] = self._client.send("GET", path, headers=self._headers).read(dict[str, Any])
        return dict(found)


def _counts(answer: Json) -> Json:
    """How much waits where, without the messages themselves: they may say whose they are."""
    kinds = {kind: answer.get(kind, []) for kind in ("queues", "streams")}
    return {
        kind: [{name: each[name] for name in each if name != "messages"} for each in all_]
        for kind, all_ in kinds.items()
    }


def encode(document: Json) -> bytes:
    """A recording as a file's bytes."""
    return msgspec.json.encode(document)


def _now() -> datetime:
    return datetime.now(UTC)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
