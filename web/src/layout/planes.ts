/** Which terrace a node stands on: the way of an order in front, its ways out behind it, all else behind that. */

import { API, enabled, FORM, LETTERS, LOGS, type Topology } from "./topology";
import type { Wiring } from "./wiring";

/** By node, its plane: 0 the way of an order, 1 dead letters and alerts, 2 all else. */
export function planesOf(topology: Topology, pipeline: string, wiring: Wiring): Map<string, number> {
  const own = new Set(Object.keys(topology.pipelines[pipeline]?.functions ?? {}));
  const intake = [...enabled(topology, pipeline)].filter(
    ([name, spec]) => own.has(name) && spec.trigger.kind === "http",
  );
  const planes = new Map<string, number>([
    [FORM, 0],
    [API, 0],
    [LOGS, 0],
  ]);
  const spread = (plane: number, from: readonly string[]) => {
    const open = from.filter((id) => wiring.nodes.has(id) && !planes.has(id));
    for (const id of open) planes.set(id, plane);
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const edge of wiring.edges.values()) {
        if (edge.from !== id || planes.has(edge.to) || edge.kind === "log" || edge.kind === "past") continue;
        // What an order's way may end in stands behind it: letters, and what a state machine announces when it fails.
        const out = edge.to === LETTERS || (isA(wiring, id, "workflow") && isA(wiring, edge.to, "topic"));
        if (plane === 0 && out) continue;
        planes.set(edge.to, plane);
        open.push(edge.to);
      }
    }
  };
  spread(
    0,
    intake.map(([name]) => name),
  );
  spread(1, [LETTERS]);
  spread(2, [...wiring.nodes.keys()]);
  return planes;
}

const isA = (wiring: Wiring, id: string, kind: string) => wiring.nodes.get(id)?.kind === kind;
