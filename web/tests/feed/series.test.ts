import { expect, test } from "vitest";
import { parseMetrics } from "../../src/feed/metrics";
import { charted, edgeRows, functionCounted, gaugesBy, ratesBy, routeRows } from "../../src/feed/series";

const hops = (edge: string, name: string, outcome: string, count: number) =>
  `ordermill_hops_total{edge="${edge}",function="${name}",outcome="${outcome}"} ${count}\n`;
const took = (edge: string, name: string, counts: [number, number]) =>
  `ordermill_hop_duration_seconds_bucket{edge="${edge}",function="${name}",le="0.01"} ${counts[0]}\n` +
  `ordermill_hop_duration_seconds_bucket{edge="${edge}",function="${name}",le="+Inf"} ${counts[1]}\n` +
  `ordermill_hop_duration_seconds_count{edge="${edge}",function="${name}"} ${counts[1]}\n`;
const HEAD = "# TYPE ordermill_hop_duration_seconds histogram\nprocess_start_time_seconds 100\n";

const EARLY = parseMetrics(HEAD + hops("q>f", "f", "ok", 4) + took("q>f", "f", [4, 4]), 110_000);
const LATE = parseMetrics(
  HEAD +
    hops("q>f", "f", "ok", 8) +
    hops("q>f", "f", "dead", 2) +
    took("q>f", "f", [10, 10]) +
    hops("f>payments", "f", "ok", 5) +
    took("f>payments", "f", [0, 5]) +
    hops("r>f", "f", "ok", 10) +
    took("r>f", "f", [10, 10]),
  120_000,
);

test("an edge's row is its own numbers, since the start or since a reading", () => {
  expect(edgeRows(null, LATE).map(({ edge, count }) => [edge, count])).toEqual([
    ["q>f", 10],
    ["f>payments", 5],
    ["r>f", 10],
  ]);
  expect(edgeRows(EARLY, LATE)[0]).toEqual({
    edge: "q>f",
    function: "f",
    outcomes: { ok: 4, dead: 2 },
    count: 6,
    perSecond: 0.6,
    p50Ms: 5,
    p99Ms: expect.closeTo(9.9),
  });
  expect(edgeRows(null, LATE)[0]?.perSecond).toBe(0.5);
});

test("a function is all ways to it, without its calls outside", () => {
  const f = functionCounted(null, LATE, "f");
  expect([f.count, f.p50Ms, f.p99Ms]).toEqual([20, 5, expect.closeTo(9.9)]);
  expect(functionCounted(null, LATE, "nobody")).toMatchObject({ count: 0, p50Ms: null, p99Ms: null });
});

test("charts have a value for each two readings", () => {
  expect(ratesBy([EARLY, LATE], "ordermill_hops_total", "outcome")).toEqual({
    times: [120],
    lines: [
      { label: "dead", values: [0.2] },
      { label: "ok", values: [1.9] },
    ],
  });
  expect(charted([EARLY], [["x", () => 1]])).toEqual({ times: [], lines: [{ label: "x", values: [] }] });
});

test("a gauge that was never above zero has no line", () => {
  const at = (ms: number, depth: number) => parseMetrics(`d{queue="a"} ${depth}\nd{queue="b"} 0\n`, ms);
  expect(gaugesBy([at(1000, 0), at(2000, 3), at(3000, 0)], "d", "queue").lines).toEqual([
    { label: "a", values: [3, 0] },
  ]);
});

test("routes have their answers by status, the busiest first", () => {
  const answers = (route: string, status: number, count: number) =>
    `ordermill_http_requests_total{method="GET",route="${route}",status="${status}"} ${count}\n`;
  const now = parseMetrics(answers("/a", 200, 1) + answers("/b", 200, 3) + answers("/b", 404, 2), 0);
  expect(routeRows(null, now).map(({ route, count, statuses }) => [route, count, statuses])).toEqual([
    ["/b", 5, { 200: 3, 404: 2 }],
    ["/a", 1, { 200: 1 }],
  ]);
});
