"""What one connection may take of the server: sizes, times, and how many there may be."""

from __future__ import annotations

import socket
import sys
from typing import Final

import msgspec

URL_MAX: Final = 16 * 1024
HEADERS_MAX: Final = 100
HEADERS_BYTES_MAX: Final = 64 * 1024
FRAMING_MAX: Final = 64 * 1024
"""Bytes of chunk sizes, their extensions and trailers, beyond eight for each byte of the body."""
DISCARD_MAX: Final = 8 * 1024 * 1024
"""Bytes that are read and thrown away after an answer, for a client that is still sending."""

_SPARE_FILES: Final = 48
"""Open files that are not connections: the database and its readers, mails, the loop's own."""


class Limits(msgspec.Struct, frozen=True):
    """Times in seconds; a body gets one more for every `body_bytes_per_s` that arrived."""

    connections: int = 10_000
    head_s: float = 10
    body_s: float = 10
    body_bytes_per_s: int = 4096
    idle_s: int = 65
    stalled_s: float = 30
    """How long an answer may wait for a client that reads nothing of it."""
    linger_s: float = 2
    """How long a refused connection stays open for its client to read why."""


def allowed_connections(wanted: int) -> int:
    """How many of the connections wanted this process can have open, after raising its limit of open files to that.

    Where the system allows fewer files, what is left of them without those that the server needs itself.
    """
    if sys.platform == "win32":
        return wanted
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    needed = wanted + _SPARE_FILES
    if soft < needed and soft != hard:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(wanted, soft - _SPARE_FILES))


def notice_lost_peers(listener: socket.socket) -> None:
    """Connections accepted from it end soon after their other side is gone without a word."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
