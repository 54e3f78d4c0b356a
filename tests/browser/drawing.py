"""A browser that draws in three dimensions without a graphics card, slowly: nothing may depend on frame rates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser.conftest import ARGUMENTS, chromium_path

_DRAWING: Final = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
# Of the driver, about our own looking at the picture.
DRIVER: Final = "GPU stall due to ReadPixels"
SLOW_MS: Final = 30_000


@contextmanager
def drawing_browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium with WebGL, by its software renderer."""
    arguments = [each for each in ARGUMENTS if each != "--disable-gpu"] + _DRAWING
    chromium = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
    yield chromium
    chromium.close()


def quiet_page(context: BrowserContext, said: list[str]) -> Page:
    """A page that keeps in `said` whatever goes wrong on it."""
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)

    def heard(kind: str, text: str) -> None:
        if kind in ("error", "warning") and DRIVER not in text:
            said.append(text)

    page.on("console", lambda message: heard(message.type, message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return page


def stage(page: Page, script: str, argument: Any = None) -> Any:
    """What a function of the scene's stage, and of the live view's model, returns."""
    return page.evaluate(
        f"argument => ({script})(document.querySelector('canvas').stage, window.ordermill, argument)", argument
    )
