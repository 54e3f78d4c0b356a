"""Servers to measure: processes of our own, on free ports."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import httpx2
import msgspec

from ordermill.entrypoints.config import from_environment

_START_S = 60
_ENV = {name: text for name, text in os.environ.items() if not name.startswith("ORDERMILL_")}


class Unmeasured(Exception):
    """A figure could not be measured: the message says why."""


class Server(msgspec.Struct, frozen=True):
    """A running server; `ready_s` is how long it took from its start to its first success."""

    url: str
    data: Path
    pid: int
    ready_s: float

    def peak_mb(self) -> float | None:
        """The highest memory in use so far, of the server and its supervisor together; None where nobody tells."""
        pids = {self.pid, json.loads((self.data / "ordermill.db.lock").read_text(encoding="ascii"))["pid"]}
        peaks = [_peak_kb(pid) for pid in pids]
        return sum(peak for peak in peaks if peak) / 1024 if all(peaks) else None


def free_port() -> int:
    """A port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], url: str, first_line: bytes | None = None) -> Iterator[tuple[int, float]]:
    """The command in a process group of its own, killed at the end: its id, and after how long `url` answered.

    `first_line` is written to its standard input, which then stays open. Raises Unmeasured where nothing answers, with
    the end of what it said.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            start_new_session=True,
            stdin=subprocess.PIPE if first_line else subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=_ENV,
        )
        try:
            if first_line and process.stdin:
                process.stdin.write(first_line)
                process.stdin.flush()
            _await(url, process, said)
            yield process.pid, time.perf_counter() - began
        finally:
            # Its data is thrown away: there is nothing to finish.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin:
                process.stdin.close()


@contextmanager
def ordermill(data: Path, pipeline: str) -> Iterator[Server]:
    """`ordermill up`, as a user starts it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "ordermill.entrypoints.cli", "up", "--data", str(data), "--port", str(port)]
    with running([*command, "--pipeline", pipeline], url + "/health") as (pid, ready_s):
        yield Server(url, data, pid, ready_s)


@contextmanager
def variant(name: str, data: Path, pipeline: str) -> Iterator[Server]:
    """A server of `benchmarks.server`."""
    config = from_environment(data=str(data), host="127.0.0.1", port=free_port(), pipeline=pipeline, environ=_ENV)
    command = [sys.executable, "-m", "benchmarks.server", "--variant", name]
    with running(command, config.url + "/health", msgspec.json.encode(config) + b"\n") as (pid, ready_s):
        yield Server(config.url, data, pid, ready_s)


def _peak_kb(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) if found else None


def _await(url: str, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    until = time.monotonic() + _START_S
    with httpx2.Client(timeout=5, trust_env=False) as client:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise Unmeasured(f"the server ended with status {process.returncode}:\n{_end_of(said)}")
            try:
                if client.get(url).status_code < 500:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.005)
    raise Unmeasured(f"nothing answers at {url}:\n{_end_of(said)}")


def _end_of(said: IO[bytes]) -> str:
    said.seek(0)
    return "\n".join(said.read().decode(errors="replace").splitlines()[-10:])
