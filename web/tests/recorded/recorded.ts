/** What real servers told while orders were placed, declined, shipped, cancelled, deleted, failed and sent again. */

import topologyFile from "../../../topology/topology.json";
import { layOut } from "../../src/layout/layout";
import type { Topology } from "../../src/layout/topology";
import type { Hop, Layout, Outcome } from "../../src/model/types";
import queue from "./queue.json";
import stream from "./stream.json";
import workflow from "./workflow.json";

export const topology = topologyFile as unknown as Topology;
export const PIPELINES = ["workflow", "stream", "queue"] as const;
export type Pipeline = (typeof PIPELINES)[number];

const layouts = new Map<Pipeline, Layout>();

export function layoutOf(pipeline: Pipeline): Layout {
  const layout = layouts.get(pipeline) ?? layOut(topology, pipeline);
  layouts.set(pipeline, layout);
  return layout;
}

type Row = (string | number | null)[];

const hopOf = ([seq, at, orderId, edge, by, outcome, attempt, durationMs, error]: Row): Hop => ({
  seq: Number(seq),
  at: Date.parse(String(at)),
  orderId: orderId === null ? null : String(orderId),
  edge: String(edge),
  function: String(by),
  outcome: outcome as Outcome,
  attempt: Number(attempt),
  durationMs: Number(durationMs),
  error: error === null ? null : String(error),
});

export const RUNS: Record<Pipeline, Hop[]> = {
  workflow: (workflow as Row[]).map(hopOf),
  stream: (stream as Row[]).map(hopOf),
  queue: (queue as Row[]).map(hopOf),
};

/** Numbers from 0 to 1 that look random and are the same each time. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
