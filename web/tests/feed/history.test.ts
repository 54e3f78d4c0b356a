import { expect, test } from "vitest";
import file from "../../../topology/topology.json";
import { edgesOf, type HistoryEntry, historyOf, hopsOf, inOneRun } from "../../src/feed/history";
import type { Topology } from "../../src/layout/topology";

const topology = file as unknown as Topology;
const AT = Date.parse("2026-11-20T12:00:00.000Z");

const entry = (seq: number, status: string, by: string, changed: string[] = []): HistoryEntry => ({
  seq,
  at: new Date(AT + seq * 1000).toISOString(),
  status,
  by,
  changed,
});

const EDGES = edgesOf(topology, "workflow");

test("every function's edge is the one that leads to it in the pipeline", () => {
  expect(EDGES.get("process_order")).toBe("order-queue>process_order");
  expect(edgesOf(topology, "stream").get("process_order")).not.toBe(EDGES.get("process_order"));
});

test("an order's way is the edges of who acted on it, one after the other", () => {
  const entries = [
    entry(2, "CONFIRMED", "process_order"),
    entry(1, "PENDING", "create_order"),
    entry(3, "FAILED", "fail_order"),
    entry(4, "PENDING", "staff"),
    entry(5, "PENDING", "staff", ["note"]),
  ];
  const hops = hopsOf("ord_1", entries, EDGES);
  expect(hops.map(({ event, edge, attempt }) => [event, edge, attempt])).toEqual([
    ["OrderCreated", EDGES.get("create_order"), 1],
    ["OrderConfirmed", "order-queue>process_order", 1],
    ["OrderFailed", EDGES.get("fail_order"), 1],
    ["OrderRetried", "staff>orders", 2],
    ["OrderUpdated", "staff>orders", 2],
  ]);
  expect(hops.every((hop) => hop.orderId === "ord_1" && hop.outcome === "ok")).toBe(true);
  expect(hops[1]?.at).toBe(AT + 2000);
});

test("what has no readable time is left out", () => {
  expect(hopsOf("ord_1", [{ ...entry(1, "PENDING", "create_order"), at: "soon" }], EDGES)).toEqual([]);
});

test("several orders are one run, by time, each number once", () => {
  const one = hopsOf("ord_1", [entry(1, "PENDING", "create_order"), entry(3, "CONFIRMED", "process_order")], EDGES);
  const two = hopsOf("ord_2", [entry(2, "PENDING", "create_order")], EDGES);
  const run = inOneRun([one, two]);
  expect(run.map(({ seq, orderId }) => [seq, orderId])).toEqual([
    [1, "ord_1"],
    [2, "ord_2"],
    [3, "ord_1"],
  ]);
});

test("histories are read and handed over; one that cannot be read is told", async () => {
  const read = async (orderId: string) => {
    if (orderId === "ord_gone") throw new Error("gone");
    return [entry(1, "PENDING", "create_order")];
  };
  const seen = [];
  for await (const event of historyOf(["ord_1", "ord_2"], EDGES, read)) seen.push(event.hop.orderId);
  expect(seen).toEqual(["ord_1", "ord_2"]);
  await expect(historyOf(["ord_gone"], EDGES, read).next()).rejects.toThrow("gone");
});
