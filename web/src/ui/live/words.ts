/** The picture in words: for the panel, the list of parts, and who hears it. */

import { API, enabled, FORM, type FunctionSpec, LETTERS, LOGS, type Topology } from "../../layout/topology";
import type { Frame, LayoutNode, Outcome } from "../../model/types";

export const OUTCOME_WORDS: Record<Outcome, string> = {
  ok: "went well",
  retry: "failed, coming back",
  failed: "failed",
  dead: "failed for the last time",
};

/** What stands in a node's panel. */
export type About = { caption: string; trigger: string | null; grants: [resource: string, verbs: string][] };

/** What is to be said about a node of `pipeline`. */
export function aboutOf(topology: Topology, pipeline: string, node: LayoutNode): About {
  const functions = enabled(topology, pipeline);
  const spec = functions.get(node.id);
  if (spec) return aboutFunction(spec);
  const from = [...functions].filter(([, each]) => each.trigger.source === node.id).map(([name]) => name);
  const users = [...functions].filter(([, each]) => node.id in each.grants).map(([name]) => name);
  const grants = users.map((name): [string, string] => [name, (functions.get(name)?.grants[node.id] ?? []).join(", ")]);
  return { caption: captionOf(topology, node, from), trigger: null, grants };
}

function aboutFunction(spec: FunctionSpec): About {
  const { kind, source, access } = spec.trigger;
  const asked = access === null ? "" : access === "anyone" ? ", by anyone" : ` by ${access}`;
  const triggers: Record<typeof kind, string> = {
    http: `${source}${asked}`,
    queue: `messages of queue ${source}`,
    stream: `changes of table ${source}`,
    workflow: `a step of workflow ${source}`,
    schedule: `every so often: ${source}`,
    dead_letters: "what was given up anywhere",
  };
  const grants = Object.entries(spec.grants).map(([name, verbs]): [string, string] => [name, verbs.join(", ")]);
  return { caption: spec.caption, trigger: triggers[kind], grants };
}

function captionOf(topology: Topology, node: LayoutNode, consumers: readonly string[]): string {
  const taken = consumers.length ? ` ${consumers.join(", ")} takes them up.` : "";
  const topic = topology.queues[node.id]?.subscribes?.topic;
  switch (node.kind) {
    case "form":
      return "Where customers order.";
    case "api":
      return "The front door: every request comes in here, and is refused here if it may not.";
    case "queue":
      return `Messages wait here${topic ? `, told by topic ${topic}` : ""}.${taken}`;
    case "table":
      return consumers.length ? `Records. Its changes are a stream.${taken}` : "Records.";
    case "topic":
      return "Tells all that subscribe to it.";
    case "bucket":
      return "Files.";
    case "workflow":
      return "Runs its functions as steps, with retries, and catches what fails.";
    case "letters":
      return `What failed for the last time waits here for staff.${taken}`;
    case "logs":
      return "Every step leaves a line here.";
    default:
      return consumers.length ? `Calls ${consumers.join(", ")} again and again.` : "A service outside, or beside.";
  }
}

/** The edges that concern a node: those that lead to it and those that it leads to. */
export function concerns(node: string, edge: string): boolean {
  if (node === LOGS) return true;
  if (node === API) return /^[A-Z]+ \//.test(edge);
  if (node === FORM) return edge.startsWith("POST /orders>");
  return edge.startsWith(`${node}>`) || edge.endsWith(`>${node}`);
}

/** How a node is, in a few words. */
export function stateOf(frame: Frame, id: string): string {
  const state = frame.states.get(id);
  const waits = frame.depths.get(id) ?? 0;
  const said = [];
  if (state?.busy) said.push(`${state.busy} on the way`);
  if (state && state.outcome !== "ok") said.push(OUTCOME_WORDS[state.outcome]);
  else if (state && state.ageMs < 5000) said.push("at work");
  if (waits > 0) said.push(id === LETTERS ? `${waits} dead` : `${waits} waiting`);
  return said.join(", ") || "quiet";
}

/** The nodes in the order in which things go through them. */
export const inOrder = (nodes: readonly LayoutNode[]): LayoutNode[] =>
  nodes.toSorted((a, b) => (a.plane ?? 0) - (b.plane ?? 0) || a.at[0] - b.at[0] || b.at[1] - a.at[1]);

/** The functions that a fault may be set for, those on the way of an order first. */
export function breakable(topology: Topology, pipeline: string): string[] {
  const functions = [...enabled(topology, pipeline)];
  const rank = ([, { trigger }]: [string, FunctionSpec]) =>
    trigger.kind === "queue" || trigger.kind === "stream" ? 0 : trigger.kind === "workflow" ? 1 : 2;
  const own = new Set(Object.keys(topology.pipelines[pipeline]?.functions ?? {}));
  return functions
    .toSorted((a, b) => Number(own.has(b[0])) - Number(own.has(a[0])) || rank(a) - rank(b))
    .map(([name]) => name);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
/** A moment in the reader's zone, with the day where that is another. */
export const clock = (at: number): string =>
  (new Date(at).toDateString() === new Date().toDateString() ? CLOCK : DAY).format(at);

/** A duration in milliseconds. */
export const duration = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : ms >= 100 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
