/** Icons within the nodes, and over everything their names, what waits in figures, and signs of failure. */

import { type Object3D, type PerspectiveCamera, Vector3 } from "three";
import { iconOf } from "../model/icons";
import type { Frame, Layout, LayoutNode, NodeKind } from "../model/types";
import { Atlas } from "./atlas";
import { failing, type Look, NODE } from "./look";
import { Plates } from "./plates";
import { type Box, spaced } from "./spaced";

/** Which names are shown first where there is no room for all. */
const RANK: Record<NodeKind, number> = {
  form: 0,
  api: 0,
  queue: 1,
  letters: 1,
  topic: 1,
  workflow: 1,
  function: 2,
  table: 2,
  bucket: 3,
  logs: 3,
  service: 4,
};
const PER_FIGURE = 8;
/** Figures are always there, and names make room for them; not those of nodes that are looked at or fail. */
const AFTER_ILL = -0.5;
/** Below this many CSS pixels names are smaller. */
const NARROW = 600;

type Column = { id: string; depth: number; top: number };

/** Where a node's name hangs. */
const foot = (node: LayoutNode, into: Vector3): Vector3 => into.set(node.at[0], node.at[1] - NODE * 0.5, node.at[2]);

/** How far a name at `x` is moved to be within the view whole; not at all where its node is not in it. */
const inward = (x: number, width: number, view: number): number =>
  x < 0 || x > view ? 0 : Math.max(0, width / 2 + 2 - x) - Math.max(0, x + width / 2 + 2 - view);

/** A count as it is shown: in thousands where it is long. */
export const figure = (depth: number): string =>
  depth < 10_000 ? Math.round(depth).toLocaleString("en") : `${Math.round(depth / 1_000).toLocaleString("en")}k`;

export class Marks {
  private atlas: Atlas | null = null;
  private readonly icons = new Map<string, HTMLImageElement>();
  private readonly inside: Plates;
  private readonly over: Plates;
  private readonly nodes: ReadonlyMap<string, LayoutNode>;
  private width = 1;
  private height = 1;
  private ratio = 1;
  private gone = false;

  constructor(
    parent: Object3D,
    private readonly layout: Layout,
    changed: () => void,
  ) {
    const count = layout.nodes.length;
    this.nodes = new Map(layout.nodes.map((each) => [each.id, each]));
    this.inside = new Plates(parent, count, true, 0);
    this.over = new Plates(parent, count * (2 + PER_FIGURE), false, 10);
    for (const url of new Set(layout.nodes.map(iconOf))) {
      const image = new Image();
      image.onload = () => {
        if (this.gone) return;
        this.icons.set(url, image);
        this.forget();
        changed();
      };
      image.src = url;
    }
  }

  /** Drawn anew at the next frame: another size of pixels, another look, one more icon. */
  forget(): void {
    this.atlas?.dispose();
    this.atlas = null;
  }

  resize(width: number, height: number, ratio: number): void {
    if (ratio !== this.ratio || width < NARROW !== this.width < NARROW) this.forget();
    [this.width, this.height, this.ratio] = [width, height, ratio];
  }

  /** The ids of the nodes whose names there was room for. */
  show(frame: Frame, look: Look, camera: PerspectiveCamera, columns: readonly Column[]): string[] {
    const names = [...new Set(this.layout.nodes.map((each) => each.label))];
    this.atlas ??= new Atlas(look, this.ratio, this.width < NARROW ? 10.5 : 12.5, names, this.icons);
    const { texture } = this.atlas;
    this.inside.begin(texture, this.width * this.ratio, this.height * this.ratio);
    this.over.begin(texture, this.width * this.ratio, this.height * this.ratio);
    const at = new Vector3();
    for (const node of this.layout.nodes) {
      const icon = this.atlas.piece(`icon ${iconOf(node)}`);
      if (icon) this.inside.put(at.set(...node.at), icon, 0, 0, NODE * 0.62, NODE * 0.62);
    }
    const shown = this.names(frame, camera, columns);
    this.signs(frame);
    for (const each of columns) this.figures(each);
    this.inside.end();
    this.over.end();
    return shown;
  }

  dispose(): void {
    this.gone = true;
    this.forget();
    this.inside.dispose();
    this.over.dispose();
  }

  /** Names where there is room, before which figures and signs go. */
  private names(frame: Frame, camera: PerspectiveCamera, columns: readonly Column[]): string[] {
    const point = new Vector3();
    const box = (at: Vector3, down: number, width: number, height: number, rank: number): Box => {
      const { x, y, z } = at.project(camera);
      const left = ((x + 1) / 2) * this.width;
      // What is behind the camera is nowhere on the screen.
      const top = z > 1 ? -height : ((1 - y) / 2) * this.height + down;
      return { x: left, y: top, width, height, rank, near: z };
    };
    const boxes: (Box & { id?: string; label?: string; aside?: number })[] = columns.flatMap(({ id, depth, top }) => {
      const node = this.nodes.get(id);
      if (!node) return [];
      return [box(point.set(node.at[0], top, node.at[2]), -9, figure(depth).length * 9, 16, AFTER_ILL)];
    });
    for (const node of this.layout.nodes) {
      const active = frame.active === node.id;
      const label = `${active ? "active" : "name"} ${node.label}`;
      const size = this.atlas?.piece(label);
      if (!size) continue;
      const ill = failing(frame.states.get(node.id)) > 0;
      const rank = active ? -2 : ill ? -1 : RANK[node.kind];
      const hung = box(foot(node, point), size.height / 2, size.width, size.height, rank);
      const aside = inward(hung.x, size.width, this.width);
      boxes.push({ ...hung, x: hung.x + aside, aside, id: node.id, label });
    }
    const shown: string[] = [];
    for (const { id, label, aside } of spaced(boxes, this.width, this.height)) {
      const node = this.nodes.get(id ?? "");
      if (!node || label === undefined) continue;
      this.put(foot(node, point), label, aside ?? 0, -(this.atlas?.piece(label)?.height ?? 0) / 2);
      shown.push(node.id);
    }
    return shown;
  }

  private signs(frame: Frame): void {
    const point = new Vector3();
    for (const node of this.layout.nodes) {
      const state = frame.states.get(node.id);
      if (failing(state) === 0) continue;
      point.set(node.at[0] + NODE * 0.5, node.at[1] + NODE * 0.5, node.at[2]);
      this.put(point, `sign ${state?.outcome === "retry" ? "retry" : "failed"}`, 0, 0, this.width < NARROW ? 0.7 : 1);
    }
  }

  private figures(column: Column): void {
    const node = this.nodes.get(column.id);
    if (!node) return;
    const pieces = [...figure(column.depth)].map((each) => `digit ${each}`);
    const widths = pieces.map((each) => (this.atlas?.piece(each)?.width ?? 0) - 0.5);
    let x = -widths.reduce((sum, each) => sum + each, 0) / 2;
    const at = new Vector3(node.at[0], column.top, node.at[2]);
    pieces.forEach((each, index) => {
      const width = widths[index] ?? 0;
      this.put(at, each, x + width / 2, 9);
      x += width;
    });
  }

  private put(at: Vector3, key: string, x: number, y: number, size = 1): void {
    const piece = this.atlas?.piece(key);
    const { ratio } = this;
    if (piece) this.over.put(at, piece, x * ratio, y * ratio, piece.width * ratio * size, piece.height * ratio * size);
  }
}
