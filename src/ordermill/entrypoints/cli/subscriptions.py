"""`ordermill subscriptions`: shows who asked to be told of deleted orders."""

from __future__ import annotations

from pathlib import Path

import click

from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import print_body, table

COLUMNS = ("id", "address", "status", "asked", "confirmed")
STATUSES = ("PENDING", "CONFIRMED")


@click.command()
@url_option
@data_option
@option("--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only those with this status.")
@option("--limit", type=click.IntRange(1, 200), default=50, metavar="N", help="How many at most.")
@json_option
def subscriptions(url: str, data: Path, status: str | None, limit: int, json: bool) -> None:
    """Show who asked to be told of deleted orders, newest first. PENDING are those that nobody has confirmed yet.

    \b
    Examples:
      ordermill subscriptions --status CONFIRMED
      ordermill subscriptions --limit 200 --json | jq -r '.subscriptions[].email'

    Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.
    """
    token = staff_token(data)
    with Client(url) as client:
        found, reply = client.subscriptions(token, limit, status)
    if json:
        print_body(reply.body)
        return
    if not found.subscriptions:
        click.echo("no subscriptions")
        return
    rows = [
        (each.subscription_id, each.email, each.status, each.at, each.confirmed_at or "-")
        for each in found.subscriptions
    ]
    table(COLUMNS, rows)
    if found.next_cursor is not None:
        click.echo(f"There are more than these {limit}; --limit and --status choose.", err=True)
