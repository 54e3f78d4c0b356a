"""`ordermill tail`: follows what happens, hop by hop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import click

from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.failures import Refused, Unreachable
from ordermill.entrypoints.cli.follow import Pace
from ordermill.entrypoints.cli.hops import Lines
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.sse import EventParser

SILENCE_S = 45.0
"""The server gives a sign of life every 15 seconds; without one for so long the connection counts as lost."""

_LONGEST_WAIT_S = 5.0
_PASSING = frozenset({429, 500, 502, 503, 504})


@click.command(short_help="Watch every hop as it happens.")
@url_option
@data_option
@option("--order", metavar="ORDER_ID", help="One order alone, from its beginning.")
@option("--function", metavar="NAME", help="One function alone.")
@option("--outcome", type=click.Choice(["ok", "retry", "failed", "dead"]), help="What ended so alone.")
@option("--since", metavar="TIME", help="Begin with what happened since, such as 2026-11-20T12:00:00Z.")
@option("--replay", type=click.IntRange(1, 10_000), metavar="N", help="Begin with the last N hops.")
@json_option
@click.pass_context
def tail(
    ctx: click.Context,
    /,
    url: str,
    data: Path,
    json: bool,
    order: str | None,
    function: str | None,
    outcome: str | None,
    since: str | None,
    replay: int | None,
) -> None:
    """Follow every hop of every order, until Ctrl-C.

    Under load hops come as sums, one line an edge ten times a second. Where the connection is lost it is made anew
    and goes on where it stopped; what was missed meanwhile is said.

    \b
    Examples:
      ordermill tail --outcome dead
      ordermill tail --replay 100 --json | jq .edge

    \b
    Exit codes:
      2    wrong usage, or no staff token
      3    no server there; start one with: ordermill up
      4    the server refused the request
      130  ended with Ctrl-C
    """
    wanted = {"orderId": order, "function": function, "outcome": outcome, "since": since, "replay": replay}
    query = {name: value for name, value in wanted.items() if value is not None}
    headers = {"Authorization": f"Bearer {staff_token(data)}", "Accept": "text/event-stream"}
    with Client(url) as client:
        _Tail(client, f"/live?{urlencode(query)}" if query else "/live", headers, Lines(json=json)).follow(
            ctx.obj or Pace()
        )


class _Tail:
    """One stream over as many connections as it takes."""

    def __init__(self, client: Client, path: str, headers: Mapping[str, str], lines: Lines) -> None:
        self._client, self._path, self._headers, self._lines = client, path, headers, lines
        self._last_id, self._retry_ms = "", 1000
        self._connected = False

    def follow(self, pace: Pace) -> None:
        """Until something ends it. Raises Unreachable or Refused where the first connection fails."""
        delay, lost = 0.0, False
        while True:
            try:
                self._connect(again=lost)
                trouble = "the server ended the stream"
            except (Unreachable, Refused) as error:
                refused = isinstance(error, Refused) and error.status not in _PASSING
                if refused or not (self._connected or lost):
                    raise
                trouble = error.format_message().partition("\n")[0]
            if self._connected:
                click.echo(f"{trouble}; connecting again", err=True)
                delay = self._retry_ms / 1000
            self._connected, lost = False, True
            pace.wait(delay)
            delay = min(delay * 1.5, _LONGEST_WAIT_S)

    def _connect(self, *, again: bool) -> None:
        headers = {**self._headers, **({"Last-Event-ID": self._last_id} if self._last_id else {})}
        # The decoder's state belongs to one connection, the last id to all.
        parser = EventParser(self._last_id)
        with self._client.stream(self._path, headers, silence_s=SILENCE_S) as chunks:
            self._connected = True
            if again:
                click.echo("connected again", err=True)
            for chunk in chunks:
                for event in parser.feed(chunk):
                    self._lines.show(event)
                self._last_id, self._retry_ms = parser.last_id, parser.retry_ms
