"""`ordermill faults`: rehearse failures, and watch the recovery."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import click

from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.failures import Misuse
from ordermill.entrypoints.cli.group import Group
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import clean, print_body, table
from ordermill.entrypoints.fault_rules import DELAY_MAX_MS, TIMES_MAX
from ordermill.runtime.faults import Mode, Place, RuleState

COLUMNS = ("name", "mode", "at", "times", "fired", "delay", "match")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def faults(ctx: click.Context) -> None:
    """Inject faults, to rehearse failures. Without a command: list those that are set.

    Faults strike functions, or the calls to a service: mail, payments, archive, webhooks. They outlive restarts.
    Changing them needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.

    \b
    Examples:
      ordermill faults set process_order fail --times 3
      ordermill faults set payments timeout --at after-charge --times 1
      ordermill faults set mail delay --delay-ms 5000
      ordermill faults clear
    """
    if ctx.invoked_subcommand is None:
        with show.make_context("list", [], parent=ctx) as listing:
            show.invoke(listing)


@faults.command("list", short_help="List the faults that are set.")
@url_option
@data_option
@json_option
def show(url: str, data: Path, json: bool) -> None:
    """List the faults that are set, and how often each has struck."""
    token = staff_token(data)
    with Client(url) as client:
        found, reply = client.faults(token)
    if json:
        print_body(reply.body)
    else:
        _show(found.faults)


@faults.command("set", short_help="Set one fault.")
@click.argument("name")
@click.argument("mode", type=click.Choice(get_args(Mode)))
@url_option
@data_option
@option("--times", type=click.IntRange(1, TIMES_MAX), metavar="N", show_default="always", help="How often.")
@option("--at", type=click.Choice(get_args(Place)), default="start", help="Where; of a function, end is its commit.")
@option("--match", metavar="TEXT", help="Only messages with this text in them, such as an order's id.")
@option("--delay-ms", type=click.IntRange(0, DELAY_MAX_MS), metavar="MS", help="How long a delay or a time-out takes.")
@json_option
def set_(
    name: str,
    mode: Mode,
    url: str,
    data: Path,
    json: bool,
    times: int | None,
    at: Place,
    match: str | None,
    delay_ms: int | None,
) -> None:
    """Let the function or service NAME fail, run into a timeout, come after a delay, or crash the process.

    Other faults that are set stay; one of the same name is replaced, and counts anew.

    \b
    Examples:
      ordermill faults set process_order fail --times 3
      ordermill faults set process_order crash --at after-charge --times 1
      ordermill faults set mail delay --delay-ms 5000
    """
    if mode == "delay" and not delay_ms:
        raise click.UsageError("A delay needs --delay-ms, and more than 0.")
    rule = RuleState(mode, times, at, match, delay_ms or 0)
    token = staff_token(data)
    with Client(url) as client:
        before, _ = client.faults(token)
        found, reply = client.put_faults({**before.faults, name: rule}, token)
    if json:
        print_body(reply.body)
    else:
        _show(found.faults)


@faults.command(short_help="Clear one fault, or all.")
@click.argument("name", required=False)
@url_option
@data_option
def clear(name: str | None, url: str, data: Path) -> None:
    """Clear the fault of NAME, or without one every fault.

    Where a fault ends the server so often that it cannot be reached, stop it and remove ordermill.db.faults from the
    data directory.
    """
    token = staff_token(data)
    with Client(url) as client:
        kept: Mapping[str, RuleState] = {}
        if name is not None:
            before, _ = client.faults(token)
            if name not in before.faults:
                there = ", ".join(before.faults) or "none"
                raise Misuse(f"No fault is set for {clean(name)}. There is: {clean(there)}.")
            kept = {other: rule for other, rule in before.faults.items() if other != name}
        found, _ = client.put_faults(kept, token)
    _show(found.faults)


def _show(found: Mapping[str, RuleState]) -> None:
    if not found:
        click.echo("no faults are set")
        return
    table(COLUMNS, [_row(name, rule) for name, rule in found.items()], right=(3, 4, 5))


def _row(name: str, rule: RuleState) -> tuple[str, ...]:
    times = "always" if rule.times is None else str(rule.times)
    delay = f"{rule.delay_ms} ms" if rule.delay_ms else "-"
    return name, rule.mode, rule.at, times, str(rule.fired), delay, "-" if rule.match is None else rule.match
