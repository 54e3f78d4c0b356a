"""Where the figures were measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from pathlib import Path

import msgspec

from benchmarks.stats import Spread, spread

_WRITES = 200


class Machine(msgspec.Struct, frozen=True):
    """`fsync_ms` is an append of 4 KiB made durable: median and extremes over some hundred."""

    cores: int
    processor: str
    memory_mb: int | None
    kernel: str
    python: str
    sqlite: str
    load_average: float
    fsync_ms: Spread


def machine(folder: Path) -> Machine:
    """This machine, and the disk of `folder`."""
    return Machine(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        _memory_mb(),
        f"{platform.system()} {platform.release()}",
        platform.python_version(),
        sqlite3.sqlite_version,
        round(os.getloadavg()[0], 2),
        _fsync(folder / "fsync"),
    )


def _fsync(path: Path) -> Spread:
    sync, taken = getattr(os, "fdatasync", os.fsync), []
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        for _ in range(_WRITES):
            began = time.perf_counter()
            os.write(file, b"x" * 4096)
            sync(file)
            taken.append(round((time.perf_counter() - began) * 1000, 3))
    finally:
        os.close(file)
        path.unlink()
    found = spread(taken)
    return Spread(found.median, found.low, found.high, ())


def _memory_mb() -> int | None:
    kilobytes = _field("/proc/meminfo", "MemTotal").removesuffix(" kB")
    return int(kilobytes) // 1024 if kilobytes.isdecimal() else None


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = (line.partition(":") for line in lines if line.partition(":")[0].strip() == name)
    return next((value.strip() for _, _, value in found), "")
