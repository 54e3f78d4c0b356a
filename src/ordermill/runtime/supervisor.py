"""Keeps the server process running: starts it again when it dies, but not when that would not help."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from ordermill.domain.backoff import LONGEST_MS

STEADY_S: Final = 10
"""A process that lived this long starts the back-off anew."""


class Supervisor:
    """Runs `command`. Its standard input gives it one line, `config`, and closes when this process dies.

    `final` are the exit statuses after which it is not started again.
    """

    def __init__(
        self, command: Sequence[str], config: bytes, *, final: frozenset[int], say: Callable[[str], None]
    ) -> None:
        self._command, self._config, self._final, self._say = list(command), config, final, say
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def run(self) -> int:
        """Until the server ends for good; its exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        deaths = 0
        while True:
            status, lived_s = self._once()
            if self._stopping or status in self._final:
                return 0 if self._stopping and status < 0 else status
            deaths = 1 if lived_s > STEADY_S else deaths + 1
            delay_ms = min(100 * 2 ** (deaths - 1), LONGEST_MS)
            self._say(f"the server ended ({_described(status)}); starting it again in {delay_ms} ms")
            self._pause(delay_ms / 1000)
            if self._stopping:
                return 0

    def _once(self) -> tuple[int, float]:
        began = time.monotonic()
        child = self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, preexec_fn=_ignore_interrupts)
        assert child.stdin is not None
        if self._stopping:
            child.terminate()
        with suppress(BrokenPipeError):
            child.stdin.write(self._config + b"\n")
            child.stdin.flush()
        status = child.wait()
        with suppress(BrokenPipeError):
            child.stdin.close()
        return status, time.monotonic() - began

    def _stop(self, *_: Any) -> None:
        """Pass it on; the server may have had it from the terminal already, and stops once."""
        self._stopping = True
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))


def _ignore_interrupts() -> None:
    """A Ctrl-C reaches the server too; until it has handlers of its own, it leaves that to us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _described(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    return f"signal {signal.Signals(-status).name}"
