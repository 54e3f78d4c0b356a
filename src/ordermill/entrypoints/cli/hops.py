"""How what `/live` sends looks in a terminal: a line for a hop, a line for each edge of a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

import click
import msgspec

from ordermill.entrypoints.cli.render import clean
from ordermill.entrypoints.sse import Event

_PALETTE = ("cyan", "magenta", "blue", "green", "bright_cyan", "bright_magenta", "bright_blue", "bright_green")
_OUTCOMES = {"ok": "green", "retry": "yellow", "failed": "yellow", "dead": "red"}
_FUNCTION_WIDTH = 19
_EDGE_WIDTH = 37
_ORDER_WIDTH = 40
_OUTCOME_WIDTH = 6


class _Hop(msgspec.Struct, frozen=True, rename="camel"):
    at: str
    order_id: str | None
    edge: str
    function: str
    outcome: str
    attempt: int
    duration_ms: float | None
    error: str | None = None
    event: str | None = None


class _Edge(msgspec.Struct, frozen=True, rename={"p50_ms": "p50Ms", "p99_ms": "p99Ms"}):
    ok: int
    retry: int
    failed: int
    dead: int
    p50_ms: float
    p99_ms: float


class _Frame(msgspec.Struct, frozen=True):
    at: str
    edges: dict[str, _Edge]


class _Gap(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    after: int
    from_: int
    reason: str


_REASONS = {
    "restart": "the server was started anew",
    "overflow": "there was more than is kept",
    "unknown": "the server does not know the place",
}


class Lines:
    """Prints events; as JSON, one object a line with the event's name in `type`, or for people."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._show: dict[str, tuple[type[Any], Callable[[Any], None]]] = {
            "hop": (_Hop, _show_hop),
            "frame": (_Frame, _show_frame),
            "gap": (_Gap, _show_gap),
        }

    def show(self, event: Event) -> None:
        """Print one event; one of a later version is left out, and what cannot be read is said."""
        if event.name not in self._show:
            return
        type_, show = self._show[event.name]
        try:
            if self._json:
                members = msgspec.json.decode(event.data, type=dict[str, Any])
                click.echo(msgspec.json.encode({"type": event.name, **members}))
            else:
                show(msgspec.json.decode(event.data, type=type_))
        except msgspec.MsgspecError:
            click.echo(f"{event.name} {clean(event.id)} cannot be read", err=True)


def _show_hop(hop: _Hop) -> None:
    took = "" if hop.duration_ms is None else f"{hop.duration_ms:,.1f} ms"
    why = f"  {clean(hop.error or hop.event or '')}" if hop.error or hop.event else ""
    outcome = click.style(clean(hop.outcome).ljust(_OUTCOME_WIDTH), fg=_OUTCOMES.get(hop.outcome))
    click.echo(
        f"{_time(hop.at)}  {_function(hop.function)}  {clean(hop.edge):{_EDGE_WIDTH}}  "
        f"{clean(hop.order_id or '-'):{_ORDER_WIDTH}}  {outcome}  {hop.attempt:>2}  {took:>10}{why}".rstrip()
    )


def _show_frame(frame: _Frame) -> None:
    for edge, sums in frame.edges.items():
        counts = [
            click.style(f"{count:,} {outcome}", fg=_OUTCOMES[outcome])
            for outcome in _OUTCOMES
            if (count := getattr(sums, outcome))
        ]
        click.echo(
            f"{_time(frame.at)}  {clean(edge):{_FUNCTION_WIDTH + 2 + _EDGE_WIDTH}}  "
            f"{', '.join(counts)}  p50 {sums.p50_ms:,.1f} ms, p99 {sums.p99_ms:,.1f} ms"
        )


def _show_gap(gap: _Gap) -> None:
    why = _REASONS.get(gap.reason, clean(gap.reason))
    click.echo(click.style(f"-- gap after {gap.after}, on from {gap.from_}: {why} --", fg="yellow"))


def _time(at: str) -> str:
    return clean(at)[11:23]


def _function(name: str) -> str:
    colour = _PALETTE[crc32(name.encode()) % len(_PALETTE)]
    return click.style(clean(name).ljust(_FUNCTION_WIDTH), fg=colour)
