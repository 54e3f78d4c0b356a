"""Opening the storefront in a browser, and what tests do there again and again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.server import Server

DESKTOP, PHONE = (1280, 900), (390, 844)
REFUSED = re.compile("status of (401|404|422|503)|ERR_FAILED")

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Opens the storefront at a size; at the end nothing may have gone wrong, or to another host, or told a token."""
    context = browser.new_context(locale="en-US")
    said: list[str] = []
    asked: set[str] = set()

    def make(size: tuple[int, int] = DESKTOP, path: str = "/") -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.add(request.url))
        page.goto(server.url + path)
        return page

    yield make
    context.close()
    assert [text for text in said if not REFUSED.search(text)] == []
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(server.url).netloc}
    assert not [url for url in asked if "token" in urlsplit(url).query]


def choose(page: Page, *products: str) -> None:
    """Put products into the cart and go there."""
    for product in products:
        page.get_by_role("button", name=f"Add to cart {product}").click()
    page.get_by_role("navigation").get_by_role("link", name="Cart").click()
    expect(page.get_by_role("heading", name="Your cart")).to_be_focused()


def fill(page: Page, *, customer: str, email: str = "ada@example.org", quantity: str = "2") -> None:
    page.get_by_label("Quantity of Laptop").fill(quantity)
    page.get_by_label("Name optional").fill(customer)
    page.get_by_label("E-mail optional").fill(email)


def place(page: Page) -> None:
    page.get_by_role("button", name="Place order").click()


def expect_status(page: Page, status: str) -> None:
    expect(page.locator("main").get_by_text(status, exact=True)).to_be_visible()


def orders_of(server: Server, customer: str) -> int:
    statement = f"SELECT count(*) FROM orders WHERE CAST(body AS TEXT) LIKE '%{customer}%'"
    ((count,),) = server.rows(statement)
    return int(count)


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def steps(page: Page, state: str) -> int:
    return page.get_by_role("list", name="Steps").locator(f"li[data-state={state}]").count()


def order_id(page: Page) -> str:
    return page.locator("main code").inner_text()
