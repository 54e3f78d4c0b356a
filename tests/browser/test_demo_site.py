"""The static demo: a page that plays a recorded run from a file, without a network."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.drawing import drawing_browser, quiet_page, stage
from tests.e2e.server import FIRST_ORDER, ORDERMILL, Server, wait_for

ROOT = Path(__file__).parents[2]
NODE = ROOT / ".node" / "bin" / "python"
ORDERS = 3
BAD = {**FIRST_ORDER, "customerName": "<img src=x onerror=alert(1)></script>", "email": "eve@example.org"}


@pytest.fixture(scope="module")
def page_file(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's page, with a run of a few orders that was recorded just now."""
    if not NODE.exists():
        pytest.skip("what pages are built with is not installed: make web")
    folder = tmp_path_factory.mktemp("demo")
    run, site = folder / "run.json", folder / "site"
    command = [
        str(ORDERMILL),
        "record",
        "--url",
        server.url,
        "--data",
        str(server.data),
        "--for",
        "5",
        "--output",
        str(run),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as recorder:
        assert recorder.stderr is not None
        recorder.stderr.readline()
        time.sleep(1.5)
        fault = {"process_order": {"mode": "fail", "times": 1, "at": "start", "match": None, "delayMs": 0}}
        httpx2.put(f"{server.url}/faults", headers=server.staff, json=fault).raise_for_status()
        for _ in range(ORDERS):
            httpx2.post(f"{server.url}/orders", json=BAD).raise_for_status()
    assert recorder.returncode == 0
    environment = {**os.environ, "ORDERMILL_RECORDING": str(run), "ORDERMILL_DEMO": str(site)}
    subprocess.run([NODE, ROOT / "web" / "build.py", "--run", "demo"], env=environment, check=True, capture_output=True)
    assert [each.name for each in site.iterdir()] == ["index.html"]
    text = (site / "index.html").read_text(encoding="utf-8")
    assert "eve@example.org" not in text
    assert "onerror=alert" not in text
    assert server.token not in text
    return site / "index.html"


def test_it_plays_from_a_file_and_asks_nobody(playwright: Playwright, page_file: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    with drawing_browser(playwright) as chromium:
        context = chromium.new_context(
            viewport={"width": 800, "height": 600}, offline=True, locale="en-US", timezone_id="UTC"
        )
        page = quiet_page(context, said)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        expect(page.get_by_test_id("recording")).to_contain_text(f"{ORDERS} orders")
        expect(page.get_by_test_id("recording")).to_contain_text("version 0.")
        expect(page.get_by_test_id("badge")).to_contain_text("Recorded")
        wait_for(lambda: page.evaluate("document.querySelector('canvas')?.stage?.drawn().frames > 1"), "it draws", 30)
        seen = stage(
            page,
            """(stage, model) => {
              const [from, to] = model.span();
              const outcomes = new Set();
              for (let at = from; at <= to; at += (to - from) / 80) {
                stage.show(model.frameAt(at));
                for (const each of stage.drawn().packets) outcomes.add(each.outcome);
              }
              return [...outcomes].sort();
            }""",
        )
        assert {"ok", "retry"} <= set(seen)
        # It goes on by itself: from one moment that is shown to a later one.
        page.get_by_role("button", name="From the start").click()
        first = page.evaluate("window.ordermill.frame().at")
        wait_for(lambda: page.evaluate("window.ordermill.frame().at") > first, "it goes on", 30)
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
