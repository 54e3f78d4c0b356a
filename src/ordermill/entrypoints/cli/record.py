"""`ordermill record`: records what happens, to be shown again without a server."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.failures import Failure
from ordermill.entrypoints.cli.follow import Pace
from ordermill.entrypoints.cli.options import data_option, option, url_option
from ordermill.entrypoints.cli.recording import Recorder, encode


@click.command(short_help="Record a run for the static demo.")
@url_option
@data_option
@option("--for", "seconds", type=click.FloatRange(min=0.1, max=3600), default=30.0, help="How many seconds.")
@option("--output", type=click.Path(dir_okay=False, path_type=Path), default="run.json", help="The file to write.")
@click.pass_context
def record(ctx: click.Context, url: str, data: Path, seconds: float, output: Path) -> None:
    """Record every hop, what waits in the queues and what was measured, from now on. Ctrl-C ends it sooner.

    The recording names no person and has no token: orders are told by their ids alone. The static demo plays it.

    \b
    Example:
      ordermill record --for 30 --output run.json

    \b
    Exit codes:
      1  the file cannot be written
      2  wrong usage, or no staff token
      3  no server there; start one with: ordermill up
      4  the server refused the request
    """
    pace = ctx.obj or Pace()
    with Client(url) as client:
        recorder = Recorder(client, staff_token(data))
        try:
            click.echo(f"recording {url} for {seconds:g} s", err=True)
            recorder.run(pace, seconds)
        except KeyboardInterrupt:
            click.echo("ended sooner", err=True)
        document = recorder.document()
    try:
        beside = output.with_name(output.name + ".part")
        beside.write_bytes(encode(document))
        os.replace(beside, output)
    except OSError as error:
        raise Failure(f"{output}: {error.strerror or error}") from error
    click.echo(f"{output}: {len(document['events'])} events of {document['orders']} orders")
