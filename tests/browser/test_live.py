"""The live view: what it shows is what the server told, live, from before a restart, in three dimensions or two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.live import Watching
from tests.e2e.server import HASTE, Server, order_until, wait_for

Json = dict[str, Any]
OpenView = Callable[..., Page]

VISITS = """(orderId) => {
  const {span, frameAt, layout} = window.ordermill;
  const [from, to] = span();
  const edges = new Set(layout.edges.map(({id}) => id));
  const seen = new Map();
  for (let at = from; at <= to; at += 50)
    for (const packet of frameAt(at).packets) {
      if (packet.orderId !== orderId || packet.log) continue;
      if (!edges.has(packet.edge)) throw new Error("no edge " + packet.edge);
      const key = packet.seq + " " + packet.edge;
      if (!seen.has(key)) seen.set(key, [packet.seq, packet.edge, packet.outcome, at]);
    }
  return [...seen.values()];
}"""
"""Of one order, each event's packets with when they were first seen on each edge."""

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is broken and started again."""
    running = Server(tmp_path_factory.mktemp("live") / "data", env=HASTE)
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture
def open_view(browser: Browser, watched: Server) -> Iterator[OpenView]:
    """Opens the live view, signed in; no script of it may fail."""
    contexts = []
    failures: list[str] = []

    def make(width: int = 1440, height: int = 900, script: str | None = None) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: failures.append(str(error)))
        if script:
            page.add_init_script(script)
        page.goto(httpx2.post(f"{watched.url}/sign-in/links", headers=watched.staff).json()["url"])
        page.goto(f"{watched.url}/console/live")
        expect(page.locator("[data-stage] svg, [data-stage] canvas").first).to_be_attached()
        return page

    yield make
    for context in contexts:
        context.close()
    assert failures == []


def told(server: Server, order_id: str) -> list[Json]:
    """What the server tells of an order, without who looked at it."""
    watching = Watching(server, f"?orderId={order_id}").start()

    def hops() -> list[Json]:
        return [event for name, event in watching.events if name == "hop" and not event["edge"].startswith("GET ")]

    wait_for(hops, "the order's events")
    watching.cut()
    return hops()


def place(page: Page, email: str = "ada@example.org") -> str:
    """Places an order from the view; its id, once it is followed."""
    before = followed(page)
    page.get_by_label("Confirmation to").fill(email)
    page.get_by_role("button", name="Place an order").click()
    return wait_for(lambda: followed(page) if followed(page) != before else None, "the order is followed") or ""


def followed(page: Page) -> str | None:
    section = page.locator("[data-followed]")
    return section.get_attribute("data-followed") if section.count() else None


def step(page: Page, edge: str, outcome: str = "ok") -> None:
    """Waits until the order's list has such a step."""
    expect(page.locator(f'[data-testid=order-hops] [data-edge="{edge}"][data-outcome={outcome}]').first).to_be_visible()


def visits(page: Page, order_id: str, hops: list[Json]) -> list[tuple[int, str, str, float]]:
    """The order's packets, once all its events have been seen."""

    def look() -> list[tuple[int, str, str, float]] | None:
        found = [tuple(row) for row in page.evaluate(VISITS, order_id)]
        return found if {hop["seq"] for hop in hops} <= {row[0] for row in found} else None

    found = wait_for(look, "every event has its packet")
    assert found is not None
    return found


def assert_in_order(hops: list[Json], seen: list[tuple[int, str, str, float]]) -> None:
    """Each event's packet takes the event's edge, and none enters before that of an earlier commit."""
    entered = {row[0]: row[3] for row in seen if any(hop["seq"] == row[0] and hop["edge"] == row[1] for hop in hops)}
    assert entered.keys() >= {hop["seq"] for hop in hops}
    shown = sorted(hops, key=lambda hop: entered[hop["seq"]])
    for earlier, later in pairwise(shown):
        assert entered[earlier["seq"]] == entered[later["seq"]] or earlier["at"] <= later["at"], (earlier, later)


def test_an_order_is_followed_through_failure_redrive_and_restart(watched: Server, open_view: OpenView) -> None:
    page = open_view()
    first = place(page)
    step(page, "send_email>mail")
    hops = told(watched, first)
    seen = visits(page, first, hops)
    assert_in_order(hops, seen)
    edges = [row[1] for row in seen]
    assert edges[:3] == ["form>api", "POST /orders>start_workflow", "start_workflow>order-intake"]
    fan_out = {row[1]: row[3] for row in reversed(seen) if row[1].startswith("order-events>")}
    assert fan_out.keys() == {"order-events>record-order-event", "order-events>notify-customer"}
    expect(page.get_by_test_id("badge")).to_contain_text("Live")

    page.get_by_label("Break a function").select_option("process_order")
    page.get_by_role("button", name="Break it").click()
    expect(page.locator("[data-broken=process_order]")).to_be_visible()
    second = place(page)
    step(page, "order-queue>process_order", "retry")
    step(page, "order-queue>process_order", "dead")
    step(page, "dead-letters>fail_order")
    red = {(row[1], row[2]) for row in visits(page, second, told(watched, second))}
    assert red >= {("order-queue>process_order", "ok"), ("process_order>dead-letters", "dead")}
    wait_for(lambda: page.evaluate("() => window.ordermill.frame().depths.get('dead-letters')") == 1, "one letter")

    page.locator("[data-broken=process_order]").get_by_role("button", name="Mend").click()
    expect(page.locator("[data-broken]")).to_have_count(0)
    with watched.client() as client:
        sent = client.post("/dead-letters/redrive", headers=watched.staff, json={"all": True}).json()
        assert sent["redriven"] == 1
        order_until(client, second, watched.staff, "PROCESSED")
    step(page, "send_email>mail")
    # What was done to several orders at once is told of each by the log alone.
    again = visits(page, second, [hop for hop in told(watched, second) if not hop["replayed"]])
    assert "order-events>order-queue" in [row[1] for row in again]

    wait_for(watched.settled, "nothing is under way")
    watched.kill()
    watched.start()
    page.reload()
    page.get_by_label("Follow an order").fill(f"see {first}")
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_test_id("order-hops")).to_contain_text("from the event log")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_test_id("badge")).to_contain_text("Replay")
    old = told(watched, first)
    assert all(hop["replayed"] for hop in old)
    replayed = visits(page, first, old)
    assert_in_order(old, replayed)
    # What is still known of it is seen on the ways that it was seen on before.
    assert {row[1] for row in replayed} <= {row[1] for row in seen}
    assert {"form>api", "order-queue>process_order"} - {row[1] for row in replayed} <= {"form>api"}


def test_without_webgl_there_is_a_drawing_and_without_a_pointer_a_list(open_view: OpenView) -> None:
    page = open_view(script=NO_WEBGL)
    expect(page.locator("[data-stage='2d'] [data-node=process_order]")).to_be_visible()
    expect(page.get_by_text("This browser shows no 3D")).to_be_visible()
    place(page)
    expect(page.locator("[data-node=process_order][data-outcome=ok]")).to_be_attached()
    page.get_by_text("All parts as a list").click()
    page.locator("[data-node-button=order-queue]").press("Enter")
    expect(page.locator("[data-active=order-queue]").first).to_contain_text("Messages wait here")
    page.locator("h1").press("Space")
    at = page.evaluate("() => window.ordermill.frame().at")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("() => window.ordermill.frame().at") == at - 200
    expect(page.get_by_test_id("badge")).to_contain_text("Not live")
    page.get_by_role("button", name="Live", exact=True).click()
    expect(page.get_by_test_id("badge")).to_have_text("Live")


def test_on_a_phone_nothing_is_wider_than_the_screen_and_the_panel_is_a_sheet(open_view: OpenView) -> None:
    page = open_view(390, 844)
    place(page)
    page.get_by_test_id("sheet").get_by_role("button").first.click()
    expect(page.get_by_test_id("sheet").locator("[data-active]")).to_contain_text("Measured by the server")
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_burst_is_counted_and_what_is_kept_is_bounded(open_view: OpenView) -> None:
    page = open_view()
    page.get_by_role("button", name="A burst of 1,000").click()
    expect(page.get_by_test_id("burst")).to_contain_text("1,000 of 1,000 accepted", timeout=60_000)
    sizes = page.evaluate("() => window.ordermill.sizes()")
    assert 0 < sizes["seen"] <= 20_000
