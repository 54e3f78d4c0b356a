/** What happened to orders of a deployment, as events to replay: told by their histories, where nothing is streamed. */

import { edgeTo, enabled, type Topology } from "../layout/topology";
import type { Hop } from "../model/types";
import type { FeedEvent } from "./events";

/** An entry of `GET /orders/{orderId}/history`. */
export type HistoryEntry = {
  seq: number;
  at: string;
  status: string;
  by: string;
  changed: readonly string[];
};

/** An entry as an event of the feed: it went well, its duration is not known, and `event` names what happened. */
export type PastHop = Hop & { event: string };

/** By function, the edge that leads to it in this pipeline, as hops name it. */
export const edgesOf = (topology: Topology, pipeline: string): ReadonlyMap<string, string> =>
  new Map([...enabled(topology, pipeline)].map(([name, { trigger }]) => [name, edgeTo(name, trigger)]));

/**
 * The entries of one order as events, in their order. People's changes lead straight to the orders, as in what the local
 * server replays of its log. Entries whose time is unreadable are left out.
 */
export function hopsOf(
  orderId: string,
  entries: readonly HistoryEntry[],
  edges: ReadonlyMap<string, string>,
): PastHop[] {
  let attempt = 1;
  let before: string | null = null;
  const hops: PastHop[] = [];
  for (const entry of [...entries].sort((one, other) => one.seq - other.seq)) {
    const event = eventOf(entry, before);
    if (event === "OrderRetried") attempt += 1;
    before = entry.status;
    const at = Date.parse(entry.at);
    if (Number.isNaN(at)) continue;
    const edge = edges.get(entry.by) ?? `${entry.by}>orders`;
    hops.push({ seq: 0, at, orderId, edge, function: entry.by, outcome: "ok", attempt, durationMs: 0, event });
  }
  return hops;
}

/** What an entry is called as an event; see the order's events. */
function eventOf(entry: HistoryEntry, before: string | null): string {
  if (entry.changed.length > 0) return "OrderUpdated";
  if (entry.status === "PENDING") return before === "FAILED" ? "OrderRetried" : "OrderCreated";
  return `Order${entry.status.charAt(0)}${entry.status.slice(1).toLowerCase()}`;
}

/** The events of several orders as one run: by time, then as each order had them, numbered from 1. */
export function inOneRun(orders: readonly (readonly PastHop[])[]): PastHop[] {
  const all = orders.flat().sort((one, other) => one.at - other.at);
  return all.map((hop, at) => ({ ...hop, seq: at + 1 }));
}

/**
 * The histories of these orders as a recording: read one after the other, then handed over. Rejects where one cannot be
 * read.
 */
export async function* historyOf(
  orderIds: readonly string[],
  edges: ReadonlyMap<string, string>,
  read: (orderId: string) => Promise<readonly HistoryEntry[]>,
): AsyncGenerator<FeedEvent & { kind: "hop" }> {
  const orders: PastHop[][] = [];
  for (const orderId of orderIds) orders.push(hopsOf(orderId, await read(orderId), edges));
  for (const hop of inOneRun(orders)) yield { kind: "hop", hop };
}
