import { expect, test } from "vitest";
import { PART_MS } from "../../src/model/flights";
import { KEPT, Log } from "../../src/model/log";
import { LAG_MS } from "../../src/model/player";
import type { Frame, Hop } from "../../src/model/types";
import { chance, layoutOf, PIPELINES, type Pipeline, RUNS } from "../recorded/recorded";

const STEP_MS = 50;

function logOf(pipeline: Pipeline, hops: readonly Hop[] = RUNS[pipeline]): Log {
  const log = new Log(layoutOf(pipeline));
  for (const hop of hops) log.take(hop);
  return log;
}

function* moments(log: Log, stepMs = STEP_MS): Generator<Frame> {
  const [from, to] = log.span() ?? [0, -1];
  for (let at = from; at <= to; at += stepMs) yield log.frame(at);
}

const digest = ({ at, packets, states }: Frame) => JSON.stringify([at, packets, [...states]]);
const ordersOf = (hops: readonly Hop[]) => [...new Set(hops.flatMap(({ orderId }) => orderId ?? []))];
const isRead = (hop: Hop) => hop.edge.startsWith("GET ");

test.each(PIPELINES)(
  "every event of a run of %s is seen, each on an edge that there is, for long enough",
  (pipeline) => {
    const log = logOf(pipeline);
    const edges = new Set(layoutOf(pipeline).edges.map(({ id }) => id));
    const seen = new Map<number, Set<number>>();
    for (const frame of moments(log)) {
      for (const packet of frame.packets) {
        expect(edges.has(packet.edge)).toBe(true);
        expect(packet.progress).toBeGreaterThanOrEqual(0);
        expect(packet.progress).toBeLessThanOrEqual(1);
        seen.set(packet.seq, (seen.get(packet.seq) ?? new Set()).add(frame.at));
      }
    }
    for (const { seq } of RUNS[pipeline]) expect((seen.get(seq)?.size ?? 0) * STEP_MS).toBeGreaterThanOrEqual(PART_MS);
  },
);

test.each(PIPELINES)("an order's packets enter their edges in the order of its events: %s", (pipeline) => {
  const log = logOf(pipeline);
  const orders = ordersOf(RUNS[pipeline]);
  expect(orders.length).toBeGreaterThan(6);
  for (const orderId of orders) {
    const flights = log.flightsOf(orderId).filter(({ hop }) => !isRead(hop));
    const commits = flights.map(({ at }) => at);
    expect(commits).toEqual([...commits].sort((a, b) => a - b));
    const entered = flights.map(({ own }) => own);
    expect(entered).toEqual([...entered].sort((a, b) => a - b));
    expect(flights.every(({ start, at }) => start >= at)).toBe(true);
  }
});

const edgesOf = (log: Log, orderId: string) => {
  const first = new Map<string, number>();
  for (const frame of moments(log))
    for (const { edge, orderId: of, log: line } of frame.packets)
      if (of === orderId && !line && !first.has(edge)) first.set(edge, frame.at);
  return first;
};
const before = (first: Map<string, number>, ...edges: string[]) => {
  const times = edges.map((edge) => first.get(edge) ?? Number.NaN);
  expect(times, edges.join(" ")).toEqual([...times].sort((a, b) => a - b));
  expect(times.every(Number.isFinite), JSON.stringify([...first.keys()])).toBe(true);
};

const OUT = ["orders>publish_order_event", "publish_order_event>order-events", "order-events>notify-customer"];
const MAIL = [
  "notify-customer>notify_customer",
  "notify_customer>mail-queue",
  "mail-queue>send_email",
  "send_email>mail",
];
const INTAKE: Record<Pipeline, string[]> = {
  workflow: [
    "POST /orders>start_workflow",
    "start_workflow>order-intake",
    "order-intake>validate_order",
    "order-intake>create_order",
    "order-intake>order-queue",
    "order-queue>process_order",
  ],
  stream: ["POST /orders>create_order", "create_order>orders", "orders>process_order"],
  queue: ["POST /orders>submit_order", "submit_order>order-queue", "order-queue>process_order"],
};

test.each(PIPELINES)("the first order of %s goes from the form to its mail, without a hole", (pipeline) => {
  const log = logOf(pipeline);
  const [orderId = ""] = ordersOf(RUNS[pipeline]);
  const first = edgesOf(log, orderId);
  before(first, "form>api", ...INTAKE[pipeline], "process_order>payments", "order-events>notify-customer", ...MAIL);
  before(first, ...OUT, ...MAIL);
});

test.each(PIPELINES)("what is fanned out leaves at once: %s", (pipeline) => {
  const log = logOf(pipeline);
  const both = [...moments(log)].filter(({ packets }) => {
    const on = (edge: string) => packets.find((packet) => packet.edge === edge && !packet.log);
    const [mail, record] = [on("order-events>notify-customer"), on("order-events>record-order-event")];
    return mail && record && mail.orderId === record.orderId && mail.progress === record.progress;
  });
  expect(both.length).toBeGreaterThan(0);
});

test.each(PIPELINES)("a failure is red, comes back, and ends in the dead letters: %s", (pipeline) => {
  const log = logOf(pipeline);
  const dead = RUNS[pipeline].find((hop) => hop.outcome === "dead" && hop.function === "process_order");
  const orderId = dead?.orderId ?? "";
  const retries = log.flightsOf(orderId).filter(({ hop }) => hop.outcome === "retry");
  expect(retries.length).toBeGreaterThan(2);
  for (const { parts, place, hop } of retries) {
    const answer = parts.findLast((part) => !part.log);
    expect(answer).toMatchObject({ edge: hop.edge, forward: false, outcome: "retry" });
    expect(place).toBe(log.ways.edges.get(hop.edge)?.from);
  }
  const first = edgesOf(log, orderId);
  before(first, dead?.edge ?? "", "process_order>dead-letters", "dead-letters>fail_order");
  const last = log.flightsOf(orderId).find(({ hop }) => hop.seq === dead?.seq);
  const letters = log.frame((last?.end ?? 0) + 10).states.get("dead-letters");
  expect(letters?.outcome).toBe("dead");
  // Then it was sent again, by the way that what is retried takes.
  const again = log.flightsOf(orderId).find(({ hop, at }) => hop.edge === dead?.edge && at > (last?.at ?? 0));
  const way = again?.parts.map(({ edge }) => edge) ?? [];
  expect(way).toContain(pipeline === "stream" ? "orders>process_order" : "order-events>order-queue");
});

test("a call is made and answered within the step that makes it", () => {
  const log = logOf("workflow");
  const [orderId = ""] = ordersOf(RUNS.workflow);
  const flights = log.flightsOf(orderId);
  const call = flights.find(({ hop }) => hop.edge === "process_order>payments");
  const step = flights.find(({ hop }) => hop.edge === "order-queue>process_order");
  expect(call?.parts.filter((part) => !part.log).map(({ forward }) => forward)).toEqual([true, false]);
  expect(call?.start).toBe((step?.own ?? 0) + PART_MS);
});

test.each(PIPELINES)("live and replay show the same, however the events came: %s", (pipeline) => {
  const hops = RUNS[pipeline];
  const replay = logOf(pipeline);
  for (const seed of [1, 2, 3]) {
    const random = chance(seed);
    // Each event comes at most LAG_MS after it happened; batches are handed over in any order.
    const coming = hops.map((hop) => ({ hop, comes: hop.at + random() * (LAG_MS - STEP_MS) }));
    const live = new Log(layoutOf(pipeline));
    const [from, to] = replay.span() ?? [0, 0];
    for (let now = from; now <= to + LAG_MS; now += STEP_MS) {
      const batch = coming.filter(({ comes }) => comes <= now && comes > now - STEP_MS);
      for (const { hop } of batch.toSorted(() => random() - 0.5)) live.take(hop);
      const shown = now - LAG_MS;
      expect(digest(live.frame(shown))).toBe(digest(replay.frame(shown)));
    }
  }
});

test("an event that is told twice is one", () => {
  const log = logOf("workflow");
  const frames = [...moments(log, 500)].map(digest);
  for (const hop of RUNS.workflow) expect(log.take(hop)).toBe(false);
  expect([...moments(log, 500)].map(digest)).toEqual(frames);
});

test("a frame counts exactly: its samples, and the rest as one packet for each edge and outcome", () => {
  const log = new Log(layoutOf("workflow"));
  const hops = RUNS.workflow.slice(0, 3).map((hop, index) => ({ ...hop, at: 1000, seq: 10 + index * 20 }));
  const edge = hops[2]?.edge ?? "";
  log.takeBundle({
    from: 1,
    to: 500,
    at: 1000,
    samples: hops,
    edges: new Map([
      [edge, { ok: 480, retry: 0, failed: 7, dead: 0 }],
      [hops[0]?.edge ?? "", { ok: 1, retry: 0, failed: 0, dead: 0 }],
      [hops[1]?.edge ?? "", { ok: 1, retry: 0, failed: 0, dead: 0 }],
    ]),
  });
  const weights = new Map<string, number>();
  for (const hop of log.recent(100, () => true)) weights.set(hop.outcome, (weights.get(hop.outcome) ?? 0) + 1);
  expect([...weights].sort()).toEqual([
    ["failed", 1],
    ["ok", 4],
  ]);
  const packets = log.frame(1001).packets.filter((packet) => packet.edge === edge && packet.orderId === null);
  expect(packets.map(({ weight }) => weight).sort((a, b) => a - b)).toEqual([7, 479]);
});

test("depths are those that were measured last before", () => {
  const log = new Log(layoutOf("workflow"));
  log.takeDepths(new Map([["order-queue", 3]]), 1000);
  log.takeDepths(new Map([["order-queue", 9]]), 2000);
  expect([999, 1000, 1999, 2000].map((at) => log.frame(at).depths.get("order-queue"))).toEqual([undefined, 3, 3, 9]);
});

test("nothing is drawn while nothing moves: it says when to look again", () => {
  const log = logOf("workflow", RUNS.workflow.slice(0, 1));
  const [from, to] = log.span() ?? [0, 0];
  expect(log.wakeAt(from - 5000)).toBe(from);
  expect(log.wakeAt(from + 10)).toBe(from + 10);
  expect(log.wakeAt(to + 60_000)).toBe(Infinity);
});

test("memory is bounded: an hour of 500 orders a second", { timeout: 60_000 }, () => {
  const log = new Log(layoutOf("workflow"));
  const edges = layoutOf("workflow")
    .edges.filter(({ kind }) => kind === "hop")
    .map(({ id }) => id)
    .slice(0, 8);
  const counts = { ok: 500, retry: 0, failed: 0, dead: 0 };
  let seq = 0;
  const hop = (at: number, order: number, edge: string): Hop => ({
    seq,
    at,
    orderId: `ord_${order}`,
    edge,
    function: edge.split(">")[1] ?? "",
    outcome: "ok",
    attempt: 1,
    durationMs: 1,
  });
  // As it comes: frames, each with some whole hops.
  for (let at = 0; at < 3_600_000; at += 1000) {
    const samples = edges.slice(0, at % 10_000 ? 1 : 8).map((edge) => ({ ...hop(at, at, edge), seq: ++seq }));
    const from = seq;
    seq += 4000;
    log.takeBundle({ from, to: seq, at, samples, edges: new Map(edges.map((edge) => [edge, counts])) });
    log.takeDepths(new Map([["order-queue", at]]), at);
  }
  // And as it never comes: every one by itself.
  for (let order = 0; order < 4_000; order += 1)
    for (const edge of edges) log.take({ ...hop(3_600_000 + order * 2, order, edge), seq: ++seq });
  const sizes = log.sizes();
  expect(seq).toBeGreaterThan(500 * 8 * 3600);
  expect(sizes.events).toBeLessThanOrEqual(KEPT * 1.25 + 1);
  expect(sizes.seen).toBeLessThanOrEqual(KEPT);
  expect(sizes.orders).toBeLessThanOrEqual(KEPT);
  expect(sizes.slotted).toBeLessThanOrEqual(KEPT * 10);
  expect(sizes.slots).toBeLessThanOrEqual(KEPT);
  expect(sizes.depths).toBeLessThanOrEqual(3600);
});
