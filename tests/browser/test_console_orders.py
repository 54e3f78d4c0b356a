"""Orders in the console, as staff work on them: found, shipped, edited, imported, deleted, reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import findings
from tests.browser.test_console import DESKTOP, PHONE, link
from tests.e2e.server import Server, wait_for

HOSTILE: Final = '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'
# What is refused or is not there on purpose is an error of the browser's console too.
EXPECTED: Final = re.compile("status of (404|409|412|422)")

Place = Callable[..., str]


@pytest.fixture(scope="module")
def context(server: Server, browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile that is signed in."""
    made = browser.new_context(
        locale="en-US", timezone_id="Europe/Berlin", viewport={"width": DESKTOP[0], "height": DESKTOP[1]}
    )
    opening = made.new_page()
    opening.goto(link(server))
    opening.close()
    yield made
    made.close()


@pytest.fixture
def open_view(server: Server, context: BrowserContext) -> Iterator[Callable[[str], Page]]:
    """Opens a view; nothing may have gone wrong on its page but refusals."""
    said: list[str] = []
    pages: list[Page] = []

    def make(path: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server.url + path)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.close()
    assert [text for text in said if not EXPECTED.search(text)] == []


@pytest.fixture
def place(server: Server) -> Place:
    """Places an order of these members, and waits until it has this status."""

    def make(until: str = "PROCESSED", **members: Any) -> str:
        body = {"customerName": "Ada", "email": "ada@example.org", "product": "Mug", "quantity": 1, **members}
        order_id: str = httpx2.post(f"{server.url}/orders", json=body).raise_for_status().json()["orderId"]
        wait_for(lambda: read(server, f"/orders/{order_id}")["status"] == until, f"an order that is {until}")
        return order_id

    return make


def read(server: Server, path: str) -> Any:
    """What the API says."""
    return httpx2.get(server.url + path, headers=server.staff).json()


def do(page: Page, action: str, **fields: str) -> None:
    """Do it about the order that is shown."""
    page.get_by_role("button", name=action, exact=True).click()
    for label, text in fields.items():
        page.get_by_role("form", name=action).get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("form", name=action).get_by_role("button", name=f"Yes, {action.lower()} it").click()


def test_an_order_is_found_shipped_and_delivered(
    server: Server, open_view: Callable[[str], Page], place: Place
) -> None:
    order_id = place(customerId="finds-me")
    place("REJECTED", customerId="finds-me", paymentToken="tok_decline")
    page = open_view("/console/orders")
    page.get_by_label("Customer optional").fill("finds-me")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("table", name="Orders").get_by_role("row")).to_have_count(3)
    assert page.url.endswith("/console/orders?customer=finds-me")
    # A status and a customer together are refused with the reason, in the address too.
    page.goto(f"{server.url}/console/orders?customer=finds-me&status=PROCESSED")
    expect(page.get_by_text("there is no index of both")).to_be_visible()
    page.get_by_role("link", name="Of this status").click()
    counted = read(server, "/orders/counts")["counts"]["PROCESSED"]
    tab = page.get_by_role("navigation", name="Orders by status").get_by_role("link", name="PROCESSED")
    expect(tab).to_have_text(f"PROCESSED{counted}")
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Customer optional")).to_have_value("finds-me")
    page.get_by_role("link", name=order_id).click()
    do(page, "Ship", Carrier="UPS", Tracking_number="1Z999", Reason="Today's van")
    expect(page.get_by_role("region", name="Shipment").get_by_text("1Z999")).to_be_visible()
    do(page, "Deliver")
    history = page.get_by_role("region", name="History").get_by_role("listitem")
    expect(history).to_have_count(6)
    expect(history.nth(4)).to_contain_text("Today's van")
    order = read(server, f"/orders/{order_id}")
    assert (order["status"], order["shipment"]["trackingNumber"]) == ("DELIVERED", "1Z999")
    # Nothing is offered that its status does not allow.
    expect(page.get_by_role("region", name="Do").get_by_role("button")).to_have_text(["Delete"])
    # The way is drawn as it was, and the mails of all of it are there.
    states = read(server, f"/orders/{order_id}/execution")["states"]
    drawn = page.get_by_role("region", name="States of the execution").get_by_role("listitem")
    expect(drawn).to_have_count(len({state["name"] for state in states}))
    drawn.filter(has_text="process_order").get_by_role("button").click()
    expect(page.get_by_role("region", name="Runs of process_order").get_by_text("Attempt 1")).to_be_visible()
    expect(page.get_by_role("table", name="Mails of this order").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("table", name="Hops of this order")).to_contain_text("order-queue>process_order")


def test_of_many_each_has_its_own_result(server: Server, open_view: Callable[[str], Page], place: Place) -> None:
    fine = [place(customerId="bulk") for _ in range(2)]
    refused = place("REJECTED", customerId="bulk", paymentToken="tok_decline")
    page = open_view("/console/orders?customer=bulk")
    page.get_by_label("Choose all 3 on this page").check()
    page.get_by_label("Carrier optional").fill("DHL")
    page.get_by_role("button", name="Ship 3 orders").click()
    results = page.get_by_role("region", name="What came of each")
    expect(results.get_by_text("2 done, 1 refused")).to_be_visible()
    expect(results.get_by_role("listitem").filter(has_text=refused)).to_contain_text("REJECTED")
    # Who was refused stays chosen.
    expect(page.get_by_text("1 order chosen")).to_be_visible()
    expect(page.get_by_label(f"Choose {refused}")).to_be_checked()
    assert [read(server, f"/orders/{each}")["status"] for each in fine] == ["SHIPPED", "SHIPPED"]


def test_two_who_edit_the_same_order_lose_nothing(
    server: Server, open_view: Callable[[str], Page], place: Place
) -> None:
    order_id = place()
    mine, theirs = open_view(f"/console/orders/{order_id}"), open_view(f"/console/orders/{order_id}")
    for page in (mine, theirs):
        page.get_by_role("button", name="Edit this order").click()
    theirs.get_by_label("Note").fill("theirs")
    theirs.get_by_label("E-mail").fill("new@example.org")
    theirs.get_by_role("button", name="Save", exact=True).click()
    expect(theirs.get_by_role("button", name="Edit this order")).to_be_visible()
    mine.get_by_label("Note").fill("mine")
    mine.get_by_role("button", name="Save", exact=True).click()
    conflict = mine.get_by_role("alert")
    expect(conflict).to_contain_text("now “theirs”")
    expect(conflict).to_contain_text("You typed “mine”")
    # Nothing was written, and what was typed is still there; what was not touched is as it is now.
    assert read(server, f"/orders/{order_id}")["note"] == "theirs"
    expect(mine.get_by_label("Note")).to_have_value("mine")
    expect(mine.get_by_label("E-mail")).to_have_value("new@example.org")
    mine.get_by_role("button", name="Save what stands here now").click()
    expect(mine.get_by_role("button", name="Edit this order")).to_be_visible()
    order = read(server, f"/orders/{order_id}")
    assert (order["note"], order["email"]) == ("mine", "new@example.org")


def test_an_import_is_repeated_without_doubles(server: Server, open_view: Callable[[str], Page]) -> None:
    rows = ["customerId,product,quantity", "imported,Mug,1", "imported,Mug,none", "imported,Laptop,2"]
    page = open_view("/console/import")
    page.get_by_label("CSV file").set_input_files(
        {"name": "orders.csv", "mimeType": "text/csv", "buffer": "\r\n".join(rows).encode()}
    )
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Import( again)?$")).click()
        expect(page.get_by_text("2 placed, 1 refused", exact=True)).to_be_visible()
        table = page.get_by_role("table", name="Rows of the import")
        expect(table.get_by_role("row").nth(2)).to_contain_text("quantity")
        assert len(read(server, "/orders?customer=imported")["orders"]) == 2
    pasted = page.get_by_label("or paste it, or correct it here")
    pasted.fill(pasted.input_value().replace("none", "3"))
    page.get_by_role("button", name="Import again").click()
    expect(page.get_by_text("3 placed, 0 refused", exact=True)).to_be_visible()
    assert sorted(order["items"][0]["quantity"] for order in read(server, "/orders?customer=imported")["orders"]) == [
        1,
        2,
        3,
    ]


def test_what_is_deleted_is_in_the_archive_and_in_the_report(
    server: Server, open_view: Callable[[str], Page], place: Place
) -> None:
    order_id = place(product="Laptop")
    page = open_view(f"/console/orders/{order_id}")
    do(page, "Delete", Reason="A test")
    expect(page).to_have_url(f"{server.url}/console/archive/{order_id}")
    expect(page.get_by_role("region", name="Deletion")).to_contain_text("A test")
    page.goto(f"{server.url}/console/orders/{order_id}")
    expect(page.get_by_text("This order was deleted")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="archive").click()
    page.goto(f"{server.url}/console/archive")
    expect(page.get_by_role("link", name=order_id)).to_be_visible()
    page.goto(f"{server.url}/console/reports")
    page.get_by_role("button", name="Today").click()
    page.get_by_role("button", name="Make the report").click()
    report = page.get_by_role("region", name="The report")
    archived = read(server, "/archive?limit=200")["orders"]
    total = sum(round(float(order["total"]) * 100) for order in archived) / 100
    expect(report.get_by_text(f"{total:.2f} USD")).to_be_visible()
    expect(report.locator("dd").nth(2)).to_have_text(str(len(archived)))
    url = report.get_by_role("link", name="Download the PDF").get_attribute("href")
    assert url is not None
    assert httpx2.get(url).content.startswith(b"%PDF")


def test_what_customers_wrote_is_text_everywhere(
    server: Server, open_view: Callable[[str], Page], place: Place
) -> None:
    members = {"customerName": HOSTILE[:200], "note": HOSTILE, "description": HOSTILE}
    order_id = place("FAILED", paymentToken="tok_error", customerId="hostile", **members)
    page = open_view(f"/console/orders/{order_id}")
    expect(page.get_by_role("region", name="Details").get_by_text(HOSTILE).first).to_be_visible()
    expect(page.get_by_role("region", name="Dead letters").get_by_text("PaymentError")).to_be_visible()
    page.goto(f"{server.url}/console/orders?customer=hostile")
    expect(page.get_by_role("table", name="Orders")).to_contain_text("<img src=x")
    do_delete = httpx2.delete(f"{server.url}/orders/{order_id}", headers=server.staff)
    assert do_delete.status_code == 202
    page.goto(f"{server.url}/console/archive/{order_id}")
    expect(page.get_by_role("region", name="Details").get_by_text(HOSTILE).first).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img").count() == 0


def test_the_palette_and_the_help_work_by_keys_and_requests_are_copied_without_the_token(
    server: Server, open_view: Callable[[str], Page], place: Place
) -> None:
    order_id = place()
    page = open_view("/console/orders?status=PROCESSED")
    expect(page.get_by_role("table", name="Orders")).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="View, order's id")
    expect(field).to_be_focused()
    field.fill(order_id)
    expect(page.get_by_role("option", selected=True)).to_contain_text(order_id)
    assert findings(page) == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server.url}/console/orders/{order_id}")
    expect(page.get_by_role("button", name="Ship", exact=True)).to_be_visible()
    # What the view offers is in it too; what is typed is no shortcut.
    page.keyboard.press("/")
    field.press_sequentially("ship this ?")
    expect(field).to_have_value("ship this ?")
    expect(page.get_by_role("dialog", name="Help")).to_be_hidden()
    field.fill("ship this")
    page.keyboard.press("Enter")
    form = page.get_by_role("form", name="Ship")
    form.get_by_label("Reason").press_sequentially("g o ?")
    expect(form.get_by_label("Reason")).to_have_value("g o ?")
    assert page.url.endswith(order_id)
    form.get_by_role("button", name="No").click()
    page.locator("h1").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help")).to_contain_text("managing-orders.md")
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page).to_have_url(f"{server.url}/console/dead-letters")
    page.goto(f"{server.url}/console/orders?customer=O%27Neil%20%24(id)")
    expect(page.get_by_text("No order is like that")).to_be_visible()
    page.get_by_role("button", name="Requests").click()
    shown = page.get_by_role("dialog", name="Requests of this view")
    expect(shown).to_contain_text('customer=O%27Neil%20%24(id)\' -H "Authorization: Bearer $ORDERMILL_STAFF_TOKEN"')
    assert server.token not in page.content()


def test_after_a_sessions_end_nothing_typed_is_lost(server: Server, browser: Browser, place: Place) -> None:
    order_id = place()
    context = browser.new_context(locale="en-US")
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(link(server))
        page.goto(f"{server.url}/console/orders/{order_id}")
        page.get_by_role("button", name="Edit this order").click()
        page.get_by_label("Note").fill("typed before")
        # As if the session had ended: this browser has none any more.
        context.clear_cookies()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("You are not signed in any more")).to_be_visible()
        expect(page.get_by_label("Note")).to_have_value("typed before")
        other = context.new_page()
        other.goto(link(server))
        other.close()
        page.get_by_role("button", name="I am signed in again").click()
        expect(page.get_by_text("You are not signed in any more")).to_be_hidden()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("button", name="Edit this order")).to_be_visible()
        assert read(server, f"/orders/{order_id}")["note"] == "typed before"
    finally:
        context.close()


def test_every_view_is_sound_for_who_hears_it_and_fits_a_phone(
    server: Server, open_view: Callable[[str], Page], place: Place
) -> None:
    order_id, gone = place("FAILED", paymentToken="tok_error"), place()
    httpx2.delete(f"{server.url}/orders/{gone}", headers=server.staff).raise_for_status()
    wait_for(lambda: "orderId" in read(server, f"/archive/{gone}"), "the order in the archive")
    page = open_view("/console")
    views = {
        "/console": "Latest alerts",
        "/console/orders": "Choose all",
        f"/console/orders/{order_id}": "create_order",
        "/console/import": "Columns, and repeating",
        "/console/catalogue": "MUG-WHITE",
        "/console/archive": "Erase a person",
        f"/console/archive/{gone}": "Deletion",
        "/console/reports": "Make the report",
    }
    for theme in ("bright", "dark"):
        page.evaluate("theme => localStorage.setItem('ordermill.theme', theme)", theme)
        for path, text in views.items():
            page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
            page.goto(server.url + path)
            expect(page.get_by_role("main").get_by_text(text).first).to_be_visible()
            assert findings(page) == [], (theme, path)
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (theme, path)
    page.evaluate("localStorage.removeItem('ordermill.theme')")
