"""`ordermill execution`: shows each step of one order."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from ordermill.entrypoints.cli.answers import StateSeen
from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.options import data_option, json_option, url_option
from ordermill.entrypoints.cli.render import clean, coloured, print_json, table

COLUMNS = ("step", "attempt", "status", "when", "ms", "error")


@click.command(short_help="Show each step of one order.")
@click.argument("order_id")
@url_option
@data_option
@json_option
def execution(order_id: str, url: str, data: Path, json: bool) -> None:
    """Show what was done for one order, from its intake to its notifications: each attempt, and why it failed.

    How long a step took is known until the server is started anew, of a failed attempt for 90 days. Input and output
    are in the JSON. Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.

    \b
    Example:
      ordermill execution ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b

    \b
    Exit codes:
      0  it was shown, however the order fared
      2  wrong usage, or no staff token
      3  no server there; start one with: ordermill up
      4  the server refused the request, or knows no such order
    """
    token = staff_token(data)
    with Client(url) as client:
        found, reply = client.execution(order_id, token)
    if json:
        # Durations are numbers, and no money is among them.
        print_json(msgspec.json.decode(reply.body))
        return
    click.echo(f"{clean(found.order_id)}  {coloured(clean(found.status))}")
    table(COLUMNS, [_row(state) for state in found.states], right=(1, 4))


def _row(state: StateSeen) -> tuple[str, ...]:
    took = "" if state.duration_ms is None else f"{state.duration_ms:,.1f}"
    error = ": ".join(text for text in (state.error, state.cause) if text)
    return state.name, str(state.attempt), state.status, state.at, took, error
