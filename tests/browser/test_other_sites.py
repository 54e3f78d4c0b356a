"""What a page of somebody else can do to a server on this machine, in a browser that protects neither: nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.server import Server

FORM = """<form method="post" enctype="text/plain" action="{url}/orders">
<input name='{{"product": "Laptop", "quantity": 1, "note": "' value='"}}'><button>Win a prize</button></form>
<iframe src="{url}/"></iframe>"""
TRY = """async url => {
  const order = {method: "POST", body: '{"product": "Laptop", "quantity": 1}'};
  const tries = {
    read: [url + "/products", {}],
    json: [url + "/orders", {...order, headers: {"Content-Type": "application/json"}}],
    simple: [url + "/orders", {...order, mode: "no-cors", headers: {"Content-Type": "text/plain"}}],
  };
  const outcome = {};
  for (const [name, [target, options]] of Object.entries(tries))
    outcome[name] = await fetch(target, options).then(answer => answer.type, () => "failed");
  return outcome;
}"""


@pytest.fixture
def elsewhere(server: Server) -> Iterator[str]:
    """The address of another site, whose only page is for tricking people."""

    class Tricky(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = FORM.format(url=server.url).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Tricky) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://localhost:{site.server_port}/"
        site.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-US")
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()


def orders(server: Server) -> Any:
    return server.rows("SELECT count(*) FROM orders")


def test_its_scripts_place_and_read_nothing(page: Page, server: Server, elsewhere: str) -> None:
    before = orders(server)
    page.goto(elsewhere)
    assert page.evaluate(TRY, server.url) == {"read": "failed", "json": "failed", "simple": "failed"}
    assert orders(server) == before


def test_its_forms_are_refused(page: Page, server: Server, elsewhere: str) -> None:
    before = orders(server)
    page.goto(elsewhere)
    with page.expect_navigation() as navigation:
        page.get_by_role("button").click()
    assert navigation.value is not None
    assert navigation.value.status == 403
    assert orders(server) == before


def test_it_cannot_show_ours_in_a_frame(page: Page, elsewhere: str) -> None:
    page.goto(elsewhere)
    expect(page.frame_locator("iframe").get_by_role("link", name="Ordermill")).to_have_count(0)
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]


def test_a_name_of_theirs_for_our_address_shows_nothing(page: Page, server: Server) -> None:
    answer = page.goto(f"http://rebound.example:{server.port}/")
    assert answer is not None
    assert answer.status == 421
    assert "misdirected-request" in page.inner_text("body")
