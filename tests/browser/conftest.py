"""A browser of this machine and a running server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.server import HASTE, Server

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    # What a hostile name server does: a name of theirs, an address of ours.
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the browser tests' own."""
    running = Server(tmp_path_factory.mktemp("browser") / "data", env=HASTE)
    try:
        yield running.start()
    finally:
        running.kill()


def chromium_path() -> str:
    """Where Chromium is; without one the test is skipped."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH, so the pages are not looked at")
    return path


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What starts browsers, of which a process can have one alone."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium."""
    chromium = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    yield chromium
    chromium.close()
