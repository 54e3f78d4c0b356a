/** Where the nodes of one plane stand: in layers, by what follows what. */

import { graphlib, layout as rank } from "@dagrejs/dagre";
import { forward } from "./forward";
import type { WiredEdge, WiredNode } from "./wiring";

/** A node's room, in the layout's units. */
export const NODE = { width: 2, height: 1 } as const;
export const GAP = { row: 0.7, column: 0.9, edge: 0.35, block: 1.2, plane: 2 } as const;

/** Within a plane; y downwards. */
export type Flat = { x: number; y: number };
/** Each node's middle, and the bends of the ways that lead on. */
export type Placed = { at: Map<string, Flat>; bends: Map<string, Flat[]>; width: number; height: number };

/** Layers from left to right, with few crossings; `root`: where all begins. */
export function layers(members: readonly WiredNode[], edges: readonly WiredEdge[], root?: string): Placed {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: GAP.row, edgesep: GAP.edge, ranksep: GAP.column, marginx: 0, marginy: 0 });
  for (const { id } of members) graph.setNode(id, { ...NODE });
  const ways = forward(edges, root);
  for (const { from, to, id } of ways) graph.setEdge(from, to, {}, id);
  rank(graph);
  const placed: Placed = { at: new Map(), bends: new Map(), width: 0, height: 0 };
  for (const { id } of members) put(placed, id, graph.node(id) as Flat);
  for (const { id, from, to } of ways)
    placed.bends.set(id, (graph.edge(from, to, id) as { points?: Flat[] }).points ?? []);
  return placed;
}

/**
 * What hangs together stands together, column after column, in as few rows as go into `width`: seen from far away, of much
 * that rarely happens, one looks for a name and not for a way.
 */
export function block(members: readonly WiredNode[], edges: readonly WiredEdge[], width: number): Placed {
  const placed: Placed = { at: new Map(), bends: new Map(), width: 0, height: 0 };
  const columns = Math.max(1, Math.floor((width + GAP.column) / (NODE.width + GAP.column)));
  const rows = Math.ceil(members.length / columns);
  const parts = components(members, edges).toSorted((a, b) => b.members.length - a.members.length);
  // Who calls stands before what is called.
  const reached = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const order = parts.flatMap((part) => part.members.toSorted((a, b) => +reached.has(a.id) - +reached.has(b.id)));
  order.forEach(({ id }, index) => {
    const [column, row] = [Math.floor(index / rows), index % rows];
    const x = NODE.width / 2 + column * (NODE.width + GAP.column);
    put(placed, id, { x, y: NODE.height / 2 + row * (NODE.height + GAP.block) });
  });
  for (const { id, from, to } of edges) if (from !== to) placed.bends.set(id, []);
  return placed;
}

function put(placed: Placed, id: string, { x, y }: Flat) {
  placed.at.set(id, { x, y });
  placed.width = Math.max(placed.width, x + NODE.width / 2);
  placed.height = Math.max(placed.height, y + NODE.height / 2);
}

type Part = { members: WiredNode[]; edges: WiredEdge[] };

/** What hangs together, in the order of its first member. */
function components(members: readonly WiredNode[], edges: readonly WiredEdge[]): Part[] {
  const partOf = new Map<string, Part>();
  for (const member of members) partOf.set(member.id, { members: [member], edges: [] });
  for (const edge of edges) {
    const [a, b] = [partOf.get(edge.from), partOf.get(edge.to)];
    if (!a || !b) continue;
    a.edges.push(edge);
    if (a === b) continue;
    a.members.push(...b.members);
    a.edges.push(...b.edges);
    for (const { id } of b.members) partOf.set(id, a);
  }
  return [...new Set(partOf.values())];
}
