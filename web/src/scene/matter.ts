/** What waits, standing on its queue, stream or dead letters as a column of grains. */

import { BoxGeometry, Color, MeshLambertMaterial, type Object3D, Vector3 } from "three";
import type { Frame, Layout, LayoutNode } from "../model/types";
import { topOf } from "./forms";
import { grainsFor, MOST_GRAINS, placeOf } from "./grains";
import { Instances } from "./instances";
import type { Look } from "./look";

const STEP = 0.17;

export class Matter {
  private readonly grains: Instances;
  private readonly nodes: ReadonlyMap<string, LayoutNode>;

  constructor(parent: Object3D, layout: Layout) {
    this.nodes = new Map(layout.nodes.map((each) => [each.id, each]));
    const grain = new BoxGeometry(STEP * 0.84, STEP * 0.84, STEP * 0.84);
    const most = Math.min(32, layout.nodes.length) * MOST_GRAINS;
    this.grains = new Instances(parent, grain, new MeshLambertMaterial(), most, 2);
  }

  /** How many grains each node has, and the top of its column. */
  show(frame: Frame, look: Look): { id: string; depth: number; grains: number; top: number }[] {
    const columns = [...frame.depths].flatMap(([id, depth]) => {
      const node = this.nodes.get(id);
      const count = grainsFor(depth);
      return node && count > 0 ? [{ node, depth, count }] : [];
    });
    this.grains.begin(columns.reduce((sum, each) => sum + each.count, 0));
    const at = new Vector3();
    const colour = new Color();
    const drawn = columns.map(({ node, depth, count }) => {
      const foot = node.at[1] + topOf(node.kind) + STEP / 2;
      colour.set(node.kind === "letters" ? look.packets.dead : look.kinds[node.kind]);
      for (let index = 0; index < count; index += 1) {
        const [x, y, z] = placeOf(index);
        this.grains.put(at.set(node.at[0] + x * STEP, foot + y * STEP, node.at[2] + z * STEP), 1, colour);
      }
      return { id: node.id, depth, grains: count, top: foot + placeOf(count - 1)[1] * STEP + STEP };
    });
    this.grains.end();
    return drawn;
  }

  dispose(): void {
    this.grains.dispose();
  }
}
