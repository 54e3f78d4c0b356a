"""Checks of the data directory: may it be used, is there room, who else uses it."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from ordermill.adapters.local.data_dir import FAULTS_FILE, LOCK_NAME, STAFF_FILE
from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.runtime.faults import RuleState

_SCARCE = 1_000_000_000
_TOO_LITTLE = 100_000_000
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\.(sshfs|s3fs|rclone|glusterfs|davfs)|davfs"
)


class Lock(msgspec.Struct, frozen=True):
    """The lock on a data directory: whether it is held, and by whom as its file says."""

    held: bool
    pid: int | None = None
    url: str | None = None


class _Holder(msgspec.Struct, frozen=True):
    pid: int | None = None
    url: str | None = None


def writable(path: Path) -> bool:
    """Whether this process may create files in the directory."""
    return os.access(path, os.W_OK | os.X_OK)


def nearest(path: Path) -> Path:
    """`path`, or the nearest of its parents that exists."""
    path = path.absolute()
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())


def directory_check(path: Path, may_write: Callable[[Path], bool] = writable) -> Check:
    """Whether the data directory is one, is writable and ours; or can be made."""
    name, there = "data directory", nearest(path)
    if not there.is_dir():
        return Check(name, "fail", str(path), f"{there} is a file.", "Name a directory with --data.")
    if not may_write(there):
        cause = f"This user (uid {os.geteuid()}) may not write to {there} (uid {there.stat().st_uid})."
        cure = "Run as its owner, change the owner (chown), or name another directory with --data."
        return Check(name, "fail", str(path), cause, cure)
    if there != path.absolute():
        return Check(name, "ok", f"{path}, made at the first start")
    if (owner := path.stat().st_uid) != os.geteuid():
        cause = f"It belongs to uid {owner}, and this is uid {os.geteuid()}: files of two owners will mix."
        return Check(name, "warn", str(path), cause, "Run every ordermill command as the same user.")
    return Check(name, "ok", str(path))


def space_check(free: int) -> Check:
    """Whether `free` bytes are enough."""
    shown = f"{free / 1e9:.1f} GB free"
    cure = "Make room, or name a directory on another disk with --data."
    if free < _TOO_LITTLE:
        shown = f"{free / 1e6:.0f} MB free"
        return Check("disk", "fail", shown, "Under 100 MB, the next orders may not fit.", cure)
    if free < _SCARCE:
        return Check("disk", "warn", f"{free / 1e6:.0f} MB free", "Under 1 GB, it may be full soon.", cure)
    return Check("disk", "ok", shown)


def file_system_check(path: Path, mounts: str) -> Check:
    """Whether `path` (absolute) is on a network file system, by the text of `/proc/mounts`."""
    point, kind = Path("/"), "unknown"
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) > 2:
            candidate = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[1]))
            if path.is_relative_to(candidate) and len(candidate.parts) >= len(point.parts):
                point, kind = candidate, fields[2]
    if _NETWORK.fullmatch(kind):
        cause = "SQLite's WAL mode and file locks are not reliable on a network file system."
        return Check(
            "file system", "warn", f"{kind} at {point}", cause, "Name a directory on a local disk with --data."
        )
    return Check("file system", "ok", f"{kind} at {point}")


def token_check(data: Path) -> Check:
    """Whether the staff token's file is for its owner's eyes alone."""
    path = data / STAFF_FILE
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        return Check("staff token", "ok", "none yet; made at the first start unless ORDERMILL_STAFF_TOKEN is set")
    except OSError as error:
        return Check(
            "staff token", "fail", str(path), f"It cannot be read: {error.strerror}.", "Look at its owner and mode."
        )
    if mode & 0o077:
        cause = "Others on this machine may read it, and it opens everything that staff may do."
        cure = f"chmod 600 {path}; then, if anyone may have read it, remove it and restart for a new one"
        return Check("staff token", "fail", f"{path}, mode {mode:04o}", cause, cure)
    return Check("staff token", "ok", f"{path}, mode {mode:04o}")


def privacy_check(data: Path) -> Check:
    """Whether others on this machine may read what the server keeps: orders, mails, payments."""
    kept = [*data.glob("ordermill.db*"), data / "mail"]
    open_ones = sorted(path.name for path in kept if _is_open(path)) if _is_open(data) else []
    if not open_ones:
        return Check("privacy", "ok", "what is kept is its owner's alone")
    cause = "Others on this machine may read customers' orders and mails."
    return Check("privacy", "warn", f"open: {', '.join(open_ones)}", cause, f"chmod 700 {data}")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def read_lock(data: Path) -> Lock:
    """The state of the directory's lock. Takes it shared for an instant, and only if nobody holds it."""
    try:
        descriptor = os.open(data / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return Lock(held=False)
    try:
        holder = _holder(os.read(descriptor, 4096))
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Lock(True, holder.pid, holder.url)
    except OSError:
        return Lock(held=False)
    finally:
        os.close(descriptor)
    return Lock(held=False)


def _holder(content: bytes) -> _Holder:
    try:
        return msgspec.json.decode(content, type=_Holder)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Holder()


def faults_check(path: Path) -> Check:
    """Whether somebody rehearses failures: who forgot it would look for a defect."""
    name, file = "faults", path / FAULTS_FILE
    try:
        states = msgspec.json.decode(file.read_bytes(), type=dict[str, RuleState])
    except FileNotFoundError:
        return Check(name, "ok", "none are set")
    except (OSError, msgspec.MsgspecError) as error:
        cause = f"{file} cannot be read, so none are in force: {error}"
        return Check(name, "warn", "unknown", cause, "Set them anew, or remove that file.")
    in_force = [f"{fault} ({state.mode})" for fault, state in states.items() if not state.spent]
    if not in_force:
        return Check(name, "ok", "none are set" if not states else "all that were set are spent")
    cause = "Failures are injected on purpose, to rehearse them."
    return Check(name, "warn", f"set: {', '.join(in_force)}", cause, "When done: ordermill faults clear")
