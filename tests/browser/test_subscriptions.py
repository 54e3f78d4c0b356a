"""Subscribing, confirming and leaving as people meet it: with a mouse, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.storefront_kit import DESKTOP, PHONE, is_wider_than_the_screen
from tests.e2e.server import Json, Server, wait_for

Visit = Callable[[str, tuple[int, int]], Page]


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """Opens a URL without scripts; at the end no token has gone anywhere but into the address."""
    context = browser.new_context(java_script_enabled=False)
    told: list[str] = []

    def make(url: str, size: tuple[int, int]) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.set_default_timeout(10_000)
        page.on("request", lambda request: told.append(request.headers.get("referer", "")))
        page.on("request", lambda request: told.append(urlsplit(request.url).netloc))
        page.goto(url)
        return page

    yield make
    context.close()
    assert set(told) <= {"", f"{server.url}/", urlsplit(server.url).netloc}


def link_in_mail(server: Server, address: str) -> str:
    """The one link of the last mail to the address."""

    def look() -> str | None:
        for path in sorted((server.data / "mail").glob("sub_*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = message.get_body(("plain",))
            if message["To"] == address and body is not None:
                (link,) = re.findall(r"https?://\S+", body.get_content())
                return str(link)
        return None

    link = wait_for(look, "the mail is there")
    assert link is not None
    return link


def subscriptions(server: Server, address: str) -> list[str]:
    """The status of the address, if it is known."""
    with server.client() as client:
        found: list[Json] = client.get("/subscriptions", headers=server.staff).json()["subscriptions"]
    return [each["status"] for each in found if each["email"] == address]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_who_asks_on_the_page_confirms_and_leaves_by_links(
    browser: Browser, server: Server, visit: Visit, size: tuple[int, int]
) -> None:
    address = f"ada{size[0]}@example.org"
    with browser.new_context(locale="en-US") as context:
        form = context.new_page()
        form.set_viewport_size({"width": size[0], "height": size[1]})
        form.goto(server.url + "/")
        field = form.get_by_label("Your e-mail")
        field.fill("nobody")
        form.get_by_role("button", name="Subscribe").click()
        expect(field).to_have_accessible_description(re.compile("ada@example.org"))
        expect(field).to_be_focused()
        field.fill(address)
        form.get_by_role("button", name="Subscribe").click()
        expect(form.get_by_text("Look into your mailbox")).to_be_visible()
        expect(field).to_have_value("")
        assert not is_wider_than_the_screen(form)

    link = link_in_mail(server, address)
    page = visit(link, size)
    expect(page.get_by_role("heading")).to_have_text("Confirm your subscription?")
    assert subscriptions(server, address) == ["PENDING"], "looking changes nothing"
    page.get_by_role("button", name="Confirm the subscription").click()
    expect(page.get_by_role("heading")).to_have_text("You are subscribed")
    assert subscriptions(server, address) == ["CONFIRMED"]
    page.goto(link[:-1])
    page.get_by_role("button", name="Confirm the subscription").click()
    expect(page.get_by_text("This link is not valid, or not any more.")).to_be_visible()


def test_a_link_to_leave_asks_and_then_leaves(server: Server, visit: Visit) -> None:
    page = visit(f"{server.url}/subscriptions/unsubscribe?token=t", PHONE)
    expect(page.get_by_role("heading")).to_have_text("Unsubscribe?")
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_text("This link is not valid.")).to_be_visible()
