/** Resources and functions: glass of a form for each kind, with a line around those that fail and the active one. */

import { Color, type InstancedMesh, type Object3D, type ShaderMaterial, Vector3 } from "three";
import type { Frame, Layout, LayoutNode, NodeKind } from "../model/types";
import { formOf } from "./forms";
import { glassMaterial, hullMaterial, tintGlass } from "./glass";
import { Instances } from "./instances";
import { failing, type Look, lively } from "./look";

type Group = { nodes: LayoutNode[]; glass: Instances; hull: Instances; fill: Instances; material: ShaderMaterial };

/** What was drawn of a node: whether it is lined as failing or as the active one. */
export type DrawnNode = { id: string; failing: boolean; active: boolean };

export class Nodes {
  private readonly groups: Group[] = [];
  private readonly at = new Vector3();
  private readonly tint = new Color();
  private readonly bad = new Color();

  constructor(parent: Object3D, layout: Layout) {
    const kinds = new Map<NodeKind, LayoutNode[]>();
    for (const node of layout.nodes) kinds.set(node.kind, [...(kinds.get(node.kind) ?? []), node]);
    for (const [kind, nodes] of kinds) {
      const material = glassMaterial();
      const hull = new Instances(parent, formOf(kind), hullMaterial(0.05), nodes.length, 3);
      const fill = new Instances(parent, formOf(kind), hullMaterial(0), nodes.length, 3.5);
      const glass = new Instances(parent, formOf(kind), material, nodes.length, 4);
      this.groups.push({ nodes, material, hull, fill, glass });
    }
  }

  show(frame: Frame, look: Look): DrawnNode[] {
    const drawn: DrawnNode[] = [];
    for (const group of this.groups) {
      tintGlass(group.material, look);
      group.glass.begin(group.nodes.length);
      group.hull.begin(group.nodes.length);
      group.fill.begin(group.nodes.length);
      for (const node of group.nodes) drawn.push(this.put(group, node, frame, look));
      group.glass.end();
      group.hull.end();
      group.fill.end();
    }
    return drawn;
  }

  /** The node under a hit on one of our meshes. */
  nodeOf(mesh: object, index: number): LayoutNode | undefined {
    return this.groups.find((each) => each.glass.mesh === mesh)?.nodes[index];
  }

  get meshes(): InstancedMesh[] {
    return this.groups.map((each) => each.glass.mesh);
  }

  dispose(): void {
    for (const { glass, hull, fill } of this.groups) {
      glass.dispose();
      hull.dispose();
      fill.dispose();
    }
  }

  private put(group: Group, node: LayoutNode, frame: Frame, look: Look): DrawnNode {
    const state = frame.states.get(node.id);
    const ill = failing(state);
    const active = frame.active === node.id;
    this.at.set(...node.at);
    this.bad.set(state?.outcome === "retry" ? look.warn : look.bad);
    this.tint.set(look.kinds[node.kind]).lerp(this.bad, ill > 0 ? 0.45 + 0.55 * ill : 0);
    const size = 1 + 0.06 * lively(state);
    group.glass.put(this.at, size, this.tint);
    if (ill > 0) group.hull.put(this.at, size, this.bad);
    else if (active) {
      group.hull.put(this.at, size, this.tint.set(look.accent));
      // Else the line's far side would be seen through the glass.
      group.fill.put(this.at, size, this.tint.set(look.board));
    }
    return { id: node.id, failing: ill > 0, active };
  }
}
