"""`ordermill doctor`: finds what keeps Ordermill from running well, with cause and cure."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.entrypoints.cli.doctor_data import (
    directory_check,
    faults_check,
    file_system_check,
    nearest,
    privacy_check,
    read_lock,
    space_check,
    token_check,
)
from ordermill.entrypoints.cli.doctor_labels import labels_check
from ordermill.entrypoints.cli.doctor_machine import clock_check, newest_change, python_check, sqlite_check
from ordermill.entrypoints.cli.doctor_mail import mail_check
from ordermill.entrypoints.cli.doctor_server import health_of, lock_check, port_check, probe, server_check
from ordermill.entrypoints.cli.doctor_sign_in import sign_in_check
from ordermill.entrypoints.cli.options import data_option, json_option, option
from ordermill.entrypoints.cli.render import clean, coloured, print_json

_NAME_WIDTH = 16


@click.command(short_help="Find what keeps Ordermill from running well.")
@data_option
@option("--port", envvar="ORDERMILL_PORT", type=click.IntRange(1, 65535), default=8420, help="The server's port.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, data: Path, port: int, json: bool) -> None:
    """Check this machine, the data directory, the port and the running server, with cause and cure. Changes nothing.

    Exit code 0 if nothing fails (warnings are worth knowing), else 1.

    \b
    Example:
      ordermill doctor --data /var/lib/ordermill
    """
    checks = []
    for check in examine(data, port):
        checks.append(check)
        if not json:
            _show(check)
    sound = all(check.state != "fail" for check in checks)
    if json:
        members = Check.__struct_fields__
        print_json({"ok": sound, "checks": [{name: getattr(check, name) for name in members} for check in checks]})
    if not sound:
        ctx.exit(1)


def examine(data: Path, port_number: int) -> Iterator[Check]:
    """Every check, as it is made."""
    yield python_check(sys.version_info[:3])
    yield sqlite_check(sqlite3.sqlite_version_info)
    yield clock_check(time.time(), newest_change(data))
    yield directory_check(data)
    place = nearest(data)
    yield space_check(shutil.disk_usage(place).free)
    yield file_system_check(place.resolve(), _mounts())
    yield token_check(data)
    yield privacy_check(data)
    yield mail_check(data, os.environ)
    yield sign_in_check(os.environ)
    yield labels_check(os.environ)
    yield faults_check(data)
    lock = read_lock(data)
    port = probe(port_number, lock)
    health = health_of(lock, port)
    yield lock_check(lock, health)
    yield port_check(port)
    yield server_check(lock, health)
    yield _topology_check()


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _topology_check() -> Check:
    from ordermill.entrypoints.cli.topology import examine as examine_topology
    from ordermill.entrypoints.cli.topology import summary

    verdict = examine_topology(None)
    if not verdict.findings:
        return Check("topology", "ok", summary(verdict.counts))
    pointer, problem, _ = verdict.findings[0]
    count = len(verdict.findings)
    shown = f"{count} {'finding' if count == 1 else 'findings'}"
    return Check(
        "topology", "fail", shown, f"The first: {pointer}: {problem}", "See them all: ordermill topology check"
    )


def _show(check: Check) -> None:
    click.echo(f"{coloured(check.state, 4)}  {check.name.ljust(_NAME_WIDTH)}{clean(check.found)}")
    for word, text in (("cause", check.cause), ("cure", check.cure)):
        if text:
            click.echo(f"        {word + ':':6} {clean(text)}")
