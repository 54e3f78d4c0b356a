"""Hops as spans of OpenTelemetry, sent by a thread of their own where the standard variables ask for it.

Nothing here imports OpenTelemetry: what does is `otlp.py`, which is loaded only if spans are wanted.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from time import monotonic
from typing import Final, NamedTuple, Protocol

import msgspec

from ordermill.domain.tracing import Caller
from ordermill.entrypoints.callers import Callers
from ordermill.ports.hops import Hop

log = logging.getLogger(__name__)

WAITING_MAX: Final = 16_384
"""Hops that wait to be sent; further ones are dropped."""
BATCH: Final = 512
REST_S: Final = 1.0
"""How long hops are gathered before they are sent."""
ORDERS_KEPT: Final = 65_536
"""Of so many orders it is known that their trace has begun."""
END_S: Final = 3.0
_TELL_S: Final = 60.0
_RANDOM_BITS: Final = 62
"""Of an order's id, its last: what is sampled by ratio goes by them."""


class SpansUnusable(Exception):
    """Spans are asked for and cannot be sent: why, and what to do."""


class SpanSettings(msgspec.Struct, frozen=True):
    """`ratio` is the share of orders whose spans are sent."""

    ratio: float = 1.0


class Told(NamedTuple):
    """A hop to be sent; `begins`: its order's trace begins with it; `caller`: the trace that its request came from."""

    hop: Hop
    begins: bool
    caller: Caller | None


class Exporter(Protocol):
    """Sends spans, and may take its time."""

    def send(self, told: Sequence[Told]) -> bool: ...
    def end(self) -> None: ...


def span_settings(env: Mapping[str, str]) -> SpanSettings | None:
    """What the standard variables ask for; None: nothing. Raises SpansUnusable."""
    asked = env.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    endpoint = env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or env.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or asked == "none" or not (asked or endpoint):
        return None
    if asked not in ("", "otlp"):
        raise SpansUnusable(f"OTEL_TRACES_EXPORTER is {asked!r}; it takes otlp or none")
    protocol = env.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or env.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol not in (None, "", "http/protobuf"):
        raise SpansUnusable(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}; spans are sent by http/protobuf alone")
    if not _is_installed():
        raise SpansUnusable("spans are asked for by OTEL_…, which needs: pip install 'ordermill[otel]'")
    return _sampled(env)


def _is_installed() -> bool:
    try:
        return all(find_spec(f"opentelemetry.{name}") for name in ("sdk.trace", "exporter.otlp.proto.http"))
    except ModuleNotFoundError:
        return False


def _sampled(env: Mapping[str, str]) -> SpanSettings | None:
    sampler = env.get("OTEL_TRACES_SAMPLER", "").strip().lower().removeprefix("parentbased_") or "always_on"
    if sampler == "always_off":
        return None
    if sampler == "always_on":
        return SpanSettings()
    if sampler != "traceidratio":
        raise SpansUnusable(f"OTEL_TRACES_SAMPLER is {sampler!r}; it takes always_on, always_off or traceidratio")
    text = env.get("OTEL_TRACES_SAMPLER_ARG") or "1"
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1
    if not 0 <= ratio <= 1:
        raise SpansUnusable(f"OTEL_TRACES_SAMPLER_ARG is {text!r}; it takes a number from 0 to 1")
    return SpanSettings(ratio)


class SpanSink:
    """A sink that hands hops to `make()`'s exporter, in a thread; the engine's only puts them down.

    `sent` counts hops, as `dropped` does.
    """

    def __init__(
        self,
        settings: SpanSettings,
        callers: Callers,
        make: Callable[[], Exporter],
        *,
        most: int = WAITING_MAX,
        rest_s: float = REST_S,
    ) -> None:
        self._ratio, self._callers, self._make, self._rest_s = settings.ratio, callers, make, rest_s
        self._most = most
        self._waiting: deque[Hop] = deque()
        self._begun: OrderedDict[str, None] = OrderedDict()
        self._wake, self._ending = threading.Event(), threading.Event()
        # Each is counted by one thread.
        self.sent = self._lost = self._failed = 0
        self._told_at = -_TELL_S
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def take(self, hops: Sequence[Hop]) -> None:
        """See `HopSink.take`."""
        room = self._most - len(self._waiting)
        if len(hops) > room:
            self._lost += len(hops) - max(0, room)
            hops = hops[: max(0, room)]
        self._waiting.extend(hops)
        self._wake.set()

    @property
    def dropped(self) -> int:
        """Hops that found no room, and those that could not be sent."""
        return self._lost + self._failed

    def close(self) -> None:
        """Send what waits, for a moment; then end."""
        self._ending.set()
        self._wake.set()
        self._thread.join(END_S)

    def _told(self, hop: Hop) -> Told:
        order_id = hop.order_id
        if order_id is None:
            return Told(hop, False, None)
        return Told(hop, self._begins(order_id), self._callers.take(order_id))

    def _is_wanted(self, order_id: str | None) -> bool:
        """All of an order or nothing. By its id's random bits: the time in front is the same for many."""
        if self._ratio >= 1 or order_id is None:
            return self._ratio > 0
        try:
            drawn = int(order_id[-17:].replace("-", ""), 16) & ((1 << _RANDOM_BITS) - 1)
        except ValueError:
            return True
        return drawn < self._ratio * (1 << _RANDOM_BITS)

    def _begins(self, order_id: str) -> bool:
        if order_id in self._begun:
            return False
        self._begun[order_id] = None
        if len(self._begun) > ORDERS_KEPT:
            self._begun.popitem(last=False)
        return True

    def _run(self) -> None:
        exporter = self._make()
        while not (self._ending.is_set() and not self._waiting):
            self._wake.wait()
            self._wake.clear()
            self._ending.wait(self._rest_s)
            while self._waiting:
                self._send(exporter)
        exporter.end()

    def _send(self, exporter: Exporter) -> None:
        hops = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        # A request's hop is told last of those that it led to, and begins first.
        hops.sort(key=lambda hop: hop.at - hop.duration_ms)
        batch = [self._told(hop) for hop in hops if self._is_wanted(hop.order_id)]
        if not batch:
            return
        try:
            done = exporter.send(batch)
        except Exception as error:
            log.warning("spans could not be sent: %s", error)
            done = False
        if done:
            self.sent += len(batch)
        else:
            self._failed += len(batch)
        if self.dropped and monotonic() - self._told_at >= _TELL_S:
            self._told_at = monotonic()
            log.warning("spans were dropped", extra={"dropped": self.dropped, "sent": self.sent})
