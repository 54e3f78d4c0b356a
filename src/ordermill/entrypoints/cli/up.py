"""`ordermill up`: runs Ordermill on this machine, and keeps it running."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from typing import Final

import click
import msgspec

from ordermill.entrypoints.config import DEFAULT_PORT, UNUSABLE, InvalidSetting, ServerConfig, from_environment
from ordermill.topology.model import DEFAULT_PIPELINE

_SECRETS: Final = (
    "ORDERMILL_STAFF_TOKEN",
    "ORDERMILL_SMTP_URL",
    "ORDERMILL_WEBHOOK_SECRET",
    "ORDERMILL_ALERT_WEBHOOKS",
)


@click.command(
    short_help="Run Ordermill on this machine.",
    epilog="\b\nExamples:\n  ordermill up\n  ordermill up --port 9000 --data /var/lib/ordermill\n\n"
    "Exit status: 0 stopped, 2 cannot start (the message says why).",
)
@click.option(
    "--data",
    envvar="ORDERMILL_DATA",
    show_envvar=True,
    default="./ordermill-data",
    show_default=True,
    help="The folder that holds everything; made if it is not there.",
)
@click.option(
    "--host",
    envvar="ORDERMILL_HOST",
    show_envvar=True,
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on.",
)
@click.option(
    "--port",
    envvar="ORDERMILL_PORT",
    show_envvar=True,
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
@click.option(
    "--pipeline",
    envvar="ORDERMILL_PIPELINE",
    show_envvar=True,
    default=DEFAULT_PIPELINE,
    show_default=True,
    help="How an accepted order reaches its processing.",
)
def up(data: str, host: str, port: int, pipeline: str) -> None:
    """Run Ordermill on this machine, in the foreground, until Ctrl-C.

    Prints its links once orders are accepted. If the server process dies it is started again; every order that was
    accepted is there.
    """
    from ordermill.runtime.supervisor import Supervisor
    from ordermill.topology.loader import TopologyInvalid, load

    try:
        pipelines = sorted(load().pipelines)
    except TopologyInvalid as error:
        raise click.ClickException(str(error)) from error
    if pipeline not in pipelines:
        raise click.UsageError(f"there is no pipeline {pipeline!r}; there is: {', '.join(pipelines)}")
    try:
        config = from_environment(data=data, host=host, port=port, pipeline=pipeline)
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from error
    # The server has them in its configuration; its environment would show them as well.
    for secret in _SECRETS:
        os.environ.pop(secret, None)
    supervisor = Supervisor(
        [sys.executable, "-m", "ordermill.entrypoints.serve"],
        msgspec.json.encode(config),
        final=frozenset({0, UNUSABLE}),
        say=partial(_say, config),
    )
    sys.exit(supervisor.run())


def _say(config: ServerConfig, text: str) -> None:
    """Log it as the server would."""
    from ordermill.entrypoints.logs.setup import log_line

    log_line(config.log_level, config.log_format, "ordermill.supervisor", logging.WARNING, text)
