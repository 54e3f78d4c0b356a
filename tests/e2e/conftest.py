"""Servers for the tests: every process group is gone when its test is over."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx2
import pytest

from tests.e2e.server import Server

MakeServer = Callable[..., Server]


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C reaches whatever the tests start, also where a shell in the background made them all ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Makes servers on directories of their own, not started; `name` picks the directory."""
    made: list[Server] = []

    def make(name: str = "data", *, env: Mapping[str, str] | None = None, prefix: Sequence[str] = ()) -> Server:
        made.append(Server(tmp_path / name, env=env, prefix=prefix))
        return made[-1]

    yield make
    for server in made:
        server.kill()


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all tests that leave it as it was, but for more orders."""
    server = Server(tmp_path_factory.mktemp("running") / "data")
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(scope="package")
def api(running: Server) -> Iterator[httpx2.Client]:
    """A client of the running server."""
    with running.client() as client:
        yield client
