"""The storefront as people meet it: choosing, ordering and following, on a desktop and on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.axe import findings
from tests.e2e.server import FIRST_ORDER, Json, Server, order_until, wait_for

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
