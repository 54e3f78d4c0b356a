import { expect, test } from "vitest";
import { graphOf, type State, type Wiring, wiringOf } from "../../../src/ui/console/order/graph";

const on = (kind: string, source: string, ...effects: string[]) => ({ effects, trigger: { kind, source } });
const topology = {
  queues: {
    "order-queue": { subscribes: { topic: "order-events", filter: { type: ["OrderRetried"] } } },
    "notify-customer": { subscribes: { topic: "order-events", filter: { type: ["OrderProcessed"] } } },
    "mail-queue": { subscribes: null },
  },
  functions: {
    publish_order_event: on("stream", "orders", "order-events"),
    notify_customer: on("queue", "notify-customer", "mail-queue"),
    send_email: on("queue", "mail-queue", "mails"),
    fail_order: on("dead_letters", "*", "orders"),
  },
  pipelines: {
    workflow: {
      functions: {
        validate_order: on("workflow", "order-intake"),
        create_order: on("workflow", "order-intake", "orders"),
        process_order: on("queue", "order-queue", "orders", "payments"),
      },
    },
  },
};
const wiring: Wiring = wiringOf(topology, "workflow");

const state = (name: string, more: Partial<State> = {}): State => ({
  ...{ name, status: "SUCCEEDED", attempt: 1, at: "2026-11-01T00:00:00.000Z", durationMs: 1 },
  ...{ input: {}, output: null, error: null, cause: null },
  ...more,
});
const published = (event: string) =>
  state("publish_order_event", { output: { events: [event] } as unknown as State["output"] });
const ways = (states: State[]) => graphOf(states, wiring).edges.map((each) => `${each.from}>${each.to}`);

test("states are joined as the topology joins them, and processing to the intake's end", () => {
  const states = ["validate_order", "create_order", "accepted"].map((name) => state(name));
  const found = ways([
    ...states,
    state("process_order"),
    published("OrderProcessed"),
    state("notify_customer"),
    state("send_email"),
  ]);
  expect(found.sort()).toEqual(
    [
      "accepted>process_order",
      "create_order>accepted",
      "create_order>publish_order_event",
      "notify_customer>send_email",
      "process_order>publish_order_event",
      "publish_order_event>notify_customer",
      "validate_order>create_order",
    ].sort(),
  );
});

test("a subscription leads on only where its events were published", () => {
  const found = ways([state("create_order"), published("OrderCreated"), state("process_order")]);
  expect(found).not.toContain("publish_order_event>process_order");
  const again = ways([state("create_order"), published("OrderRetried"), state("process_order")]);
  expect(again).toContain("publish_order_event>process_order");
});

test("attempts of a state are one node, as the last one ended; what fails leads to who takes the dead letters", () => {
  const failed = [1, 2].map((attempt) => state("process_order", { status: "FAILED", attempt }));
  const graph = graphOf([state("create_order"), ...failed, state("fail_order")], wiring);
  const node = graph.nodes.find((each) => each.name === "process_order");
  expect([node?.runs.length, node?.status]).toEqual([2, "FAILED"]);
  expect(graph.edges).toContainEqual({ from: "process_order", to: "fail_order", back: false });
});

test("no two nodes are at one place, and nothing forward leads to an earlier column", () => {
  const names = ["validate_order", "create_order", "is_pending", "accepted", "process_order", "send_email"];
  const graph = graphOf([...names.map((name) => state(name)), published("OrderProcessed")], wiring);
  const places = graph.nodes.map((each) => `${each.column}/${each.row}`);
  expect(new Set(places).size).toBe(places.length);
  const column = new Map(graph.nodes.map((each) => [each.name, each.column]));
  for (const edge of graph.edges.filter((each) => !each.back))
    expect(column.get(edge.from)).toBeLessThanOrEqual(column.get(edge.to) ?? -1);
});
