/** What the layers of the live view hand each other: a layout of the system, and what is where at a moment. */

export type Outcome = "ok" | "retry" | "failed" | "dead";

/** One event of `/live`: something was handed along an edge, and what came of it. `at`: epoch ms, when it ended. */
export type Hop = {
  seq: number;
  at: number;
  orderId: string | null;
  /** As the topology's edges are named: `order-queue>process_order`. */
  edge: string;
  function: string;
  outcome: Outcome;
  attempt: number;
  durationMs: number;
  /** A problem's slug or an exception's name; null where all went well. */
  error?: string | null;
  /** The order's event, where the hop was told by the permanent log alone, which knows no duration. */
  event?: string | null;
};

export type NodeKind =
  | "form"
  | "api"
  | "function"
  | "queue"
  | "table"
  | "topic"
  | "bucket"
  | "workflow"
  | "service"
  | "letters"
  | "logs";

/** A place in space, in the layout's own units: x with the flow, y up, z in depth. A node has room in 2 by 1 (x, y). */
export type Point = readonly [x: number, y: number, z: number];

/** A resource or function; `id` is its name in the topology. */
export type LayoutNode = {
  id: string;
  kind: NodeKind;
  label: string;
  at: Point;
  /** 0 has the way of an order, 1 its ways out, further ones the rest; each is a terrace behind and above the last. */
  plane?: number;
};

/**
 * What a way is: `hop` and `call` are named by hops; `carries` is a message's way to where a hop takes it up; `log` what a
 * step writes to the log; `past` is named by old events alone.
 */
export type EdgeKind = "hop" | "call" | "carries" | "log" | "past";

/** A way; `path` runs from one node to the other, bends included. */
export type LayoutEdge = { id: string; from: string; to: string; path: readonly Point[]; kind?: EdgeKind };

export type Layout = {
  nodes: readonly LayoutNode[];
  edges: readonly LayoutEdge[];
  /** The corners of the box that holds all. */
  bounds: readonly [least: Point, most: Point];
};

/** One event under way: a packet on its edge, `progress` from 0 to 1 along the path; from 1 to 0 on its way back. */
export type Packet = {
  seq: number;
  orderId: string | null;
  edge: string;
  progress: number;
  /** Of this part of the way: a packet is red from where it failed on. */
  outcome: Outcome;
  /** How many events it stands for: 1, or more where the feed sent frames. */
  weight: number;
  /** It is the line that a step leaves in the log; `seq` is that of its event. */
  log?: true;
};

/** Everything that is seen at one moment: a function of the log and the time alone, so live and replay are the same. */
export type Frame = {
  /** Epoch ms of what is shown. */
  at: number;
  packets: readonly Packet[];
  /** What waits in a queue, table's stream or the dead letters, by node. */
  depths: ReadonlyMap<string, number>;
  /** How a node is doing: what its last events came to, and how long ago (ms). */
  states: ReadonlyMap<string, { outcome: Outcome; ageMs: number; busy: number }>;
  /** The node that the panel is about, and the order that is followed. */
  active: string | null;
  followed: string | null;
  /** The edges that the followed order has travelled so far. */
  way?: readonly string[];
};

/** What is under the pointer. */
export type Picked = { kind: "node"; id: string } | { kind: "packet"; seq: number; orderId: string | null } | null;

/** Something that shows frames: the scene in three dimensions, or the drawing in two. */
export interface Stage {
  show(frame: Frame): void;
  /** Called with the size in CSS pixels and the device's pixels per CSS pixel. */
  resize(width: number, height: number, ratio: number): void;
  pick(x: number, y: number): Picked;
  /** Bring a node into view, or with null all of them. */
  focus(id: string | null): void;
  setTheme(theme: "bright" | "dark"): void;
  dispose(): void;
}

/** Makes the scene in a canvas. Throws where there is no WebGL; `changed` is called when it wants to be shown anew. */
export type MakeScene = (
  canvas: HTMLCanvasElement,
  layout: Layout,
  options: { theme: "bright" | "dark"; reducedMotion: boolean; changed: () => void },
) => Stage;
