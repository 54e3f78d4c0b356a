"""`ordermill dead-letters`: shows what was given up, and sends it on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ordermill.domain.redrive import MOST_AT_ONCE
from ordermill.entrypoints.cli.answers import Letter
from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.group import Group
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import clean, print_body, table

COLUMNS = ("id", "order", "function", "error", "receives", "redrives", "age")
_ERROR_WIDTH = 60


class _Listing(Group):
    """A group that lists where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click, with `list` before what is no command."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("dead-letters", cls=_Listing)
def dead_letters() -> None:
    """Show messages that used up their receives, or send them on. Without a command: list.

    \b
    Examples:
      ordermill dead-letters --queue mail-queue
      ordermill dead-letters redrive --all --dry-run

    Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.
    """


@dead_letters.command("list", short_help="List them, newest first.")
@url_option
@data_option
@option("--queue", metavar="QUEUE", help="Of this queue alone; changes come from table>function.")
@option("--limit", type=click.IntRange(1, 200), default=50, metavar="N", help="How many at most.")
@json_option
def list_(url: str, data: Path, queue: str | None, limit: int, json: bool) -> None:
    """List dead letters, newest first, with what they last failed of.

    \b
    Example:
      ordermill dead-letters list --limit 200 --json | jq '.deadLetters[].payload'
    """
    token = staff_token(data)
    with Client(url) as client:
        found, reply = client.dead_letters(token, limit, queue)
    if json:
        print_body(reply.body)
        return
    if not found.dead_letters:
        click.echo("no dead letters")
        return
    now = datetime.now(UTC)
    table(COLUMNS, [_row(letter, now) for letter in found.dead_letters], right=(4, 5, 6))
    if found.next_cursor is not None:
        click.echo(f"There are more than these {limit}; --limit and --queue choose.", err=True)


@dead_letters.command("redrive", short_help="Send them on.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@url_option
@data_option
@option("--queue", metavar="QUEUE", help="The oldest of this queue.")
@option("--max", "most", type=click.IntRange(1, MOST_AT_ONCE), metavar="N", help="With --queue: how many at most.")
@option("--all", "everything", is_flag=True, show_default=False, help="All there are, the oldest first.")
@option("--dry-run", is_flag=True, show_default=False, help="Only say what would come of it.")
@json_option
@click.pass_context
def redrive(
    ctx: click.Context,
    ids: tuple[str, ...],
    url: str,
    data: Path,
    queue: str | None,
    most: int | None,
    everything: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Send dead letters on: a failed order to its next attempt, any other message back to its queue.

    \b
    Examples:
      ordermill dead-letters redrive orders-process_order-17
      ordermill dead-letters redrive --queue mail-queue --max 10

    \b
    Exit codes:
      0  all were sent on
      1  some were refused; the reasons are shown
      2  wrong usage, or no staff token
      3  no server there; start one with: ordermill up
      4  the server refused the request
    """
    if sum((bool(ids), queue is not None, everything)) != 1:
        raise click.UsageError("Name letters by ID, or choose one of --queue and --all.")
    if most is not None and queue is None:
        raise click.UsageError("--max goes with --queue.")
    wanted: Mapping[str, Any] = {"ids": list(ids) or None, "queue": queue, "max": most, "all": everything or None}
    body = {name: value for name, value in wanted.items() if value is not None}
    token = staff_token(data)
    with Client(url) as client:
        result, reply = client.redrive(body | ({"dryRun": True} if dry_run else {}), token)
    if json:
        print_body(reply.body)
    else:
        letters = "letter" if result.redriven == 1 else "letters"
        more = f"; {result.remaining} more wait for another time" if result.remaining else ""
        click.echo(f"{result.redriven} {letters} {'would be ' if dry_run else ''}redriven{more}")
        for refusal in result.refused:
            click.echo(f"  {clean(refusal.id)}: {clean(refusal.reason)}", err=True)
    if result.refused:
        ctx.exit(1)


def _row(letter: Letter, now: datetime) -> tuple[str, ...]:
    error = letter.error if len(letter.error) <= _ERROR_WIDTH else letter.error[: _ERROR_WIDTH - 1] + "…"
    counts = str(letter.receives), str(letter.redrives)
    return (letter.id, letter.order_id or "-", letter.function, error, *counts, _age(letter.at, now))


def _age(at: str, now: datetime) -> str:
    try:
        seconds = max(0, int((now - datetime.fromisoformat(at)).total_seconds()))
    except (ValueError, TypeError):
        return "?"
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
