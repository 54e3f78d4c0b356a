"""The program of a confined process: gives up what it does not need, then runs one function. See `confined`.

It starts as a script in an isolated Python, and knows of ours only what it is told on standard input.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

OUT_OF_MEMORY: Final = 42
FAILED: Final = 1

_DESCRIPTORS: Final = 64
_FORBIDDEN: Final = (
    "ctypes.dlopen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
    "os.posix_spawn",
    "os.putenv",
    "os.spawn",
    "os.startfile",
    "os.system",
    "pty.spawn",
    "signal.pthread_kill",
    "socket.",
    "subprocess.Popen",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "shutil.",
)
"""What Python tells of: other processes, the network, native code, and changes to files."""


def main() -> int:
    """Run it; the exit status."""
    source = sys.stdin.buffer
    head = json.loads(source.readline())
    # Only the result goes there: what others' code prints is not it.
    result = os.dup(1)
    os.dup2(2, 1)
    _limit(head["memory"], head["cpu"])
    sys.path[:] = head["path"]
    sys.addaudithook(_warden([*head["path"], sys.prefix, sys.base_prefix]))
    try:
        module, _, name = head["target"].partition(":")
        function = getattr(importlib.import_module(module), name)
        output: bytes = function(source.read())
        with os.fdopen(result, "wb") as pipe:
            pipe.write(output)
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:
        _tell(error)
        return FAILED
    return 0


def _limit(memory: int, cpu_s: int) -> None:
    for which, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        # Some systems know no such limit, or have a lower one already.
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))


def _warden(readable: Sequence[str]) -> Any:
    """Lets Python's own files and packages be read, and nothing else of what Python tells hooks about."""
    roots = tuple(os.path.join(os.path.realpath(each), "") for each in readable if each and each != "/")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            _check_open(arguments, roots)
        elif event.startswith(_FORBIDDEN):
            raise PermissionError(f"{event} is not allowed here")

    return hook


def _check_open(arguments: tuple[Any, ...], roots: tuple[str, ...]) -> None:
    path, mode, flags = arguments
    if isinstance(path, int):
        return
    writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) if flags else mode and set("wax+") & set(mode)
    if writes or not os.path.realpath(os.fsdecode(path)).startswith(roots):
        raise PermissionError("opening that file is not allowed here")


def _tell(error: Exception) -> None:
    """Where it failed, and not at what: that may be anything a customer sent."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    os.write(2, f"\n{type(error).__name__}{at}\n".encode())


if __name__ == "__main__":
    # Nothing is put away: the process is all that there is to it.
    status = main()
    sys.stdout.flush()
    os._exit(status)
