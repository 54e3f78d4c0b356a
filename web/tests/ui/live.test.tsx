import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import type { FeedEvent } from "../../src/feed/events";
import { recordedFeed } from "../../src/feed/recorded";
import { Burst, UNDER_WAY } from "../../src/ui/live/burst";
import { Drawing } from "../../src/ui/live/drawing";
import { run } from "../../src/ui/live/loop";
import { Show } from "../../src/ui/live/show";
import { LiveView } from "../../src/ui/live/view";
import { aboutOf, breakable, concerns, inOrder, stateOf } from "../../src/ui/live/words";
import { layoutOf, RUNS, topology } from "../recorded/recorded";

afterEach(() => {
  render(null, document.body);
  vi.unstubAllGlobals();
});

const events = RUNS.workflow.map((hop): FeedEvent => ({ kind: "hop", hop }));

test("a burst has a bounded number under way, counts what came of each, and can be stopped", async () => {
  let [now, most, begun] = [0, 0, 0];
  const open: (() => void)[] = [];
  const place = async () => {
    begun += 1;
    const mine = begun;
    now += 1;
    most = Math.max(most, now);
    await new Promise<void>((done) => open.push(done));
    now -= 1;
    if (mine % 10 === 0) throw new Error("full");
  };
  const burst = new Burst(place, (error) => (error instanceof Error ? error.message : ""));
  const over = burst.run(1000);
  while (begun < 500) {
    await Promise.resolve();
    open.shift()?.();
  }
  burst.stop();
  while (now > 0) {
    open.shift()?.();
    await Promise.resolve();
  }
  await over;
  const { done, accepted, failures } = burst.progress.value;
  expect([most, burst.running.value]).toEqual([UNDER_WAY, false]);
  expect(done).toBe(begun);
  expect(accepted + (failures.get("full") ?? 0)).toBe(done);
  expect(done).toBeLessThan(700);
});

test("a replay shows one order alone, from its beginning, and leaves what is live as it is", () => {
  const time = { now: RUNS.workflow.at(-1)?.at ?? 0 };
  const show = new Show(layoutOf("workflow"), "live", () => time.now);
  show.listen(recordedFeed(events));
  const orderId = RUNS.workflow[0]?.orderId ?? "";
  const hops = RUNS.workflow.filter((hop) => hop.orderId === orderId && !hop.edge.startsWith("GET "));
  show.startReplay(orderId, hops);
  time.now += 300;
  expect(show.frame().packets.map((packet) => packet.orderId)).toEqual([orderId]);
  expect(show.track.player.isLive).toBe(false);
  expect(show.main.player.isLive).toBe(true);
  const late = { ...(hops.at(-1) ?? hops[0]), seq: 1, at: time.now + 86_400_000 } as (typeof hops)[0];
  show.extendReplay(late);
  const [from, to] = show.track.log.span() ?? [0, 0];
  expect(to - from).toBeLessThan(60_000);
  show.endReplay();
  expect(show.track).toBe(show.main);
});

test("a recording is played from its beginning and says what it is; no server is asked", async () => {
  const fetched = vi.fn();
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  render(
    <LiveView topology={topology} pipeline="workflow" mode="recorded" feed={recordedFeed(events)} />,
    document.body,
  );
  await vi.waitFor(() => expect(window.ordermill?.frame().packets.length).toBeGreaterThan(0));
  expect(document.querySelector("[data-testid=badge]")?.textContent).toContain("Recorded");
  expect(document.body.textContent).not.toContain("Break a function");
  expect(fetched).not.toHaveBeenCalled();
});

test("the drawing shows each node, its outcome and depth, and each packet", () => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const layout = layoutOf("workflow");
  const drawing = new Drawing(svg, layout, false);
  const packet = {
    orderId: null,
    progress: 0.5,
    weight: 12,
    seq: 1,
    edge: "order-queue>process_order",
    outcome: "dead",
  } as const;
  drawing.show({
    at: 0,
    packets: [packet, { ...packet, seq: 2, weight: 1, outcome: "ok" }],
    depths: new Map([["order-queue", 42]]),
    states: new Map([["process_order", { outcome: "dead", ageMs: 1, busy: 1 }]]),
    active: "process_order",
    followed: null,
  });
  expect(svg.querySelectorAll("[data-node]")).toHaveLength(layout.nodes.length);
  expect(svg.querySelector("[data-node=process_order]")?.getAttribute("data-outcome")).toBe("dead");
  expect(svg.querySelector("[data-node=order-queue]")?.textContent).toContain("42");
  expect([...svg.querySelectorAll("circle")].map((each) => each.getAttribute("class"))).toEqual([
    expect.stringContaining("fill-bad"),
    expect.stringContaining("fill-accent"),
  ]);
  drawing.dispose();
  expect(svg.children).toHaveLength(0);
});

test("nothing is drawn while nothing changes, while it is paused, or while nobody looks", () => {
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal("requestAnimationFrame", (draw: FrameRequestCallback) => frames.push(draw));
  vi.stubGlobal("cancelAnimationFrame", () => {});
  const time = { now: 1000 };
  const show = new Show(layoutOf("workflow"), "live", () => time.now);
  const shown = vi.fn();
  const stage = { show: shown, resize() {}, pick: () => null, focus() {}, setTheme() {}, dispose() {} };
  const stop = run(show, stage);
  const draw = () => {
    for (const each of frames.splice(0)) each(0);
  };
  draw();
  expect([shown.mock.calls.length, frames.length]).toEqual([1, 0]);
  const [first] = RUNS.workflow;
  if (first) show.main.log.take({ ...first, at: 400 });
  show.touch();
  draw();
  expect(frames).toHaveLength(1);
  show.command((player) => player.pause());
  draw();
  expect(frames).toHaveLength(0);
  vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  show.command((player) => player.play());
  expect(frames).toHaveLength(0);
  stop();
});

test("every part can be told in words", () => {
  const layout = layoutOf("workflow");
  const frame = new Show(layout, "live", () => 0).frame();
  for (const node of inOrder(layout.nodes)) {
    expect(aboutOf(topology, "workflow", node).caption.length).toBeGreaterThan(3);
    expect(stateOf(frame, node.id)).toBe("quiet");
  }
  expect(inOrder(layout.nodes)[0]?.id).toBe("form");
  expect(breakable(topology, "workflow")[0]).toBe("process_order");
  const edges = layout.edges.filter(({ kind }) => kind === "hop");
  const at = (node: string) => edges.filter(({ id }) => concerns(node, id)).length;
  expect([at("process_order"), at("order-queue"), at("logs")]).toEqual([1, 1, edges.length]);
  expect(at("api")).toBe(edges.filter(({ from }) => from === "api").length);
});
