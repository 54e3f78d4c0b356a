/** The system as a graph: what there is in one pipeline, and which ways lead from one to the other. */

import type { EdgeKind, NodeKind } from "../model/types";
import { sendsTo } from "./machines";
import { API, edgeTo, enabled, FORM, type FunctionSpec, LETTERS, LOGS, others, type Topology } from "./topology";

export type WiredNode = { id: string; kind: NodeKind; label: string };
export type WiredEdge = { id: string; from: string; to: string; kind: EdgeKind };
export type Wiring = { nodes: Map<string, WiredNode>; edges: Map<string, WiredEdge> };

/** What people order by: without it nothing begins. */
export const ORDERS = "orders";

/** The graph of `pipeline`: what no enabled function uses is not there. */
export function wire(topology: Topology, pipeline: string): Wiring {
  const functions = enabled(topology, pipeline);
  const wiring: Wiring = { nodes: new Map(), edges: new Map() };
  addNode(wiring, FORM, "form", "Web form");
  addNode(wiring, API, "api", "API");
  for (const name of functions.keys()) addNode(wiring, name, "function", name);
  for (const [id, kind] of resources(topology, functions)) addNode(wiring, id, kind, id);
  addNode(wiring, LETTERS, "letters", "dead letters");
  addNode(wiring, LOGS, "logs", "logs");
  addEdge(wiring, FORM, API, "carries");
  for (const [name, spec] of functions) wireFunction(topology, wiring, name, spec);
  for (const [queue, { subscribes }] of Object.entries(topology.queues))
    if (subscribes) addEdge(wiring, subscribes.topic, queue, "carries");
  for (const [workflow, { definition }] of Object.entries(topology.workflows))
    for (const target of sendsTo(definition)) addEdge(wiring, workflow, target, "carries");
  joinTables(topology, wiring, functions);
  wirePast(topology, pipeline, wiring, functions);
  return wiring;
}

function addNode({ nodes }: Wiring, id: string, kind: NodeKind, label: string) {
  if (!nodes.has(id)) nodes.set(id, { id, kind, label });
}

/** Nothing where an end is missing, or where the edge is there already. */
function addEdge({ nodes, edges }: Wiring, from: string, to: string, kind: EdgeKind, id = `${from}>${to}`) {
  if (nodes.has(from) && nodes.has(to) && !edges.has(id)) edges.set(id, { id, from, to, kind });
}

function resources(topology: Topology, functions: ReadonlyMap<string, FunctionSpec>): [string, NodeKind][] {
  const used = new Set([...functions.values()].flatMap((spec) => [...Object.keys(spec.grants), spec.trigger.source]));
  const topics = Object.entries(topology.queues).flatMap(([name, { subscribes }]) =>
    used.has(name) && subscribes ? [subscribes.topic] : [],
  );
  for (const topic of topics) used.add(topic);
  const of = (kind: NodeKind, named: object): [string, NodeKind][] =>
    Object.keys(named)
      .filter((name) => used.has(name) && name !== LETTERS)
      .map((name) => [name, kind]);
  const schedules = [...functions.values()].filter((spec) => spec.trigger.kind === "schedule");
  return [
    ...of("workflow", topology.workflows),
    ...of("queue", topology.queues),
    ...of("topic", topology.topics),
    ...of("table", topology.tables),
    ...of("bucket", topology.buckets),
    ...of("service", topology.services),
    ...schedules.map((spec): [string, NodeKind] => [spec.trigger.source, "service"]),
  ];
}

function wireFunction(topology: Topology, wiring: Wiring, name: string, spec: FunctionSpec) {
  const { trigger } = spec;
  const source = trigger.kind === "http" ? API : trigger.kind === "dead_letters" ? LETTERS : trigger.source;
  addEdge(wiring, source, name, "hop", edgeTo(name, trigger));
  for (const resource of Object.keys(spec.grants)) {
    const outside = resource in topology.services || resource in topology.buckets;
    const sent = resource in topology.queues || resource in topology.topics || resource in topology.workflows;
    if (outside) addEdge(wiring, name, resource, "call");
    else if (sent || spec.effects.includes(resource)) addEdge(wiring, name, resource, "carries");
  }
  if (trigger.kind === "queue" || trigger.kind === "stream") addEdge(wiring, name, LETTERS, "carries");
  addEdge(wiring, name, LOGS, "log");
}

/** A table that no effect names is part of another's: who may use it leads to it. */
function joinTables(topology: Topology, wiring: Wiring, functions: ReadonlyMap<string, FunctionSpec>) {
  for (const table of Object.keys(topology.tables)) {
    if ([...wiring.edges.values()].some(({ to }) => to === table)) continue;
    for (const [name, spec] of functions) if (table in spec.grants) addEdge(wiring, name, table, "carries");
  }
}

/** What events of before may name: people, and functions and places of other pipelines. */
function wirePast(topology: Topology, pipeline: string, wiring: Wiring, functions: ReadonlyMap<string, FunctionSpec>) {
  for (const person of ["staff", "holder"]) addEdge(wiring, API, ORDERS, "past", `${person}>${ORDERS}`);
  for (const [name, spec] of others(topology, pipeline)) {
    const here = functions.get(name);
    if (!here) {
      addEdge(wiring, API, ORDERS, "past", `${name}>${ORDERS}`);
    } else if (spec.trigger.kind !== "http") {
      // It goes on with what its pipeline left behind, until that is done.
      const from = wiring.edges.get(edgeTo(name, here.trigger))?.from ?? API;
      addEdge(wiring, from, name, "past", edgeTo(name, spec.trigger));
    }
  }
}
