"""What the kernel was asked for, in which order: an order is on the disk before the first byte of its answer."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, STOP_S, Server, wait_for

CALLS: Final = "fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg"
LINE: Final = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\(\d+<([^>]*)>)(.*)")
ORDER_WAL: Final = "/ordermill.db-wal"
PAYMENTS_WAL: Final = "/ordermill.db.payments-wal"
BURST, BURSTS = 64, 4


class Event(NamedTuple):
    """One system call's beginning or end: `file` is what its descriptor stands for, `text` the rest of the line."""

    call: str
    file: str
    ended: bool
    text: str


@pytest.fixture
def traced(make_server: MakeServer, tmp_path: Path) -> tuple[Server, Path]:
    """A server running under strace, and the file with its system calls."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: nothing else shows whether an order is synced before its answer")
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-s", "16384", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(trace)]
    if subprocess.run(["strace", "-o", str(trace), "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("strace may not trace here (ptrace is forbidden), so the order of sync and answer is not seen")
    return make_server(prefix=command).start(), trace


def test_an_order_is_synced_before_the_first_byte_of_its_answer(traced: tuple[Server, Path]) -> None:
    server, trace = traced
    markers = [f"Marker-{number}-of-the-order" for number in range(4)]
    with server.client() as client:
        for marker in markers:
            assert client.post("/orders", json=FIRST_ORDER | {"customerName": marker}).status_code == 202
    wait_for(server.settled, "everything is processed")
    assert stop(server) == 0
    events = events_of(trace)
    answers = answers_in(events)
    assert len(answers) == len(markers)
    for marker, answered in zip(markers, answers, strict=True):
        written = first(events, "pwrite64", ORDER_WAL, marker)
        assert any(is_synced(event, ORDER_WAL) for event in events[written:answered]), f"{marker} was answered unsynced"


def test_the_gateways_ledger_is_synced_before_the_order_says_paid(traced: tuple[Server, Path]) -> None:
    server, trace = traced
    with server.client() as client:
        assert client.post("/orders", json=FIRST_ORDER).status_code == 202
    wait_for(server.settled, "everything is processed")
    assert stop(server) == 0
    events = events_of(trace)
    charged = first(events, "pwrite64", PAYMENTS_WAL, "tok_approve")
    paid = first(events, "pwrite64", ORDER_WAL, "CAPTURED")
    assert any(is_synced(event, PAYMENTS_WAL) for event in events[charged:paid])


def test_orders_share_commits(traced: tuple[Server, Path]) -> None:
    server, trace = traced
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(server.port)) for _ in range(BURST)]
        for _ in range(BURSTS):
            burst(sockets)
    wait_for(server.settled, "everything is processed", within_s=30)
    assert stop(server) == 0
    events = events_of(trace)
    answers = answers_in(events)
    assert len(answers) == BURST * BURSTS
    between = events[answers[0] : answers[-1]]
    syncs = sum(is_synced(event, ORDER_WAL) for event in between)
    assert 0 < syncs < BURST * BURSTS / 4


def stop(server: Server) -> int:
    """As Ctrl-C does: strace itself lets it pass and ends with its child's status."""
    server.signal_group(signal.SIGINT)
    return server.process.wait(STOP_S)


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def burst(sockets: Sequence[socket.socket]) -> None:
    """One order on every connection at once, and all the answers."""
    body = json.dumps(FIRST_ORDER | {"email": None}).encode()
    lines = ("POST /orders HTTP/1.1", "Host: localhost", "Content-Type: application/json")
    head = "\r\n".join((*lines, f"Content-Length: {len(body)}", "", ""))
    for connection in sockets:
        connection.sendall(head.encode() + body)
    for connection in sockets:
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 202")


def events_of(trace: Path) -> list[Event]:
    """The trace as events; a call that another thread interrupted has its beginning and its end apart."""
    begun: dict[str, str] = {}
    events = []
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        thread, resumed, call, file, text = match.groups()
        if resumed is not None:
            events.append(Event(resumed, begun.pop(thread, ""), True, text))
            continue
        events.append(Event(call, file, False, text))
        if text.endswith("<unfinished ...>"):
            begun[thread] = file
        else:
            events.append(Event(call, file, True, ""))
    return events


def first(events: Sequence[Event], call: str, file: str, text: str) -> int:
    """Where the first such call begins."""
    for number, event in enumerate(events):
        if not event.ended and event.call == call and event.file.endswith(file) and text in event.text:
            return number
    raise AssertionError(f"no {call} of {text!r} to {file}")


def is_synced(event: Event, file: str) -> bool:
    """Whether this is the end of a sync of the file."""
    return event.ended and event.call in ("fsync", "fdatasync") and event.file.endswith(file)


def answers_in(events: Sequence[Event]) -> list[int]:
    """Where each 202's first byte is handed to the kernel."""
    return [number for number, event in enumerate(events) if not event.ended and "HTTP/1.1 202" in event.text]
