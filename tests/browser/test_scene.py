"""The scene in three dimensions: what it draws is what the model says, and it gives back what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from tests.browser.drawing import drawing_browser, quiet_page, stage
from tests.e2e.server import FIRST_ORDER, HASTE, Server, wait_for

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


DRAWS = "document.querySelector('canvas')?.stage?.drawn().frames > 0"
SEEN_ALL = "(() => { const [from, to] = window.ordermill.span() ?? [0, 0]; return to - from > 100; })()"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of its own: what other tests have broken would be in the picture."""
    running = Server(tmp_path_factory.mktemp("scene") / "data", env=HASTE)
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture(scope="module")
def live(playwright: Playwright, server: Server) -> Iterator[Page]:
    """The live view of a running server that has had a few orders, one of which failed at first."""
    with drawing_browser(playwright) as chromium:
        context = chromium.new_context(
            viewport={"width": 1040, "height": 640}, reduced_motion="reduce", timezone_id="UTC"
        )
        said: list[str] = []
        page = quiet_page(context, said)
        page.goto(httpx2.post(f"{server.url}/sign-in/links", headers=server.staff).json()["url"])
        page.goto(f"{server.url}/console/live")
        page.locator("canvas").wait_for()
        wait_for(lambda: page.evaluate(DRAWS), "the scene draws", 30)
        fault = {"process_order": {"mode": "fail", "times": 1, "at": "start", "match": None, "delayMs": 0}}
        httpx2.put(f"{server.url}/faults", headers=server.staff, json=fault).raise_for_status()
        for _ in range(4):
            httpx2.post(f"{server.url}/orders", json=FIRST_ORDER).raise_for_status()
        wait_for(
            lambda: page.evaluate("(window.ordermill.span() ?? [0, 0])[1] - window.ordermill.span()?.[0] > 500"), ""
        )
        wait_for(server.settled, "all is done")
        # The stream brings the last of it.
        page.wait_for_function("window.ordermill.frameAt(window.ordermill.span()[1]).packets.length >= 0")
        yield page
        context.close()
        assert said == []


MOMENTS = """(stage, model) => {
  const [from, to] = model.span();
  const paths = new Map(model.layout.edges.map((edge) => [edge.id, edge.path]));
  const off = (at, path) => {
    let least = Infinity;
    for (let i = 1; i < path.length; i += 1) {
      const [a, b] = [path[i - 1], path[i]];
      const along = b.map((each, axis) => each - a[axis]);
      const length = along.reduce((sum, each) => sum + each * each, 0) || 1;
      const reach = along.reduce((sum, each, axis) => sum + each * (at[axis] - a[axis]), 0) / length;
      const part = Math.min(1, Math.max(0, reach));
      least = Math.min(least, Math.hypot(...a.map((each, axis) => each + along[axis] * part - at[axis])));
    }
    return least;
  };
  const ends = new Map(model.layout.edges.map(({ id, path }) => [id, [path[0], path[path.length - 1]]]));
  const away = (one, other) => Math.hypot(...one.map((each, axis) => each - other[axis]));
  // At its beginning a packet is nearer to where it comes from.
  const astray = ({ at, edge, progress }) => {
    const [from, to] = ends.get(edge);
    return Math.abs(progress - 0.5) > 0.4 && (away(at, from) - away(at, to)) * (progress - 0.5) < 0;
  };
  const seen = [];
  for (let at = from; at <= to + 8500; at += (to + 8500 - from) / 60) {
    const frame = model.frameAt(at);
    stage.show(frame);
    const { packets, nodes } = stage.drawn();
    seen.push({
      told: frame.packets.map((each) => [each.seq, each.edge, each.progress, each.outcome, each.weight]).sort(),
      drawn: packets.map((each) => [each.seq, each.edge, each.progress, each.outcome, each.weight]).sort(),
      off: Math.max(0, ...packets.map((each) => off(each.at, paths.get(each.edge)))),
      astray: packets.filter(astray).length,
      failing: nodes.filter((each) => each.failing).map((each) => each.id),
    });
  }
  return seen;
}"""


def test_every_packet_of_the_model_is_drawn_on_its_edge(live: Page) -> None:
    moments = stage(live, MOMENTS)
    assert all(moment["drawn"] == moment["told"] for moment in moments)
    assert max(len(moment["drawn"]) for moment in moments) >= 3
    # The way is a curve through the bends of the path.
    assert max(moment["off"] for moment in moments) < 1.5
    assert sum(moment["astray"] for moment in moments) == 0
    assert {"retry", "ok"} <= {each[3] for moment in moments for each in moment["drawn"]}
    assert any("process_order" in moment["failing"] for moment in moments)
    assert any("process_order" not in moment["failing"] for moment in moments)


PICK = """(stage, model) => {
  const [from, to] = model.span();
  for (let at = from; at <= to; at += 25) {
    const frame = model.frameAt(at);
    stage.show(frame);
    const found = stage.drawn().packets.filter((each) => each.orderId !== null && !each.log);
    if (found.length === 0) continue;
    const [wanted] = found;
    const { x, y } = stage.onScreen(wanted.at);
    return { wanted, picked: stage.pick(x, y), nothing: stage.pick(-500, -500) };
  }
}"""


def test_what_is_under_the_pointer_is_picked(live: Page) -> None:
    found = stage(live, PICK)
    wanted, picked = found["wanted"], found["picked"]
    assert (picked["kind"], picked["orderId"]) == ("packet", wanted["orderId"])
    assert found["nothing"] is None
    at = stage(
        live,
        """(stage, model) => {
          stage.show({ ...model.frameAt(0), packets: [] });
          const node = model.layout.nodes.find((each) => each.id === "api");
          return stage.onScreen(node.at);
        }""",
    )
    assert stage(live, "(stage, _, at) => stage.pick(at.x, at.y)", at) == {"kind": "node", "id": "api"}
    live.locator("canvas").click(position=at)
    expect(live.locator("[data-active=api]").first).to_be_visible()


FRAME = """const frame = {
  at: 0, packets: [], depths: new Map(), states: new Map(), active: null, followed: null };"""


def test_what_waits_is_seen_as_matter(live: Page) -> None:
    columns = stage(
        live,
        f"""(stage) => {{ {FRAME}
          const depths = new Map([["order-queue", 37], ["mail-queue", 100000], ["orders", 0], ["none", 5]]);
          stage.show({{ ...frame, depths }});
          return stage.drawn().columns.map((each) => [each.id, each.depth, each.grains]);
        }}""",
    )
    assert columns == [["order-queue", 37, 37], ["mail-queue", 100_000, 384]]


def test_an_order_that_is_followed_is_told_apart(live: Page) -> None:
    drawn: dict[str, Any] = stage(
        live,
        f"""(stage, model) => {{ {FRAME}
          const [one, other] = model.layout.edges;
          const packet = {{ seq: 1, orderId: "a", edge: one.id, progress: 0.5, outcome: "ok", weight: 1 }};
          stage.show({{ ...frame, followed: "a", way: [other.id], active: one.to,
            packets: [packet, {{ ...packet, seq: 2, orderId: "b" }}] }});
          const {{ packets, way, nodes }} = stage.drawn();
          return {{ followed: packets.filter((each) => each.followed).map((each) => each.seq), way: way.sort(),
            wanted: [one.id, other.id].sort(), active: nodes.filter((each) => each.active).map((each) => each.id),
            to: one.to }};
        }}""",
    )
    assert drawn["followed"] == [1]
    assert drawn["way"] == drawn["wanted"]
    assert drawn["active"] == [drawn["to"]]


def test_however_much_happens_what_is_drawn_stays_bounded(live: Page) -> None:
    shown = stage(
        live,
        f"""(stage, model) => {{ {FRAME}
          const edges = model.layout.edges;
          const packets = Array.from({{ length: 60000 }}, (_, seq) => ({{ seq, orderId: "o" + seq, weight: 2,
            edge: edges[seq % edges.length].id, progress: (seq % 997) / 997, outcome: seq % 9 ? "ok" : "dead" }}));
          stage.show({{ ...frame, packets }});
          const many = stage.drawn();
          stage.show(frame);
          return {{ count: many.packets.length, weight: many.packets.reduce((sum, each) => sum + each.weight, 0),
            after: stage.drawn().packets.length, before: many.held, held: stage.drawn().held }};
        }}""",
    )
    assert shown["count"] <= 4_096
    assert shown["weight"] == 120_000
    assert shown["after"] == 0
    assert shown["held"]["geometries"] < 60
    assert shown["held"]["textures"] <= 3


def test_keys_turn_it_while_it_has_the_focus(live: Page) -> None:
    where = "(stage, model) => { stage.show(model.frame()); return stage.onScreen(model.layout.nodes[0].at); }"
    live.locator("canvas").focus()
    before = stage(live, where)
    live.keyboard.press("ArrowLeft")
    live.keyboard.press("+")
    turned = stage(live, where)
    assert abs(turned["x"] - before["x"]) + abs(turned["y"] - before["y"]) > 10
    live.keyboard.press("Home")
    assert stage(live, where) == pytest.approx(before, abs=1)


def brightness(page: Page) -> float:
    """Of the picture's lower left corner, from 0 to 1."""
    picture = Image.open(BytesIO(page.locator("canvas").screenshot())).convert("L").crop((0, 200, 40, 300))
    values = picture.tobytes()
    return sum(values) / len(values) / 255


def test_it_is_bright_and_dark_on_request(live: Page) -> None:
    live.evaluate("document.activeElement.blur()")
    wait_for(lambda: brightness(live) > 0.8, "bright")
    live.get_by_role("button", name="Dark", exact=True).click()
    wait_for(lambda: brightness(live) < 0.3, "dark")
    live.get_by_role("button", name="Bright", exact=True).click()
    wait_for(lambda: brightness(live) > 0.8, "bright again")


def test_it_gives_back_what_it_took(live: Page) -> None:
    live.evaluate("window.kept = document.querySelector('canvas').stage")
    assert live.evaluate("window.kept.drawn().held.geometries") > 0
    live.get_by_role("button", name="2D").click()
    expect(live.locator("canvas")).to_have_count(0)
    assert live.evaluate("window.kept.drawn().held") == {"geometries": 0, "textures": 0}
    live.get_by_role("button", name="2D").click()
    wait_for(lambda: live.evaluate(DRAWS), "the scene draws again", 30)


def test_no_other_page_loads_it() -> None:
    assets = files("ordermill.entrypoints") / "pages" / "app" / "assets"
    drawing = [
        each.name for each in assets.iterdir() if each.name.endswith(".js") and b"WebGLRenderer" in each.read_bytes()
    ]
    assert [name.partition("-")[0] for name in drawing] == ["scene"]
