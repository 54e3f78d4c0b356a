"""Signing in, the console and signing out, as people meet them; and pages of other sites meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_other_sites import elsewhere
from tests.e2e.server import Server

__all__ = ["elsewhere"]

DESKTOP, PHONE = (1440, 900), (390, 844)
REFUSED = re.compile("status of (401|403)")
OpenPage = Callable[[str], Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address in one browser profile; nothing may have gone wrong on its pages but refusals."""
    context = browser.new_context(locale="en-US", timezone_id="UTC")
    said: list[str] = []

    def make(url: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(url)
        return page

    yield make
    context.close()
    assert [text for text in said if not REFUSED.search(text)] == []


def link(server: Server) -> str:
    url: str = httpx2.post(f"{server.url}/sign-in/links", headers=server.staff).json()["url"]
    return url


FITS = """() => {
  const inner = [...document.querySelectorAll(".article > *, .article dd, .article button, main *")];
  return document.documentElement.scrollWidth <= document.documentElement.clientWidth
    && inner.every((each) => each.getBoundingClientRect().right <= document.documentElement.clientWidth);
}"""


def fits(page: Page, size: tuple[int, int]) -> bool:
    """Whether nothing is wider than the screen, or leaves its card."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return bool(page.evaluate(FITS))


def test_a_link_leads_to_the_console_and_out_again(server: Server, open_page: OpenPage) -> None:
    used = link(server)
    page = open_page(used)
    # Neither the address bar nor what the page sends on has the token.
    assert page.url == f"{server.url}/console"
    page.goto(f"{server.url}/console/session")
    expect(page.get_by_role("heading", name="Signed in as staff")).to_be_visible()
    expect(page.locator("dd").filter(has_text=re.compile(r"\w+ \d+, \d{4}, \d+:\d\d"))).to_have_count(3)
    assert all(fits(page, size) for size in (DESKTOP, PHONE))
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_focused()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    page.goto(used)
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    expect(page.get_by_text("ordermill sign-in", exact=True)).to_be_visible()
    assert all(fits(page, size) for size in (DESKTOP, PHONE))


def test_signing_out_everywhere_ends_other_browsers_too(server: Server, browser: Browser, open_page: OpenPage) -> None:
    page = open_page(link(server))
    other = browser.new_context()
    try:
        there = other.new_page()
        there.goto(link(server))
        page.goto(f"{server.url}/console/session")
        expect(page.get_by_role("heading", name="Signed in as staff")).to_be_visible()
        page.get_by_role("button", name="Sign out everywhere").click()
        expect(page.get_by_role("heading", name="Everybody is signed out")).to_be_visible()
        there.reload()
        expect(there.get_by_role("heading", name="You are not signed in")).to_be_visible()
    finally:
        other.close()


def test_the_back_button_shows_nobody_that_is_signed_out(server: Server, open_page: OpenPage) -> None:
    page = open_page(link(server))
    page.goto(f"{server.url}/console/session")
    expect(page.get_by_role("heading", name="Signed in as staff")).to_be_visible()
    page.goto(f"{server.url}/docs")
    httpx2.post(f"{server.url}/sign-out/everywhere", headers=server.staff)
    page.go_back()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()


def test_whoever_is_signed_in_tries_the_api_and_watches_without_a_token(server: Server, open_page: OpenPage) -> None:
    page = open_page(link(server))
    page.goto(f"{server.url}/docs#/Operation/putFaults")
    operation = page.locator("#operations-Operation-putFaults")
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill("{}")
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response .response-col_status").first).to_have_text(
        re.compile("200")
    )
    seen = page.evaluate(
        """() => new Promise((resolve, reject) => {
          const stream = new EventSource("/live");
          stream.onopen = () => { stream.close(); resolve("open"); };
          stream.onerror = () => { stream.close(); reject(new Error("refused")); };
        })"""
    )
    assert seen == "open"


def test_another_sites_page_does_nothing_with_the_session(server: Server, browser: Browser, elsewhere: str) -> None:
    context = browser.new_context()
    try:
        _try_from(elsewhere, context.new_page(), server)
    finally:
        context.close()


def _try_from(elsewhere: str, page: Page, server: Server) -> None:
    page.set_default_timeout(10_000)
    page.goto(link(server))
    page.goto(f"{server.url}/console/session")
    expect(page.get_by_role("heading", name="Signed in as staff")).to_be_visible()
    page.goto(elsewhere)
    tried = page.evaluate(
        """async url => {
          const send = (path, options) =>
            fetch(url + path, {credentials: "include", mode: "no-cors", ...options}).then(() => "sent", () => "failed");
          const text = {method: "POST", headers: {"Content-Type": "text/plain"}, body: "{}"};
          return [await send("/sign-out/everywhere", text), await send("/session", {}),
            await fetch(url + "/session", {credentials: "include"}).then(() => "read", () => "failed")];
        }""",
        server.url,
    )
    assert tried[2] == "failed"
    form = (
        f'<form method="post" enctype="text/plain" action="{server.url}/sign-out/everywhere"><button>Go</button></form>'
    )
    page.evaluate("form => { document.body.innerHTML = form; }", form)
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Go").click()
    assert navigation.value is not None
    assert navigation.value.status == 403
    page.goto(f"{server.url}/console/session")
    expect(page.get_by_role("heading", name="Signed in as staff")).to_be_visible()
