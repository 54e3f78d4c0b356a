"""The built pages as a deployment serves them: staff sign in at an issuer's page, and what is local says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.aws_site import CLIENT, WHO, Issuer, Site
from tests.browser.drawing import DRIVER
from tests.e2e.server import FIRST_ORDER, HASTE, Server, wait_for


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, with a server that trusts the issuer behind it."""
    env = {**HASTE, "ORDERMILL_STAFF_ISSUER": issuer.url, "ORDERMILL_STAFF_AUDIENCE": CLIENT}
    server = Server(tmp_path_factory.mktemp("aws") / "data", env=env)
    try:
        made = Site(tmp_path_factory.mktemp("site"), server.start().url, issuer.url)
        yield made
        made.close()
    finally:
        server.kill()


@pytest.fixture
def page(browser: Browser, site: Site, issuer: Issuer) -> Iterator[Page]:
    """A tab that asks nobody but the site and the issuer, and in which nothing went wrong."""
    context = browser.new_context(locale="en-US", timezone_id="UTC")
    said: list[str] = []
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    issuer.groups, issuer.lives_s = ["staff"], 3600
    issuer.grants.clear()
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((f"{site.url}/", f"{issuer.url}/"))] == []
    assert [text for text in said if "status of 403" not in text and DRIVER not in text] == []


def sign_in(page: Page, url: str) -> None:
    """From the console's door to the issuer's page and back."""
    page.goto(url)
    expect(page.get_by_role("heading", name="Sign in as staff")).to_be_visible()
    expect(page.get_by_text("on AWS in eu-west-1")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="I am Ada").click()
    page.wait_for_url(url)


def test_staff_sign_in_and_out_by_the_issuers_page(page: Page, site: Site, issuer: Issuer) -> None:
    sign_in(page, f"{site.url}/console/session?from=a-bookmark")
    expect(page.get_by_role("heading", name="Signed in as staff")).to_be_visible()
    expect(page.locator("dd").filter(has_text=WHO)).to_be_visible()
    # The API behind takes the token for staff's.
    expect(page.locator("dd").filter(has_text=re.compile("^yes$"))).to_be_visible()
    expect(page.get_by_text("aws:eu-west-1")).to_be_visible()
    page.reload()
    expect(page.locator("dd").filter(has_text=WHO)).to_be_visible()
    assert issuer.grants == ["authorization_code"]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in as staff")).to_be_visible()
    assert page.url == f"{site.url}/console"
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.includes('user'))") == []


def test_tokens_are_renewed_as_they_end(page: Page, site: Site, issuer: Issuer) -> None:
    issuer.lives_s = 20
    sign_in(page, f"{site.url}/console/session")
    expect(page.locator("dd").filter(has_text=re.compile("^yes$"))).to_be_visible()
    assert issuer.grants[:2] == ["authorization_code", "refresh_token"]


def test_who_is_not_of_the_group_is_told(page: Page, site: Site, issuer: Issuer) -> None:
    issuer.groups = ["people"]
    sign_in(page, f"{site.url}/console/session")
    expect(page.locator("dd").filter(has_text="ask to be added to the group of staff")).to_be_visible()


def test_a_refusal_is_told_and_can_be_tried_again(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/console?error=access_denied&error_description=Not+today&state=none")
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    assert page.url == f"{site.url}/console"
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_what_is_local_only_says_where_to_look_instead(page: Page, site: Site) -> None:
    sign_in(page, f"{site.url}/console/logs")
    expect(page.get_by_text("Logs Insights")).to_be_visible()
    page.get_by_role("link", name="Metrics").click()
    expect(page.get_by_text("CloudWatch has the metrics")).to_be_visible()


def test_any_order_is_replayed_from_its_history(page: Page, site: Site) -> None:
    with httpx2.Client(base_url=site.url) as api:
        orders = [api.post("/orders", json=FIRST_ORDER).json()["orderId"] for _ in range(2)]
        for order in orders:
            wait_for(lambda order=order: api.get(f"/orders/{order}").json()["status"] == "PROCESSED", "processed")  # type: ignore[misc]
    sign_in(page, f"{site.url}/console/live?orderId={orders[0]}")
    expect(
        page.get_by_text("What happened on AWS in eu-west-1, replayed from the history of one order")
    ).to_be_visible()
    expect(page.get_by_test_id("badge")).to_contain_text("AWS")
    wait_for(lambda: page.evaluate("() => window.ordermill?.span()"), "the picture has something to show")
    assert _followed(page) == {orders[0]}
    page.get_by_role("button", name="The latest orders").click()
    expect(page.get_by_text("the history of the latest orders")).to_be_visible()
    wait_for(lambda: page.evaluate("() => window.ordermill?.span()"), "the picture has something to show")
    assert _followed(page) == set(orders)


def _followed(page: Page) -> set[str]:
    """The orders that are under way at some moment of what is shown."""
    return set(
        page.evaluate("""() => {
            const [from, to] = window.ordermill.span();
            const seen = new Set();
            for (let at = from - 2000; at <= to + 2000; at += 20)
                for (const packet of window.ordermill.frameAt(at).packets) seen.add(packet.orderId);
            return [...seen];
        }""")
    )


def test_what_is_no_view_is_not_found(site: Site, page: Page) -> None:
    answer = page.request.get(f"{site.url}/console/nowhere")
    assert answer.status == 404
