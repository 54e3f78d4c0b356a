"""The command line: `ordermill COMMAND`. Commands are imported only when they are run."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from ordermill import __version__
from ordermill.entrypoints.cli.group import LazyGroup

COMMANDS = {
    "up": ("ordermill.entrypoints.cli.up:up", "Run Ordermill on this machine."),
    "order": ("ordermill.entrypoints.cli.order:order", "Place one order and watch each step."),
    "execution": ("ordermill.entrypoints.cli.execution:execution", "Show each step of one order."),
    "orders": ("ordermill.entrypoints.cli.orders:orders", "Show, edit, ship, deliver, cancel, retry or delete orders."),
    "import": ("ordermill.entrypoints.cli.import_orders:import_orders", "Place an order for each row of a CSV."),
    "tail": ("ordermill.entrypoints.cli.tail:tail", "Watch every hop as it happens."),
    "record": ("ordermill.entrypoints.cli.record:record", "Record a run for the static demo."),
    "demo": ("ordermill.entrypoints.cli.demo:demo", "Place twenty orders, a few bad on purpose."),
    "load": ("ordermill.entrypoints.cli.load:load", "Offer orders at a fixed rate, see how it keeps up."),
    "catalogue": ("ordermill.entrypoints.cli.catalogue:catalogue", "Show the catalogue, or import one from CSV."),
    "report": ("ordermill.entrypoints.cli.report:report", "Save a PDF report of deleted orders."),
    "dead-letters": (
        "ordermill.entrypoints.cli.dead_letters:dead_letters",
        "Show what was given up, or send it on.",
    ),
    "subscriptions": (
        "ordermill.entrypoints.cli.subscriptions:subscriptions",
        "Show who is told of deleted orders.",
    ),
    "erase": ("ordermill.entrypoints.cli.erase:erase", "Erase a person, and keep the accounts."),
    "faults": ("ordermill.entrypoints.cli.faults:faults", "Inject faults, to rehearse failures."),
    "sign-in": ("ordermill.entrypoints.cli.sign_in:sign_in", "Print a link that signs a browser in as staff."),
    "doctor": ("ordermill.entrypoints.cli.doctor:doctor", "Find what keeps Ordermill from running well."),
    "package": ("ordermill.entrypoints.cli.package:package", "Make what is deployed to AWS."),
    "topology": ("ordermill.entrypoints.cli.topology:topology", "Check the file that wires everything."),
}
"""Command name to (`module:attribute`, short help)."""

_EPILOG = """\b
Examples:
  ordermill up                    start it; Ctrl-C stops it
  ordermill order --quantity 2    place an order and watch it
  ordermill tail                  watch what happens
  ordermill doctor                when something is not right

\b
Each flag has its variable: --url is ORDERMILL_URL, `order --note` is ORDERMILL_ORDER_NOTE.
Flags win over variables, variables over ./ordermill.toml (or --config FILE):

\b
  url = "http://127.0.0.1:8420"
  [order]
  quantity = 2
"""


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "ORDERMILL"},
)
@click.version_option(__version__, prog_name="ordermill", allow_from_autoenv=False)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    show_envvar=True,
    help="A TOML file with defaults for flags.  [default: ./ordermill.toml, if there]",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Event-driven order processing, on one machine and on AWS."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    path = config or Path("ordermill.toml")
    if config or path.is_file():
        from ordermill.entrypoints.cli.config import read_defaults

        ctx.default_map = read_defaults(path, ctx)
