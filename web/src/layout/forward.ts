/** Which ways lead on, and which back: layers need a graph without circles. */

import type { WiredEdge } from "./wiring";

/**
 * The ways without those that close a circle. Of a circle, the way is left out that begins furthest from where all
 * begins (`root`, or what nothing leads to): of a message that is sent again, its way back. What is only seen now and then says nothing about the order.
 */
export function forward(edges: readonly WiredEdge[], root?: string): WiredEdge[] {
  const ways = edges.filter(({ from, to, kind }) => from !== to && kind !== "log" && kind !== "past");
  const far = distances(ways, root);
  const kept = new Map<string, WiredEdge[]>();
  const leadsTo = (from: string, to: string): boolean =>
    from === to || (kept.get(from) ?? []).some((edge) => leadsTo(edge.to, to));
  for (const edge of ways.toSorted((a, b) => (far.get(a.from) ?? 0) - (far.get(b.from) ?? 0)))
    if (!leadsTo(edge.to, edge.from)) kept.set(edge.from, [...(kept.get(edge.from) ?? []), edge]);
  return [...kept.values()].flat();
}

/** By node, how many steps it is from where all begins. */
function distances(ways: readonly WiredEdge[], root: string | undefined): Map<string, number> {
  const reached = new Set(ways.map(({ to }) => to));
  const begins = root === undefined ? ways.map(({ from }) => from).filter((from) => !reached.has(from)) : [root];
  const far = new Map(begins.map((id) => [id, 0]));
  const open = [...far.keys()];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const { from, to } of ways) {
      if (from !== id || far.has(to)) continue;
      far.set(to, (far.get(id) ?? 0) + 1);
      open.push(to);
    }
  }
  return far;
}
