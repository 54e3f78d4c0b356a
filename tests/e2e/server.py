"""`ordermill up` as a process group of its own, its port and its data directory."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2

ORDERMILL: Final = Path(sys.executable).with_name("ordermill")
START_S: Final = 20
STOP_S: Final = 12
FIRST_ORDER: Final = {"customerName": "John Doe", "email": "john@example.org", "product": "Laptop", "quantity": 1}

HASTE: Final = {"ORDERMILL_PAYMENT_TIMEOUT_MS": "50", "ORDERMILL_RETRY_BASE_MS": "20"}
"""For a server that is killed often: what fails or goes unanswered by itself is through sooner."""

Json = dict[str, Any]
T = TypeVar("T")


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any setting of Ordermill's, and `extra`."""
    return {name: text for name, text in os.environ.items() if not name.startswith("ORDERMILL_")} | dict(extra or {})


def wait_for(look: Callable[[], T], what: str, within_s: float = 10) -> T:
    """What `look` returns as soon as it is truthy. Raises AssertionError after `within_s`."""
    until = time.monotonic() + within_s
    while not (seen := look()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.02)
    return seen


def is_running(pid: int) -> bool:
    """Whether the process runs; one that ended but nobody reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Server:
    """One data directory and whichever process group serves it now; `prefix` runs before `command`.

    `pipeline` is what it is started with next, None for the default.
    """

    def __init__(
        self,
        data: Path,
        *,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        command: Path = ORDERMILL,
    ) -> None:
        self._command = command
        self.data, self.port, self.log = data, free_port(), data.with_name(data.name + ".log")
        self._env, self._prefix = environment(env), list(prefix)
        self.pipeline: str | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started: the supervisor, which leads the group."""
        assert self._process is not None, "the server was not started"
        return self._process

    @property
    def pid(self) -> int:
        """The server process's id, as it noted it; that of the last one while none runs."""
        pid: int = json.loads((self.data / "ordermill.db.lock").read_text(encoding="ascii"))["pid"]
        return pid

    def pid_or_none(self) -> int | None:
        """The same, None while a server that is starting has not noted it."""
        try:
            return self.pid
        except ValueError:
            return None

    @property
    def token(self) -> str:
        """The staff token that the server made."""
        return (self.data / "staff-token").read_text(encoding="ascii").strip()

    @property
    def staff(self) -> dict[str, str]:
        """The headers of staff."""
        return {"Authorization": f"Bearer {self.token}"}

    def log_text(self) -> str:
        """Everything it printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def spawn(self) -> Server:
        """Start it and don't wait."""
        chosen = [] if self.pipeline is None else ["--pipeline", self.pipeline]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, str(self._command), "up", "--data", str(self.data), "--port", str(self.port), *chosen],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )
        return self

    def start(self) -> Server:
        """Start it and wait until orders are accepted."""
        self.spawn().wait_until_healthy()
        return self

    def healthy(self) -> bool:
        """Whether it accepts orders now."""
        try:
            return httpx2.get(f"{self.url}/health", timeout=5, verify=False).status_code == 200
        except httpx2.TransportError:
            return False

    def wait_until_healthy(self) -> None:
        """Raises AssertionError, with the log, if it ends or doesn't accept orders in time."""
        until = time.monotonic() + START_S
        while not self.healthy():
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log_text()}"
            assert time.monotonic() < until, f"no orders accepted:\n{self.log_text()}"
            time.sleep(0.02)

    def signal_group(self, number: signal.Signals) -> None:
        """What a terminal does at Ctrl-C: the signal goes to every process of the group."""
        os.killpg(self.process.pid, number)

    def terminate(self) -> int:
        """SIGTERM to the supervisor alone; its exit status."""
        self.process.terminate()
        return self.process.wait(STOP_S)

    def kill(self) -> None:
        """SIGKILL to every process of the group; nothing if there is none."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self.signal_group(signal.SIGKILL)
        self._process.wait(STOP_S)

    def kill_server_and_wait(self) -> None:
        """SIGKILL to the server process alone, until the supervisor's next one accepts orders."""
        before = self.pid
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: self.pid_or_none() not in (None, before), "the server is started again")
        self.wait_until_healthy()

    def client(self) -> httpx2.Client:
        """A client of this server; the caller closes it."""
        # Reading the machine's certificates, which nothing here has a use for, takes longer than most requests.
        return httpx2.Client(base_url=self.url, timeout=15, verify=False)

    def rows(self, statement: str, *, file: str = "ordermill.db") -> list[tuple[Any, ...]]:
        """The rows of a query on one of its SQLite files, read without writing."""
        with closing(sqlite3.connect(self.data / file, timeout=5)) as connection:
            connection.execute("PRAGMA query_only = ON")
            return connection.execute(statement).fetchall()

    def settled(self) -> bool:
        """Whether every change was consumed, no message waits, in flight or for its turn, and all orders are done.

        One whose processing was given up is.
        """
        (left,) = self.rows(
            "SELECT (SELECT count(*) FROM messages WHERE NOT (queue = 'alert-queue' AND receives = 0 AND retry_at))"
            " + (SELECT count(*) FROM stream_parked)"
            " + (SELECT count(*) FROM orders WHERE status IN ('PENDING', 'CONFIRMED', 'PAID'))"
            " + (SELECT count(*) FROM executions WHERE status = 'RUNNING')"
            " + (SELECT count(*) FROM changes WHERE seq > (SELECT min(checkpoint) FROM stream_positions))"
        )
        return left == (0,)

    def mails(self) -> list[Path]:
        """The mails that were sent."""
        return sorted((self.data / "mail").glob("*.eml"))


def order_until(
    client: httpx2.Client, order_id: str, headers: Mapping[str, str], *statuses: str, within_s: float = 10
) -> Json:
    """The order as soon as it has one of `statuses`."""

    def look() -> Json | None:
        found: Json = client.get(f"/orders/{order_id}", headers=headers).json()
        return found if found["status"] in statuses else None

    order = wait_for(look, f"{order_id} becomes {' or '.join(statuses)}", within_s)
    assert order is not None
    return order
