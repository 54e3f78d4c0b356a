/** Where everything stands: drawn from the topology, the same for the same topology. */

import type { Layout, LayoutEdge, LayoutNode, Point } from "../model/types";
import { block, type Flat, GAP, layers, NODE, type Placed } from "./place";
import { planesOf } from "./planes";
import { API, FORM, LETTERS, LOGS, type Topology } from "./topology";
import { type WiredEdge, wire } from "./wiring";

/** How much further back each plane stands. */
const DEPTH = 7;
/** The layout of `pipeline`. Throws where the topology has no such pipeline. */
export function layOut(topology: Topology, pipeline: string): Layout {
  if (!(pipeline in topology.pipelines)) throw new Error(`the topology has no pipeline ${pipeline}`);
  const wiring = wire(topology, pipeline);
  const planes = planesOf(topology, pipeline, wiring);
  const nodes = new Map<string, LayoutNode>();
  const paths = new Map<string, Point[]>();
  let floor = 0;
  let middle = 0;
  for (const plane of [0, 1, 2]) {
    const members = [...wiring.nodes.values()].filter(({ id }) => planes.get(id) === plane && id !== LOGS);
    if (members.length === 0) continue;
    const own = new Set(members.map(({ id }) => id));
    const edges = [...wiring.edges.values()].filter(({ from, to }) => own.has(from) && own.has(to));
    const root = plane === 0 ? FORM : LETTERS;
    const placed = plane < 2 ? layers(members, edges, root) : block(members, edges, 2 * middle);
    if (plane === 0) middle = placed.width / 2;
    const [left, top, z] = [middle - placed.width / 2, floor + placed.height, -DEPTH * plane];
    const point = ({ x, y }: Flat): Point => [round(left + x), round(top - y), z];
    for (const node of members) nodes.set(node.id, { ...node, at: point(flat(placed, node.id)), plane });
    for (const [id, bends] of placed.bends) paths.set(id, bends.map(point));
    for (const { id, from, to } of edges)
      if (!paths.has(id)) paths.set(id, back(nodes.get(from), nodes.get(to), floor));
    floor = top + GAP.plane;
  }
  const logs = wiring.nodes.get(LOGS);
  if (logs) nodes.set(LOGS, { ...logs, at: [round(middle), -GAP.plane - NODE.height, 2], plane: 0 });
  const edges = [...wiring.edges.values()].map((edge) => drawn(edge, nodes, paths));
  return { nodes: [...nodes.values()], edges, bounds: boundsOf([...nodes.values()].map(({ at }) => at)) };
}

const flat = (placed: Placed, id: string): Flat => placed.at.get(id) ?? { x: 0, y: 0 };

function drawn(
  edge: WiredEdge,
  nodes: ReadonlyMap<string, LayoutNode>,
  paths: ReadonlyMap<string, Point[]>,
): LayoutEdge {
  const from = nodes.get(edge.from)?.at ?? [0, 0, 0];
  const to = nodes.get(edge.to)?.at ?? [0, 0, 0];
  return { ...edge, path: [from, ...(paths.get(edge.id) ?? between(edge, from, to)), to] };
}

/** A way back, within a plane: to itself in a loop above, to another beneath all of the plane. */
function back(from: LayoutNode | undefined, to: LayoutNode | undefined, floor: number): Point[] {
  if (!from || !to) return [];
  const [x, y, z] = from.at;
  const side = NODE.width / 4;
  if (from === to) {
    return [
      [x + side, y + NODE.height, z],
      [x - side, y + NODE.height, z],
    ];
  }
  const beneath = floor - GAP.plane / 3;
  return [
    [x + side, beneath, z],
    [to.at[0] - side, beneath, z],
  ];
}

/** How a way between planes is led: all that come from the API rise beside it first, and part behind it. */
function between(edge: WiredEdge, from: Point, to: Point): Point[] {
  if (edge.from !== API) return [];
  return [[round(from[0] + NODE.width), round(from[1] + (to[1] - from[1]) * 0.6), round((from[2] + to[2]) / 2)]];
}

function boundsOf(points: readonly Point[]): Layout["bounds"] {
  const extreme = (pick: (...values: number[]) => number, sign: number): Point => {
    const along = (axis: 0 | 1 | 2) => pick(...points.map((point) => point[axis]));
    return [along(0) + (sign * NODE.width) / 2, along(1) + (sign * NODE.height) / 2, along(2)];
  };
  return [extreme(Math.min, -1), extreme(Math.max, 1)];
}

const round = (value: number) => Math.round(value * 1000) / 1000;
