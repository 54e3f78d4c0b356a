"""Checks of the server: who has the port, who has the data directory, and do they answer."""

from __future__ import annotations

import errno
import socket
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from ordermill import __version__
from ordermill.entrypoints.cli.answers import Health
from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.entrypoints.cli.doctor_data import Lock
from ordermill.entrypoints.cli.failures import Failure

_HOST = "127.0.0.1"
_PATIENCE_S = 2.0


class Port(msgspec.Struct, frozen=True):
    """Who has a port: nobody, Ordermill (ready, with its health; or starting), something else, or nobody may."""

    number: int
    state: Literal["free", "ready", "starting", "foreign", "forbidden"]
    health: Health | None = None


def probe(number: int, lock: Lock) -> Port:
    """Try the port on loopback; `lock` tells an Ordermill that is still starting from something else."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_HOST, number))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return Port(number, "forbidden")
        else:
            return Port(number, "free")
    if health := _health(f"http://{_HOST}:{number}"):
        return Port(number, "ready", health)
    return Port(number, "starting" if _port_of(lock.url) == number else "foreign")


def port_check(port: Port) -> Check:
    """Whether the port is free, or Ordermill's own."""
    name, shown = "port", f"{port.number}"
    other = f"ordermill up --port {port.number + 1 if port.number < 65535 else 8420}"
    if port.state == "foreign":
        cure = f"Stop that program (ss -ltnp 'sport = :{port.number}' names it), or use another port: {other}"
        return Check(name, "fail", f"{shown}, taken", "Another program than Ordermill listens there.", cure)
    if port.state == "forbidden":
        return Check(name, "fail", f"{shown}, not allowed", "This user may not listen there.", f"Use another: {other}")
    return Check(name, "ok", f"{shown}, {'free' if port.state == 'free' else 'held by Ordermill'}")


def health_of(lock: Lock, port: Port) -> Health | None:
    """What the server of this data directory says of itself, asked where the lock says it is; else the port's."""
    if lock.held and lock.url and _port_of(lock.url) != port.number:
        return _health(lock.url)
    return port.health


def lock_check(lock: Lock, health: Health | None) -> Check:
    """Whether who holds the data directory also answers, with `health`."""
    if not lock.held:
        return Check("lock", "ok", "nobody uses the data directory")
    shown = f"held by process {lock.pid or 'unknown'}" + (f", which serves {lock.url}" if lock.url else "")
    if health:
        return Check("lock", "ok", shown)
    cause = "That process holds the data directory, but does not answer: it starts, stops or hangs."
    kill = f" (kill {lock.pid})" if lock.pid else ""
    return Check(
        "lock", "warn", shown, cause, f"Wait a moment and run this again; if it stays so, end that process{kill}."
    )


def server_check(lock: Lock, health: Health | None) -> Check:
    """What the server says of itself, and whether it is the version of this command."""
    if health is None:
        shown = "does not answer; see lock" if lock.held else "not running; start it with: ordermill up"
        return Check("server", "ok", shown)
    shown = f"{health.status}, version {health.version}, pipeline {health.pipeline}"
    if health.version != __version__:
        cause = f"This command is version {__version__}, the running server is {health.version}."
        return Check("server", "warn", shown, cause, "Restart the server, or use the command of its installation.")
    if health.stale:
        cause = f"{', '.join(health.stale)} did not go through for three intervals; orders are accepted all the same."
        return Check("server", "warn", shown, cause, "Its log says why each try failed; restart it if it says nothing.")
    return Check("server", "ok", shown)


def _health(url: str) -> Health | None:
    try:
        with Client(url, timeout=_PATIENCE_S) as client:
            return client.send("GET", "/health").read(Health)
    except Failure:
        return None


def _port_of(url: str | None) -> int | None:
    try:
        return urlsplit(url or "").port
    except ValueError:
        return None
