/** Where the nodes of one plane stand: in layers, by what follows what. */

import { graphlib, layout as rank } from "@dagrejs/dagre";
import { forward } from "./forward";
import type { WiredEdge, WiredNode } from "./wiring";

/** A node's room, in the layout's units. */
export const NODE = { width: 2, height: 1 } as const;
export const GAP = { row: 0.7, column: 1.1, edge: 0.35, plane: 2.5 } as const;

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

/** What hangs together in layers of its own, one beside the other and in rows, each at most `width` wide. */
export function shelves(members: readonly WiredNode[], edges: readonly WiredEdge[], width: number): Placed {
  const all: Placed = { at: new Map(), bends: new Map(), width: 0, height: 0 };
  const parts = components(members, edges).map((part) => layers(part.members, part.edges));
  let [x, y, row] = [0, 0, 0];
  for (const part of parts.toSorted((a, b) => b.height - a.height || b.width - a.width)) {
    if (x > 0 && x + part.width > width) [x, y, row] = [0, y + row + GAP.row, 0];
    const [dx, dy] = [x, y];
    const moved = (from: Flat): Flat => ({ x: from.x + dx, y: from.y + dy });
    for (const [id, at] of part.at) put(all, id, moved(at));
    for (const [id, bends] of part.bends) all.bends.set(id, bends.map(moved));
    x += part.width + GAP.column;
    row = Math.max(row, part.height);
  }
  return all;
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
