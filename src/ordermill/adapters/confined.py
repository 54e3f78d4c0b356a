"""Work on what others sent, in a process of its own that can do little and does not last.

What decodes a picture or lays out a page is large and not ours, and what it is given comes from anyone. There it has
no environment, no files but Python's own, no network, no other processes, and only so much memory and time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO, Final, Literal

from ordermill.adapters import confined_child

Kind = Literal["timeout", "memory", "output", "killed", "failed"]

_STDERR: Final = 4096
_CHUNK: Final = 65_536
_MB: Final = 1024 * 1024


class ConfinedError(Exception):
    """There is no result: it took too long, wanted too much memory, gave too much, was killed, or failed.

    The text says where in the code, and shows nothing of what it was given.
    """

    def __init__(self, kind: Kind, why: str) -> None:
        super().__init__(why)
        self.kind: Kind = kind


def confined(target: str, data: bytes, *, timeout_s: float, memory_mb: int, output_max: int) -> bytes:
    """What `target` makes of `data`: a function from bytes to bytes, such as `ordermill.adapters.pictures:clean`.

    The name has to be whole, for packaging reads it. A start costs some 20 ms and what the target imports. At most
    `output_max` bytes come back; `memory_mb` is address space, of which Python alone takes some 30. Any thread may
    call. Raises ConfinedError, OSError where no process can be started.
    """
    head = json.dumps(
        {"path": _path_for(target), "target": target, "memory": memory_mb * _MB, "cpu": int(timeout_s) + 1}
    )
    # -S: what site would do for this Python has been done to the path it is given.
    command = [sys.executable, "-I", "-S", "-X", "utf8", confined_child.__file__]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    try:
        try:
            output, said = _exchanged(process, head.encode() + b"\n" + data, time.monotonic() + timeout_s, output_max)
            status = process.wait(timeout=1)
        finally:
            _end(process)
    except subprocess.TimeoutExpired:
        raise ConfinedError("timeout", f"{target} did not end within {timeout_s:g} s") from None
    if status:
        raise _failure(target, status, said)
    return output


def _path_for(target: str) -> list[str]:
    """Where modules are looked for: as here, but in no working directory, which may have anybody's files."""
    here = os.getcwd()
    found = [path for each in sys.path if each and (path := os.path.abspath(each)) != here]
    package = importlib.util.find_spec(target.partition(".")[0])
    if package is not None and package.submodule_search_locations:
        found.insert(0, os.path.dirname(os.path.abspath(package.submodule_search_locations[0])))
    return list(dict.fromkeys(found))


def _exchanged(process: subprocess.Popen[bytes], data: bytes, until: float, output_max: int) -> tuple[bytes, bytes]:
    """Hand it its input, and take what it says until it closes both of its pipes.

    Raises ConfinedError, subprocess.TimeoutExpired.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    output, said, rest = bytearray(), bytearray(), memoryview(data)
    with selectors.DefaultSelector() as selector:
        _add(selector, process.stdin, selectors.EVENT_WRITE)
        _add(selector, process.stdout, selectors.EVENT_READ)
        _add(selector, process.stderr, selectors.EVENT_READ)
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, 0)
            for key, _ in selector.select(left):
                if key.fileobj is process.stdin:
                    rest = _written(key.fd, rest)
                    if not rest:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    output += chunk
                    if len(output) > output_max:
                        raise ConfinedError("output", f"its result has more than {output_max} bytes")
                else:
                    said += chunk[: _STDERR - len(said)]
    return bytes(output), bytes(said)


def _add(selector: selectors.BaseSelector, pipe: IO[bytes], events: int) -> None:
    os.set_blocking(pipe.fileno(), False)
    selector.register(pipe, events)


def _written(pipe: int, rest: memoryview) -> memoryview:
    """What is left to write; nothing once nobody reads any more, for it says itself why."""
    try:
        return rest[os.write(pipe, rest[:_CHUNK]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:
        return rest[:0]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left, however it went."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _failure(target: str, status: int, said: bytes) -> ConfinedError:
    if status == confined_child.OUT_OF_MEMORY:
        return ConfinedError("memory", f"{target} wanted more memory than it may have")
    if status == -signal.SIGXCPU:
        return ConfinedError("timeout", f"{target} used up its time")
    if status < 0:
        return ConfinedError("killed", f"{target} was ended by {signal.Signals(-status).name}")
    lines = said.decode("utf-8", "replace").splitlines()
    return ConfinedError("failed", f"{target} failed: {lines[-1] if lines else f'exit status {status}'}")
