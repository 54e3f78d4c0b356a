import { expect, test } from "vitest";
import { layOut } from "../../src/layout/layout";
import { NODE } from "../../src/layout/place";
import { edgeTo, enabled, others } from "../../src/layout/topology";
import type { Layout, LayoutEdge, Point } from "../../src/model/types";
import { layoutOf, PIPELINES, topology } from "../recorded/recorded";
import seen from "./edges.json";

const of = layoutOf;
const places = (layout: Layout) => new Map(layout.nodes.map((node) => [node.id, node.at]));

test.each(PIPELINES)("every edge that a server of pipeline %s ever told is there", (pipeline) => {
  const known = new Set(of(pipeline).edges.map(({ id }) => id));
  expect(seen[pipeline].length).toBeGreaterThan(35);
  expect(seen[pipeline].filter((edge) => !known.has(edge))).toEqual([]);
  const named = [
    ...enabled(topology, pipeline),
    ...others(topology, pipeline).filter(([, { trigger }]) => trigger.kind !== "http"),
  ]
    .filter(([name]) => enabled(topology, pipeline).has(name))
    .map(([name, spec]) => edgeTo(name, spec.trigger));
  expect(named.filter((edge) => !known.has(edge))).toEqual([]);
});

test.each(PIPELINES)("everything that pipeline %s uses stands somewhere, by its name in the topology", (pipeline) => {
  const at = places(of(pipeline));
  const functions = enabled(topology, pipeline);
  const used = new Set([...functions.values()].flatMap((spec) => Object.keys(spec.grants)));
  const wanted = [...functions.keys(), ...used, "form", "api", "logs", "dead-letters", "order-events"];
  expect(wanted.filter((id) => !at.has(id))).toEqual([]);
  const kinds = new Set(of(pipeline).nodes.map(({ kind }) => kind));
  expect(kinds.size).toBe(pipeline === "workflow" ? 11 : 10);
});

test.each(PIPELINES)("no two nodes of pipeline %s overlap, also seen from the front", (pipeline) => {
  const { nodes, bounds } = of(pipeline);
  const close = nodes.flatMap((a, index) =>
    nodes
      .slice(index + 1)
      .filter((b) => Math.abs(a.at[0] - b.at[0]) < NODE.width && Math.abs(a.at[1] - b.at[1]) < NODE.height)
      .map((b) => `${a.id} ${b.id}`),
  );
  expect(close).toEqual([]);
  const [least, most] = bounds;
  for (const { at } of nodes)
    for (const axis of [0, 1, 2] as const) {
      expect(at[axis]).toBeGreaterThanOrEqual(least[axis]);
      expect(at[axis]).toBeLessThanOrEqual(most[axis]);
    }
});

test.each(PIPELINES)("the same topology is laid out the same, and its paths lead from node to node: %s", (pipeline) => {
  const layout = of(pipeline);
  expect(layOut(structuredClone(topology), pipeline)).toEqual(layout);
  const at = places(layout);
  for (const { from, to, path } of layout.edges) {
    expect([path[0], path.at(-1)]).toEqual([at.get(from), at.get(to)]);
    expect(path.flat().every(Number.isFinite)).toBe(true);
  }
});

const WAYS = {
  workflow: ["form", "api", "start_workflow", "order-intake", "order-queue", "process_order", "orders"],
  stream: ["form", "api", "create_order", "orders", "process_order"],
  queue: ["form", "api", "submit_order", "order-queue", "process_order", "orders"],
};
const OUT = [
  "orders",
  "publish_order_event",
  "order-events",
  "notify-customer",
  "notify_customer",
  "mail-queue",
  "send_email",
  "mail",
];

test.each(PIPELINES)("an order of pipeline %s goes from left to right", (pipeline) => {
  const at = places(of(pipeline));
  for (const way of [WAYS[pipeline], OUT]) {
    const xs = way.map((id) => at.get(id)?.[0] ?? Number.NaN);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
  }
  expect((at.get("dead-letters") ?? [0, 0, 0])[2]).toBeLessThan((at.get("orders") ?? [0, 0, 0])[2]);
});

test.each(PIPELINES)("few ways of the front plane of %s cross", (pipeline) => {
  const { nodes, edges } = of(pipeline);
  const front = new Set(nodes.filter(({ plane }) => plane === 0).map(({ id }) => id));
  const ways = edges.filter(
    ({ from, to, kind }) => front.has(from) && front.has(to) && kind !== "log" && kind !== "past",
  );
  const crossings = ways.flatMap((a, index) => ways.slice(index + 1).filter((b) => cross(a, b)));
  expect(ways.length).toBeGreaterThan(25);
  expect(crossings.length).toBeLessThan(45);
});

test("a pipeline that there is not is told", () => {
  expect(() => layOut(topology, "nothing")).toThrow("nothing");
});

/** Whether two ways that share no end cross, seen from the front. */
function cross(a: LayoutEdge, b: LayoutEdge): boolean {
  if (new Set([a.from, a.to, b.from, b.to]).size < 4) return false;
  const segments = ({ path }: LayoutEdge) =>
    path.slice(1).map((point, index) => [path[index] ?? point, point] as const);
  const side = (p: Point, q: Point, r: Point) =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return segments(a).some(([p, q]) =>
    segments(b).some(([r, s]) => side(p, q, r) * side(p, q, s) < 0 && side(r, s, p) * side(r, s, q) < 0),
  );
}
