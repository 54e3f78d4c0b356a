"""The storefront as people meet it: choosing and ordering, on a desktop and on a phone."""

from __future__ import annotations

import os
import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Route, expect

from tests.browser.axe import findings
from tests.browser.storefront_kit import (
    DESKTOP,
    PHONE,
    OpenPage,
    choose,
    expect_status,
    fill,
    is_wider_than_the_screen,
    open_page,
    orders_of,
    place,
    steps,
)
from tests.e2e.server import Server

__all__ = ["open_page"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_order_is_placed_and_followed_until_it_is_processed(
    open_page: OpenPage, server: Server, size: tuple[int, int]
) -> None:
    customer = f"Followed {size[0]}"
    page = open_page(size)
    expect(page.get_by_role("button", name="Add to cart Laptop")).to_be_visible()
    assert findings(page) == []
    assert not is_wider_than_the_screen(page)
    choose(page, "Laptop", "Mug")
    fill(page, customer=customer)
    expect(page.locator("output")).to_have_text("$2,407.99")
    assert findings(page) == []
    assert not is_wider_than_the_screen(page)
    place(page)
    expect(page.get_by_role("heading", name="Order processed")).to_be_focused()
    expect_status(page, "PROCESSED")
    expect(page.locator("main").get_by_text("$2,407.99").first).to_be_visible()
    assert steps(page, "done") == 4
    assert findings(page) == []
    assert not is_wider_than_the_screen(page)
    assert orders_of(server, customer) == 1
    expect(page.get_by_role("navigation").get_by_role("link", name="Cart", exact=True)).to_be_visible()


def test_a_double_click_makes_one_order(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    choose(page, "Laptop")
    fill(page, customer="Doubled")
    page.get_by_role("button", name="Place order").dblclick()
    expect_status(page, "PROCESSED")
    assert orders_of(server, "Doubled") == 1


def test_an_answer_that_got_lost_makes_one_order(open_page: OpenPage, server: Server) -> None:
    page = open_page()

    def lose(route: Route) -> None:
        route.fetch()
        route.fulfill(status=503, headers={"Retry-After": "1"}, json={"type": "/problems/storage-unavailable"})

    page.route("**/orders", lose, times=1)
    choose(page, "Laptop")
    fill(page, customer="Lost")
    place(page)
    expect_status(page, "PROCESSED")
    assert orders_of(server, "Lost") == 1


def cut(route: Route) -> None:
    """The order arrives, and its answer does not."""
    route.fetch()
    route.abort()


def test_what_became_of_an_order_without_an_answer_is_found_out_after_a_reload(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page()
    page.route("**/orders", cut, times=1)
    choose(page, "Laptop")
    fill(page, customer="Unanswered")
    place(page)
    expect(page.get_by_text("it will not be ordered twice")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name optional")).to_have_value("Unanswered")
    page.get_by_role("button", name="Try again").click()
    expect_status(page, "PROCESSED")
    assert orders_of(server, "Unanswered") == 1


def test_what_was_changed_after_a_lost_answer_is_not_ordered_and_not_lost(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    page.route("**/orders", cut, times=1)
    choose(page, "Laptop")
    fill(page, customer="Altered")
    place(page)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_label("Quantity of Laptop").fill("7")
    place(page)
    expect(page.get_by_text("Your first try had arrived after all.")).to_be_visible()
    expect(page.get_by_text("2 × Laptop")).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("link", name="Cart 7")).to_be_visible()
    assert orders_of(server, "Altered") == 1


def test_a_wrong_member_is_shown_at_its_field_and_can_be_mended(open_page: OpenPage, server: Server) -> None:
    page = open_page(PHONE)
    choose(page, "Laptop")
    fill(page, customer="Mended", email="nobody", quantity="0")
    place(page)
    quantity, email = page.get_by_label("Quantity of Laptop"), page.get_by_label("E-mail optional")
    expect(quantity).to_have_accessible_description(re.compile("1 to 1,000,000"))
    expect(quantity).to_be_focused()
    expect(email).to_have_accessible_description(re.compile("ada@example.org"))
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("2 fields need your attention.")).to_be_visible()
    assert not is_wider_than_the_screen(page)
    assert findings(page) == []
    assert orders_of(server, "Mended") == 0

    fill(page, customer="Mended")
    expect(quantity).not_to_have_accessible_description(re.compile("1,000,000"))
    place(page)
    expect_status(page, "PROCESSED")
    assert orders_of(server, "Mended") == 1


def test_a_payment_can_be_tried_that_is_declined(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, "Laptop")
    page.get_by_text("Test payment").click()
    page.get_by_label("Declined").check()
    place(page)
    expect(page.get_by_role("alert")).to_have_text("The payment was declined. Nothing was charged.")


def large_picture() -> bytes:
    """A PNG of more than 4 MiB."""
    made = BytesIO()
    Image.frombytes("RGB", (1_250, 1_150), os.urandom(1_250 * 1_150 * 3)).save(made, "PNG", compress_level=0)
    return made.getvalue()


def test_a_picture_is_judged_before_the_order_and_a_mismatch_has_to_be_confirmed(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page(PHONE)

    def differ(route: Route) -> None:
        answer = route.fetch()
        seen = {"name": "<i>cat</i>", "confidence": 0.97, "parents": []}
        verdict = {"verdict": "MISMATCH", "confidence": 0.97, "labels": [seen], "warning": "it shows a cat"}
        route.fulfill(response=answer, json={**answer.json(), **verdict})

    page.route("**/images", differ)
    choose(page, "Laptop")
    fill(page, customer="Pictured")
    large = large_picture()
    assert len(large) > 4 * 1024 * 1024
    page.locator("input[type=file]").set_input_files({"name": "l.png", "mimeType": "image/png", "buffer": large})
    expect(page.get_by_text("it shows a cat")).to_be_visible()
    expect(page.get_by_text("<i>cat</i> 97%")).to_be_visible()
    expect(page.get_by_role("img", name="Your picture l.png")).to_be_visible()
    assert findings(page) == []
    assert not is_wider_than_the_screen(page)
    place(page)
    tick = page.get_by_label("This is the right picture")
    expect(tick).to_be_focused()
    expect(tick).to_have_attribute("aria-invalid", "true")
    assert orders_of(server, "Pictured") == 0
    tick.check()
    with page.expect_request(lambda request: request.method == "POST") as sent:
        place(page)
    expect_status(page, "PROCESSED")
    assert '"confirmMismatch":true' in (sent.value.post_data or "")
    assert orders_of(server, "Pictured") == 1


def test_something_else_at_ones_own_price_and_text_that_means_harm(open_page: OpenPage, server: Server) -> None:
    harm = "<img src=x onerror=\"document.title='harm'\"><script>document.title='harm'</script>"
    page = open_page()

    def rename(route: Route) -> None:
        product = {"sku": "X", "name": harm, "price": "1" * 20 + ".50", "currency": "USD", "stock": 3}
        foreign = {"sku": "Y", "name": "Foreign", "price": "500", "currency": "JPY", "stock": 0}
        yen = foreign | {"sku": "Z", "name": "Yen", "stock": None}
        route.fulfill(json={"products": [product, foreign, yen]})

    page.route("**/products", rename)
    page.reload()
    expect(page.get_by_text("Only 3 left")).to_be_visible()
    expect(page.get_by_role("button", name="Sold out Foreign")).to_be_disabled()
    page.get_by_role("button", name="Name it").click()
    page.get_by_label("What would you like?").fill(harm)
    page.get_by_label("Price per piece").fill("0.105")
    page.get_by_role("dialog").get_by_role("button", name="Add to cart").click()
    expect(page.get_by_label("Price per piece")).to_be_focused()
    page.get_by_label("Price per piece").fill("0.10")
    page.get_by_role("dialog").get_by_role("button", name="Add to cart").click()
    page.get_by_role("button", name="Add to cart Yen").click()
    expect(page.get_by_text("An order has one currency, and your cart is in USD.")).to_be_visible()
    choose(page)
    page.get_by_label("Quantity of <img").fill("3")
    page.get_by_label("Note optional").fill(harm)
    place(page)
    expect_status(page, "PROCESSED")
    expect(page.get_by_text("3 × <img")).to_be_visible()
    expect(page.locator("main").get_by_text("$0.30").first).to_be_visible()
    assert page.title() == "Order processed · Ordermill"
    assert page.locator("img[src=x], main script").count() == 0


def test_all_of_it_goes_without_a_mouse(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    page.get_by_role("button", name="Add to cart Laptop").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_text("2 in cart")).to_be_visible()
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("link", name="To the checkout").first.press("Enter")
    expect(page.get_by_role("heading", name="Your cart")).to_be_focused()
    page.get_by_label("Name optional").press_sequentially("Keyed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Order processed")).to_be_focused()
    assert orders_of(server, "Keyed") == 1


def test_without_scripts_the_page_says_so(browser: Browser, server: Server) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(server.url + "/")
        # In a `noscript` there are elements only where scripts do not run.
        expect(page.get_by_role("link", name="API")).to_be_visible()


def test_the_dark_theme_is_kept_and_reads_as_well(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    expect(page.get_by_role("button", name="Bright")).to_be_visible()
    expect(page.get_by_role("button", name="Add to cart Laptop")).to_be_visible()
    assert findings(page) == []


def test_the_description_is_shown(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="API", exact=True).click()
    expect(page.get_by_text("/orders/{orderId}", exact=True).first).to_be_visible()
