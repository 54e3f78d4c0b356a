"""Orders that are followed, found again, shared and cancelled in the storefront."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.storefront_kit import (
    PHONE,
    OpenPage,
    choose,
    expect_status,
    fill,
    is_wider_than_the_screen,
    open_page,
    order_id,
    place,
    steps,
)
from tests.e2e.server import FIRST_ORDER, Json, Server, order_until, wait_for

__all__ = ["open_page"]


def test_an_order_that_is_not_there_yet_is_waited_for_and_one_that_is_gone_is_not(open_page: OpenPage) -> None:
    page = open_page()
    looked: list[str] = []

    def look(route: Route) -> None:
        looked.append(route.request.url)
        if len(looked) == 4:
            answer = route.fetch()
            route.fulfill(response=answer, json={**answer.json(), "status": "CONFIRMED"})
        else:
            route.fulfill(status=404, json={"type": "/problems/not-found"})

    page.route("**/orders/ord_*", look)
    choose(page, "Laptop")
    fill(page, customer="Queued")
    place(page)
    expect_status(page, "PENDING")
    expect_status(page, "CONFIRMED")
    expect(page.get_by_text("This order can no longer be shown here.")).to_be_visible()
    assert len(looked) == 5


def test_an_order_is_still_shown_after_a_reload_and_listed_until_it_is_forgotten(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, "Laptop")
    fill(page, customer="Reloaded")
    place(page)
    expect_status(page, "PROCESSED")
    placed = order_id(page)
    page.reload()
    expect_status(page, "PROCESSED")
    assert order_id(page) == placed
    page.get_by_role("link", name="My orders").click()
    page.get_by_role("link", name=placed).click()
    expect(page.locator("main").get_by_text("Reloaded")).to_be_visible()
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_text("No orders yet")).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    page.get_by_role("link", name=placed).click()
    page.get_by_role("button", name="Share").click()
    link = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_text("No orders yet")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("This browser has no key to this order")).to_be_visible()
    expect(page.locator("main").get_by_text("Reloaded")).to_have_count(0)
    page.goto(link)
    expect(page.locator("main").get_by_text("Reloaded")).to_be_visible()


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
        later = {key: value for key, value in answer.headers.items() if key != "etag"}
        body = {**answer.json(), "payment": owed, "compensation": "RUNNING"}
        route.fulfill(response=answer, headers=later, json=body)

    if said.endswith("refunded."):
        page.route("**/orders/ord_*", still_refunding, times=2)
    page.goto(f"{server.url}/#order={placed['orderId']}&token={placed['orderToken']}")
    expect(page.get_by_role("heading", name=f"Order {status.lower()}")).to_be_visible()
    expect_status(page, status)
    expect(page.get_by_role("alert")).to_have_text(said)
    assert (steps(page, "exit"), steps(page, "next")) == (1, 0)
    assert page.url == f"{server.url}/#/orders/{placed['orderId']}"
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


def test_a_link_that_shows_nothing_says_so_and_is_not_kept(open_page: OpenPage, server: Server) -> None:
    placed = left(server, "tok_decline", None, "REJECTED")
    page = open_page(path=f"/#order={placed['orderId'][:-4]}0000&token={placed['orderToken']}")
    expect(page.get_by_text("This link shows no order. Was it copied whole?")).to_be_visible()
    page.goto(f"{server.url}/#order={placed['orderId']}")
    expect(page.get_by_text("This link shows no order. Was it copied whole?")).to_be_visible()
    assert page.evaluate("localStorage.getItem('ordermill.orders')") == "[]"


def test_who_ordered_cancels_while_it_is_processed(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    choose(page, "Laptop")
    fill(page, customer="Regretted")
    with server.client() as client:
        slow = {"process_order": {"mode": "delay", "delayMs": 4_000, "times": 1}}
        client.put("/faults", json=slow, headers=server.staff).raise_for_status()
        try:
            place(page)
            page.get_by_role("button", name="Cancel this order").click()
            page.get_by_role("dialog").get_by_label("Why").fill("Too\nexpensive")
            page.get_by_role("button", name="Cancel the order").click()
            expect(page.get_by_role("heading", name="Order cancelled")).to_be_visible()
        finally:
            client.put("/faults", json={}, headers=server.staff).raise_for_status()
        reason = client.get(f"/orders/{order_id(page)}", headers=server.staff).json()["history"][-1]["reason"]
    assert reason == "Too\nexpensive"
