/** An order's execution as a small graph: one node for each state, joined as the topology joins them. */

import type { components } from "../../../api/schema";

export type State = components["schemas"]["OrderExecutionView"]["states"][number];

/** Of the topology, what says who leads to whom; see `GET /topology`. */
type Trigger = { kind: string; source: string };
type Function_ = { effects: readonly string[]; trigger: Trigger };
type Queue = { subscribes: { topic: string; filter: { type: readonly string[] } | null } | null };
export type Wiring = {
  functions: Readonly<Record<string, Function_>>;
  queues: Readonly<Record<string, Queue>>;
};

/** A state with all its runs. `column` counts from the intake on, `row` within the column, both from 0. */
export type GraphNode = { name: string; runs: readonly State[]; status: State["status"]; column: number; row: number };
/** `back`: it leads to what had begun before. */
export type GraphEdge = { from: string; to: string; back: boolean };
export type Graph = { nodes: readonly GraphNode[]; edges: readonly GraphEdge[]; columns: number; rows: number };

/** The functions and queues of a topology as it is served, those of the running pipeline included. */
export function wiringOf(topology: unknown, pipeline: string): Wiring {
  const { functions, queues, pipelines } = topology as Wiring & {
    pipelines: Readonly<Record<string, { functions: Wiring["functions"] }>>;
  };
  return { functions: { ...functions, ...pipelines[pipeline]?.functions }, queues };
}

const eventsOf = (runs: readonly State[]) =>
  runs.flatMap((run) => (Array.isArray(run.output?.events) ? (run.output.events as string[]) : []));

/** Whether something that `from` did is what `to` was started by. */
function leads(from: string, fromRuns: readonly State[], to: string, { functions, queues }: Wiring): boolean {
  const [giver, taker] = [functions[from], functions[to]];
  if (!taker || from === to) return false;
  const { kind, source } = taker.trigger;
  if (kind === "dead_letters") return fromRuns.some((run) => run.status === "FAILED");
  if (!giver || (kind !== "queue" && kind !== "stream")) return false;
  if (giver.effects.includes(source)) return true;
  const subscribed = kind === "queue" ? queues[source]?.subscribes : null;
  if (!subscribed || !giver.effects.includes(subscribed.topic)) return false;
  const wanted = subscribed.filter?.type;
  return wanted === undefined || eventsOf(fromRuns).some((event) => wanted.includes(event));
}

const isFollower = (name: string, wiring: Wiring) =>
  ["queue", "stream", "dead_letters"].includes(wiring.functions[name]?.trigger.kind ?? "");

/** The graph of states in order of time. */
export function graphOf(states: readonly State[], wiring: Wiring): Graph {
  const runs = new Map<string, State[]>();
  for (const state of states) runs.set(state.name, [...(runs.get(state.name) ?? []), state]);
  const names = [...runs.keys()];
  const place = new Map(names.map((name, at) => [name, at]));
  const at = (name: string) => place.get(name) ?? 0;
  const edges: GraphEdge[] = [];
  const join = (from: string, to: string) => edges.push({ from, to, back: at(from) > at(to) });

  // The intake is one request: its steps follow each other.
  const intake = names.filter((name) => !isFollower(name, wiring));
  intake.forEach((name, each) => {
    const next = intake[each + 1];
    if (next !== undefined) join(name, next);
  });
  for (const to of names.filter((name) => isFollower(name, wiring))) {
    for (const from of names) if (leads(from, runs.get(from) ?? [], to, wiring)) join(from, to);
    // What no function's effect explains was handed on by the intake's last step.
    const last = intake.at(-1);
    if (last !== undefined && !edges.some((edge) => edge.to === to && !edge.back)) join(last, to);
  }
  return laid(names, intake, runs, edges);
}

/**
 * The intake's steps below each other in the first column; every other node one column behind the last of those that
 * lead to it, in order of time within its column.
 */
function laid(
  names: readonly string[],
  intake: readonly string[],
  runs: ReadonlyMap<string, State[]>,
  edges: readonly GraphEdge[],
): Graph {
  const columns = new Map<string, number>();
  const filled = new Map<number, number>();
  const nodes = names.map((name) => {
    const before = edges.filter((edge) => edge.to === name && !edge.back).map((edge) => columns.get(edge.from) ?? 0);
    const column = intake.includes(name) ? 0 : Math.max(0, ...before) + 1;
    const row = filled.get(column) ?? 0;
    columns.set(name, column);
    filled.set(column, row + 1);
    const own = runs.get(name) ?? [];
    return { name, runs: own, status: own.at(-1)?.status ?? "RUNNING", column, row };
  });
  return {
    nodes,
    edges,
    columns: Math.max(0, ...columns.values()) + 1,
    rows: Math.max(1, ...filled.values()),
  };
}
