"""The console's views of messages and the system, as staff use them: break, look, mend, send on, watch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.axe import findings
from tests.e2e.live import metrics
from tests.e2e.server import FIRST_ORDER, HASTE, Server, order_until, wait_for

REFUSED = "status of 400"
DESKTOP, PHONE = (1440, 900), (390, 844)
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
VIEWS = (
    *("dead-letters", "alerts", "mails", "subscriptions", "faults", "metrics", "logs"),
    *("topology", "topology/process_order", "topology/order-queue"),
)

SHOWN: dict[str, Literal["combobox", "list", "region"]] = {
    **dict.fromkeys(("dead-letters", "subscriptions", "faults"), "combobox"),
    **dict.fromkeys(("alerts", "logs", "topology/process_order"), "list"),
    "topology/order-queue": "region",
}
"""What a view shows once it has read something; the others show a table."""


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """Signed in. Nothing may go wrong on its pages, and nothing may leave the server."""
    made = browser.new_context(locale="en-US", timezone_id="UTC", viewport={"width": 1440, "height": 900})
    said: list[str] = []
    made.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    made.on("weberror", lambda error: said.append(str(error.error)))
    made.on("dialog", lambda dialog: said.append(f"a dialog: {dialog.message}"))
    made.on("request", lambda request: None if request.url.startswith(server.url) else said.append(request.url))
    made.set_default_timeout(15_000)
    sign_in(made, server)
    yield made
    httpx2.put(f"{server.url}/faults", json={}, headers=server.staff)
    made.close()
    # The frame of a mail is of no address.
    assert [text for text in said if text != "about:srcdoc" and REFUSED not in text] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One of its pages."""
    return context.new_page()


def sign_in(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.goto(httpx2.post(f"{server.url}/sign-in/links", headers=server.staff).json()["url"])
    page.close()


def place(server: Server, status: str, **members: str) -> str:
    """An order that has come to `status`."""
    with server.client() as client:
        order_id: str = client.post("/orders", json={**FIRST_ORDER, **members}).json()["orderId"]
        order_until(client, order_id, server.staff, status)
    return order_id


def letter(page: Page, order_id: str) -> Locator:
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=order_id)


def test_broken_seen_mended_and_sent_on(server: Server, context: BrowserContext, page: Page) -> None:
    page.goto(f"{server.url}/console/faults?name=process_order&mode=fail")
    page.get_by_role("button", name="Break process_order").click()
    expect(page.get_by_text("Faults are in force")).to_be_visible()
    order_id = place(server, "FAILED")
    expect(page.get_by_role("row").filter(has_text="process_order").get_by_role("cell").nth(4)).not_to_have_text("0")

    page.goto(f"{server.url}/console/alerts")
    alert = page.get_by_role("listitem").filter(has_text="INTERNAL").first
    expect(alert).to_contain_text("process_order")
    expect(alert).to_contain_text("warning")
    expect(page.get_by_text("ORDERMILL_ALERT_WEBHOOKS").first).to_be_visible()

    page.goto(f"{server.url}/console/dead-letters")
    page.get_by_label("Queue or stream").select_option("order-queue")
    expect(page).to_have_url(re.compile(r"\?queue=order-queue$"))
    expect(letter(page, order_id)).to_contain_text("InjectedFault")
    expect(page.get_by_text("Faults are set: process_order")).to_be_visible()
    letter(page, order_id).get_by_text("Message and history").click()
    expect(letter(page, order_id).get_by_label("The whole message")).to_contain_text(f'"orderId": "{order_id}"')
    expect(letter(page, order_id).get_by_role("table")).to_contain_text("FAILED")
    stale = context.new_page()
    stale.goto(page.url)
    letter(stale, order_id).get_by_role("checkbox").check()

    letter(page, order_id).get_by_role("button", name="Redrive").click()
    dialog = page.get_by_role("dialog", name="Redrive")
    expect(dialog.get_by_text("1 letter would go.")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(letter(page, order_id)).to_be_visible()

    page.get_by_role("link", name="Mend it first").click()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("No faults are set")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?queue=order-queue$"))
    letter(page, order_id).get_by_role("button", name="Redrive").click()
    dialog.get_by_role("button", name="Redrive 1 letter").click()
    expect(dialog.get_by_text("1 letter sent on.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(letter(page, order_id)).to_have_count(0)
    with server.client() as client:
        order_until(client, order_id, server.staff, "PROCESSED")
    _what_is_gone_is_refused(stale)


def _what_is_gone_is_refused(stale: Page) -> None:
    """On a page that still shows a letter which another has sent on."""
    stale.get_by_role("button", name="Redrive selected (1)").click()
    dialog = stale.get_by_role("dialog", name="Redrive")
    expect(dialog.get_by_text("0 letters would go, 1 letter would stay.")).to_be_visible()
    expect(dialog.get_by_text("no dead letter with this id is open")).to_be_visible()
    expect(dialog.get_by_role("button", name=re.compile("^Redrive"))).to_be_disabled()


def test_a_whole_queue_is_sent_on_as_far_as_it_is_asked(server: Server, page: Page) -> None:
    faults = {"send_email": {"mode": "fail"}}
    assert httpx2.put(f"{server.url}/faults", json=faults, headers=server.staff).status_code == 200
    orders = [place(server, "PROCESSED", email=f"queue-{number}@example.org") for number in range(2)]

    def letters() -> list[str]:
        found = httpx2.get(f"{server.url}/dead-letters?queue=mail-queue", headers=server.staff).json()
        return [each["orderId"] for each in found["deadLetters"]]

    wait_for(lambda: set(orders) <= set(letters()), "both mails are given up")
    httpx2.put(f"{server.url}/faults", json={}, headers=server.staff)
    before = len(letters())
    page.goto(f"{server.url}/console/dead-letters?queue=mail-queue")
    page.get_by_role("button", name="Redrive this queue").click()
    dialog = page.get_by_role("dialog", name="Redrive")
    expect(dialog.get_by_text(f"{before} letters would go.")).to_be_visible()
    dialog.get_by_label("At most").fill("501")
    expect(dialog.get_by_text("A whole number from 1 to 500")).to_be_visible()
    dialog.get_by_label("At most").fill("1")
    dialog.get_by_role("button", name="Look again").click()
    dialog.get_by_role("button", name="Redrive 1 letter").click()
    expect(dialog.get_by_text("1 letter sent on")).to_be_visible()
    wait_for(lambda: len(letters()) == before - 1, "one went")


def test_a_mail_with_hostile_text_is_inert(server: Server, page: Page) -> None:
    order_id = place(server, "PROCESSED", customerName=HOSTILE, email="hostile@example.org")
    sent = f"{server.url}/mails?orderId={order_id}"
    wait_for(lambda: [m["status"] for m in httpx2.get(sent, headers=server.staff).json()["mails"]] == ["SENT"], "sent")
    page.goto(f"{server.url}/console/mails?orderId={order_id}")
    page.get_by_role("link", name=re.compile("Your order is confirmed")).click()
    expect(page.get_by_role("region", name="Text")).to_contain_text(HOSTILE)
    frame = page.frame_locator('iframe[title="The mail\'s HTML"]')
    expect(frame.get_by_text(HOSTILE)).to_be_visible()
    expect(frame.locator("script, img, a[href]")).to_have_count(0)
    expect(page.locator("iframe")).to_have_attribute("sandbox", "allow-same-origin")
    # The styles of the mail are on: they came as styles, and not as markup.
    expect(frame.get_by_role("heading", name="Your order is confirmed")).to_have_css("font-size", "22px")
    expect(page.get_by_role("row").filter(has_text="X-Ordermill-Order")).to_contain_text(order_id)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Queued to be sent again.")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="1 times")).to_be_visible()


def test_what_is_shown_is_what_metrics_say(server: Server, page: Page) -> None:
    place(server, "PROCESSED")
    wait_for(server.settled, "nothing is under way")
    page.goto(f"{server.url}/console/metrics")
    rows = page.get_by_role("table", name="What each edge counted").get_by_role("row")
    expect(rows.filter(has_text="order-queue>process_order")).to_be_visible()

    def counted() -> dict[str, str]:
        with server.client() as client:
            found = metrics(client, server)
        sums: dict[str, int] = {}
        for (name, labels), value in found.items():
            if name == "ordermill_hops_total" and (edge := dict(labels)["edge"]).startswith(("order", "mail", "POST")):
                sums[edge] = sums.get(edge, 0) + int(value)
        return {edge: f"{total:,}" for edge, total in sums.items()}

    def shown() -> dict[str, str]:
        cells: list[list[str]] = rows.evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
        )
        return {edge: hops for _, edge, hops, *_ in cells[1:]}

    wait_for(lambda: counted().items() <= shown().items(), "the page has the same numbers")
    assert "order-queue>process_order" in counted()
    chart = page.get_by_role("figure").filter(has_text="Memory of the process")
    expect(chart.locator("canvas")).to_be_visible()
    chart.get_by_text("Table", exact=True).click()
    expect(chart.get_by_role("cell").filter(has_text="MB").first).to_be_visible()
    page.get_by_label("Numbers of").select_option("The last minute")
    expect(page).to_have_url(re.compile(r"\?window=1$"))
    page.go_back()
    expect(page.get_by_label("Numbers of")).to_have_value("start")


def test_the_log_as_it_comes_filtered_held_and_cleared(server: Server, page: Page) -> None:
    one, other = place(server, "PROCESSED"), place(server, "PROCESSED")
    page.goto(f"{server.url}/console/logs")
    lines = page.get_by_label("Lines of the log")
    expect(lines).to_contain_text(one)
    expect(lines).to_contain_text(other)
    page.get_by_label("Order", exact=True).fill(one)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(lines.get_by_role("listitem").filter(has_text="process_order").first).to_be_visible()
    expect(lines).not_to_contain_text(other)
    assert all(one in line for line in lines.get_by_role("listitem").all_inner_texts())
    page.get_by_label("Text").fill("PAYMENTS")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(lines.get_by_role("listitem")).to_have_count(1)
    page.go_back()
    page.go_back()
    expect(lines).to_contain_text(other)

    page.get_by_role("button", name="Pause").click()
    third = place(server, "PROCESSED")
    expect(page.get_by_role("button", name=re.compile(r"Go on \(\d+ new\)"))).to_be_visible()
    expect(lines).not_to_contain_text(third)
    page.get_by_role("button", name=re.compile("Go on")).click()
    expect(lines).to_contain_text(third)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("0 lines shown")).to_be_visible()
    fourth = place(server, "PROCESSED")
    expect(lines).to_contain_text(fourth)
    page.goto(f"{server.url}/console/logs?orderId=7")
    expect(page.get_by_role("alert")).to_contain_text("orderId is not an order's id")


def test_one_function_and_what_is_measured_of_it(server: Server, page: Page) -> None:
    place(server, "PROCESSED")
    page.goto(f"{server.url}/console/topology")
    page.get_by_role("searchbox", name="Find").fill("payments")
    functions = page.get_by_role("table", name="Functions")
    expect(functions.get_by_role("row")).to_have_count(3)
    functions.get_by_role("link", name="process_order").click()
    expect(page.get_by_text("Reserves, charges and completes an order").first).to_be_visible()
    expect(page.get_by_text("Each message of queue order-queue, up to 100 at once.").first).to_be_visible()
    measured = page.get_by_role("region", name="Measured")
    expect(measured).to_contain_text(re.compile(r"\d+ since the server's start"))
    expect(measured).to_contain_text(re.compile(r"/s in the last \d+ s"))
    expect(page.get_by_role("region", name="Last log lines").get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("link", name="Show it live")).to_have_attribute("href", "/console/live?node=process_order")
    page.goto(f"{server.url}/console/topology/constructor")
    expect(page.get_by_text("Nothing has this name")).to_be_visible()


def test_who_is_removed_is_asked_for_first(server: Server, page: Page) -> None:
    httpx2.post(f"{server.url}/subscriptions", json={"email": "leaving@example.org"})
    page.goto(f"{server.url}/console/subscriptions?status=PENDING")
    remove = page.get_by_role("button", name="Remove leaving@example.org")
    remove.click()
    page.get_by_role("button", name="Keep").click()
    expect(remove).to_be_visible()
    remove.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(remove).to_have_count(0)
    assert "leaving@example.org" not in httpx2.get(f"{server.url}/subscriptions", headers=server.staff).text


def test_where_faults_are_refused_it_says_why(browser: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path / "data", env={**HASTE, "ORDERMILL_FAULTS": "off"})
    context = browser.new_context()
    try:
        server.start()
        sign_in(context, server)
        page = context.new_page()
        page.goto(f"{server.url}/console/faults")
        expect(page.get_by_text("Faults are refused here")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Break"))).to_have_count(0)
    finally:
        context.close()
        server.kill()


@pytest.mark.parametrize(("theme", "size", "other"), [("bright", DESKTOP, PHONE), ("dark", PHONE, DESKTOP)])
def test_every_view_is_accessible_and_fits(
    server: Server, context: BrowserContext, theme: str, size: tuple[int, int], other: tuple[int, int]
) -> None:
    order_id = place(server, "PROCESSED", email="axe@example.org")
    sent = f"{server.url}/mails?orderId={order_id}"
    wait_for(lambda: httpx2.get(sent, headers=server.staff).json()["mails"], "it is mailed")
    page = context.new_page()
    page.goto(f"{server.url}/console/session")
    page.evaluate("theme => localStorage.setItem('ordermill.theme', theme)", theme)
    for view in (*VIEWS, f"mails/{order_id}-OrderProcessed"):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{server.url}/console/{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("main").get_by_role(SHOWN.get(view, "table")).first).to_be_visible()
        assert findings(page) == [], view
        for width, height in (size, other):
            page.set_viewport_size({"width": width, "height": height})
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) == 0, (view, width)
