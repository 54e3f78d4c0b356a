"""A server of our own to measure, on a free port and an empty data directory."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2


def free_port() -> int:
    """A port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, ready when `url` answers, ended at the end."""
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        _await(url, process)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def ordermill(data: Path) -> Iterator[str]:
    """Ordermill on `data`; gives its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "ordermill.entrypoints.cli", "up", "--data", str(data), "--port", str(port)]
    with running(command, url + "/health"):
        yield url


def processed(data: Path) -> int:
    """How many orders are PROCESSED."""
    return _count(data, "SELECT count(*) FROM orders WHERE status = 'PROCESSED'")


def mailed(data: Path) -> int:
    """How many mails are sent."""
    return _count(data, "SELECT count(*) FROM mails WHERE status = 'SENT'")


def _count(data: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{data / 'ordermill.db'}?mode=ro", uri=True)) as connection:
        found: int = connection.execute(query).fetchone()[0]
        return found


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"the server ended with status {process.returncode}")
        try:
            if httpx2.get(url).status_code < 500:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    sys.exit(f"nothing answers at {url}")
