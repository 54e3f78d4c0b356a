"""The order form as people meet it, on a desktop and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.server import FIRST_ORDER, Json, Server, order_until, wait_for

DESKTOP, PHONE = (1280, 900), (390, 844)
REFUSED = re.compile("status of (404|422|503)")

OpenPage = Callable[[tuple[int, int]], Page]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Opens the form at a width and height; at the end nothing may have gone wrong or to another host."""
    context = browser.new_context(locale="en-US")
    said: list[str] = []
    asked: set[str] = set()

    def make(size: tuple[int, int]) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.add(request.url))
        page.goto(server.url + "/")
        return page

    yield make
    context.close()
    assert [text for text in said if not REFUSED.search(text)] == []
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(server.url).netloc}


def fill(page: Page, *, customer: str, email: str = "ada@example.org") -> None:
    page.get_by_label("Product", exact=True).select_option(label="Laptop, $1,199.00")
    page.get_by_label("Quantity", exact=True).fill("2")
    page.get_by_label("Name", exact=False).first.fill(customer)
    page.get_by_label("E-mail optional").fill(email)


def orders_of(server: Server, customer: str) -> int:
    statement = f"SELECT count(*) FROM orders WHERE CAST(body AS TEXT) LIKE '%{customer}%'"
    ((count,),) = server.rows(statement)
    return int(count)


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_order_is_placed_and_followed_until_it_is_processed(
    open_page: OpenPage, server: Server, size: tuple[int, int]
) -> None:
    customer = f"Followed {size[0]}"
    page = open_page(size)
    fill(page, customer=customer)
    expect(page.locator("#total")).to_have_text("$2,398.00")
    assert not is_wider_than_the_screen(page)
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#tracker-status")).to_have_text("PROCESSED")
    expect(page.locator("#tracker-total")).to_have_text("$2,398.00")
    expect(page.locator("#tracker-steps > li.done")).to_have_count(4)
    assert not is_wider_than_the_screen(page)
    assert orders_of(server, customer) == 1


def test_a_double_click_makes_one_order(open_page: OpenPage, server: Server) -> None:
    page = open_page(DESKTOP)
    fill(page, customer="Doubled")
    page.get_by_role("button", name="Place order").dblclick()
    expect(page.locator("#tracker-status")).to_have_text("PROCESSED")
    assert orders_of(server, "Doubled") == 1


def test_an_answer_that_got_lost_makes_one_order(open_page: OpenPage, server: Server) -> None:
    page = open_page(DESKTOP)

    def lose(route: Route) -> None:
        route.fetch()
        route.fulfill(status=503, headers={"Retry-After": "1"}, json={"type": "/problems/storage-unavailable"})

    page.route("**/orders", lose, times=1)
    fill(page, customer="Lost")
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#tracker-status")).to_have_text("PROCESSED")
    assert orders_of(server, "Lost") == 1


def test_an_order_that_is_not_there_yet_is_waited_for_and_one_that_is_gone_is_not(open_page: OpenPage) -> None:
    page = open_page(DESKTOP)
    looked: list[str] = []

    def look(route: Route) -> None:
        looked.append(route.request.url)
        if len(looked) == 4:
            answer = route.fetch()
            route.fulfill(response=answer, json={**answer.json(), "status": "CONFIRMED"})
        else:
            route.fulfill(status=404, json={"type": "/problems/not-found"})

    page.route("**/orders/ord_*", look)
    fill(page, customer="Queued")
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#tracker-status")).to_have_text("PENDING")
    expect(page.locator("#tracker-status")).to_have_text("CONFIRMED")
    expect(page.locator("#tracker-connection")).to_have_text("This order can no longer be shown here.")
    assert len(looked) == 5


def test_a_wrong_member_is_shown_at_its_field_and_can_be_mended(open_page: OpenPage, server: Server) -> None:
    page = open_page(PHONE)
    fill(page, customer="Mended", email="nobody")
    page.get_by_label("Quantity", exact=True).fill("0")
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#quantity-error")).to_contain_text("1 to 1,000,000")
    expect(page.locator("#email-error")).to_contain_text("ada@example.org")
    expect(page.get_by_label("E-mail optional")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Quantity", exact=True)).to_be_focused()
    expect(page.locator("#product-error")).to_be_empty()
    assert not is_wider_than_the_screen(page)
    assert orders_of(server, "Mended") == 0

    fill(page, customer="Mended")
    expect(page.locator("#quantity-error")).to_be_empty()
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#tracker-status")).to_have_text("PROCESSED")
    assert orders_of(server, "Mended") == 1


def test_an_order_is_still_shown_after_a_reload(open_page: OpenPage) -> None:
    page = open_page(DESKTOP)
    fill(page, customer="Reloaded")
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#tracker-status")).to_have_text("PROCESSED")
    order_id = page.locator("#tracker-id").inner_text()
    page.reload()
    expect(page.locator("#tracker-id")).to_have_text(order_id)
    expect(page.locator("#tracker-status")).to_have_text("PROCESSED")


@pytest.mark.parametrize(
    ("token", "action", "status", "said"),
    [
        ("tok_decline", None, "REJECTED", "The payment was declined. Nothing was charged."),
        ("tok_error", None, "FAILED", "The payment service did not work. Nothing was charged."),
        ("tok_timeout", None, "FAILED", "It took too long. What was charged has been refunded."),
        ("tok_approve", "cancel", "CANCELLED", "This order was cancelled. What was charged has been refunded."),
    ],
    ids=["declined", "gateway down", "timed out", "cancelled"],
)
def test_an_order_that_left_says_why_and_what_became_of_the_money(
    open_page: OpenPage, server: Server, token: str, action: str | None, status: str, said: str
) -> None:
    placed = left(server, token, action, status)
    page = open_page(PHONE)

    def still_refunding(route: Route) -> None:
        answer = route.fetch()
        owed = {"status": "REFUND_PENDING", "captured": "0.00", "refunded": "0.00"}
        route.fulfill(response=answer, json={**answer.json(), "payment": owed, "compensation": "RUNNING"})

    if said.endswith("refunded."):
        # The link is looked up, and then the order is followed.
        page.route("**/orders/ord_*", still_refunding, times=2)
    page.goto(f"{server.url}/#order={placed['orderId']}&token={placed['orderToken']}")
    expect(page.locator("#tracker-status")).to_have_text(status)
    expect(page.locator("#tracker-title")).to_have_text(f"Order {status.lower()}")
    expect(page.locator("#tracker-outcome")).to_have_text(said)
    expect(page.locator("#tracker-steps > li.exit")).to_have_count(1)
    expect(page.locator("#tracker-steps > li.next")).to_have_count(0)
    assert not is_wider_than_the_screen(page)


def left(server: Server, token: str, action: str | None, status: str) -> Json:
    """The answer to an order that took that exit since, its money settled."""
    with server.client() as client:
        placed: Json = client.post("/orders", json=FIRST_ORDER | {"paymentToken": token}).json()
        url, headers = f"/orders/{placed['orderId']}", {"Order-Token": placed["orderToken"]}
        if action is not None:
            order_until(client, placed["orderId"], headers, "PROCESSED")
            client.post(f"{url}/actions", json={"action": action}, headers=server.staff)
        order_until(client, placed["orderId"], headers, status)
        wait_for(lambda: client.get(url, headers=headers).json()["compensation"] in ("NONE", "DONE"), "it is settled")
    return placed


def test_the_description_is_shown(open_page: OpenPage) -> None:
    page = open_page(DESKTOP)
    page.get_by_role("link", name="API", exact=True).click()
    expect(page.get_by_text("/orders/{orderId}", exact=True).first).to_be_visible()
