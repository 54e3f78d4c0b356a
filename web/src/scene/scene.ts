/** The system in three dimensions. It draws what it is shown, and knows nothing else. */

import {
  Color,
  DirectionalLight,
  HemisphereLight,
  NoToneMapping,
  type PerspectiveCamera,
  Raycaster,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import type { Frame, Layout, MakeScene, Picked, Stage } from "../model/types";
import { View } from "./camera";
import { Edges } from "./edges";
import { Ground } from "./ground";
import { LOOKS, type Look, NODE } from "./look";
import { Marks } from "./marks";
import { Matter } from "./matter";
import { type DrawnNode, Nodes } from "./nodes";
import { type DrawnPacket, Packets } from "./packets";

/** What was drawn last, for tests and for who looks from outside; places are in the layout's units. */
export type Drawn = {
  packets: readonly DrawnPacket[];
  nodes: readonly DrawnNode[];
  /** What waits, as grains. */
  columns: readonly { id: string; depth: number; grains: number }[];
  /** The nodes whose names were shown, and the edges lit as the followed order's. */
  names: readonly string[];
  way: readonly string[];
  /** Frames drawn so far, and what the graphics card holds. */
  frames: number;
  held: { geometries: number; textures: number };
};

export type SceneStage = Stage & {
  drawn(): Drawn;
  /** Where a place of the layout is on the canvas, in CSS pixels. */
  onScreen(at: readonly [number, number, number]): { x: number; y: number };
};

/** How far from a packet one may press and still mean it, in CSS pixels. */
const REACH = 14;

/** What must be seen for all nodes to be seen whole, with their names. */
const outline = (layout: Layout): Vector3[] =>
  (layout.nodes.length > 0 ? layout.nodes : [{ at: [0, 0, 0] as const }]).flatMap(({ at: [x, y, z] }) => [
    new Vector3(x - NODE, y - NODE * 1.8, z),
    new Vector3(x + NODE, y + NODE, z),
  ]);

class Drawing implements SceneStage {
  private readonly scene = new Scene();
  private readonly view: View;
  private readonly ground: Ground;
  private readonly nodes: Nodes;
  private readonly edges: Edges;
  private readonly packets: Packets;
  private readonly matter: Matter;
  private readonly marks: Marks;
  private readonly sky = new HemisphereLight("#ffffff", "#ffffff", 1);
  private readonly sun = new DirectionalLight("#ffffff", 1.6);
  private look: Look = LOOKS.bright;
  private readonly size = new Vector2(1, 1);
  /** What was still held after all was disposed of. */
  private left: Drawn["held"] | null = null;
  private last: Omit<Drawn, "held"> = { packets: [], nodes: [], columns: [], names: [], way: [], frames: 0 };

  constructor(
    private readonly renderer: WebGLRenderer,
    canvas: HTMLCanvasElement,
    private readonly layout: Layout,
    options: Parameters<MakeScene>[2],
  ) {
    this.view = new View(canvas, outline(layout), options.reducedMotion, options.changed);
    this.ground = new Ground(this.scene, layout);
    this.edges = new Edges(this.scene, layout);
    this.nodes = new Nodes(this.scene, layout);
    this.packets = new Packets(this.scene, this.edges.ways);
    this.matter = new Matter(this.scene, layout);
    this.marks = new Marks(this.scene, layout, options.changed);
    this.sun.position.set(3, 8, 5);
    this.scene.add(this.sky, this.sun);
    this.setTheme(options.theme);
  }

  show(frame: Frame): void {
    const { view, look } = this;
    view.step(performance.now());
    const way = this.edges.show(frame, look);
    const nodes = this.nodes.show(frame, look);
    const packets = this.packets.show(frame, look, view.camera, view.pixel(this.size.y));
    const columns = this.matter.show(frame, look);
    const names = this.marks.show(frame, look, view.camera, columns);
    this.renderer.render(this.scene, view.camera);
    this.last = { packets, nodes, columns, names, way, frames: this.last.frames + 1 };
  }

  resize(width: number, height: number, ratio: number): void {
    this.size.set(Math.max(1, width), Math.max(1, height));
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(this.size.x, this.size.y, false);
    this.marks.resize(this.size.x, this.size.y, ratio);
    this.view.resize(this.size.x, this.size.y);
  }

  pick(x: number, y: number): Picked {
    const ray = new Raycaster();
    ray.setFromCamera(new Vector2((x / this.size.x) * 2 - 1, 1 - (y / this.size.y) * 2), this.view.camera);
    const packet = this.packetAt(ray, x, y);
    if (packet) return { kind: "packet", seq: packet.seq, orderId: packet.orderId };
    const [hit] = ray.intersectObjects(this.nodes.meshes, false);
    const node = hit && this.nodes.nodeOf(hit.object, hit.instanceId ?? -1);
    return node ? { kind: "node", id: node.id } : null;
  }

  focus(id: string | null): void {
    const node = id === null ? undefined : this.layout.nodes.find((each) => each.id === id);
    if (id === null || node) this.view.fly(node ? new Vector3(...node.at) : null);
  }

  setTheme(theme: "bright" | "dark"): void {
    this.look = LOOKS[theme];
    const ground = new Color(this.look.ground);
    this.scene.background = ground;
    this.sky.groundColor.set(this.look.glass).multiplyScalar(theme === "dark" ? 0.35 : 0.75);
    this.sky.intensity = theme === "dark" ? 1.6 : 1.9;
    this.ground.setLook(this.look);
    this.marks.forget();
  }

  drawn(): Drawn {
    return { ...this.last, held: this.left ?? this.held() };
  }

  onScreen(at: readonly [number, number, number]): { x: number; y: number } {
    const { x, y } = new Vector3(...at).project(this.view.camera as PerspectiveCamera);
    return { x: ((x + 1) / 2) * this.size.x, y: ((1 - y) / 2) * this.size.y };
  }

  dispose(): void {
    this.view.dispose();
    for (const part of [this.ground, this.edges, this.nodes, this.packets, this.matter, this.marks]) part.dispose();
    this.sun.dispose();
    this.sky.dispose();
    // With the context the renderer forgets what it had.
    this.left = this.held();
    this.renderer.dispose();
    // Browsers allow few at once, and collect them late.
    this.renderer.forceContextLoss();
  }

  private held(): Drawn["held"] {
    const { geometries, textures } = this.renderer.info.memory;
    return { geometries, textures };
  }

  /** The packet that the ray hits, or the nearest one that is almost under the pointer. */
  private packetAt(ray: Raycaster, x: number, y: number): DrawnPacket | undefined {
    const [hit] = ray.intersectObjects(this.packets.meshes, false);
    if (hit) return this.packets.packetOf(hit.object, hit.instanceId ?? -1);
    let best: DrawnPacket | undefined;
    let least = REACH;
    for (const each of this.last.packets) {
      const place = this.onScreen(each.at);
      const distance = Math.hypot(place.x - x, place.y - y);
      if (distance < least) [best, least] = [each, distance];
    }
    return best;
  }
}

/** Throws where there is no WebGL. The stage is also the canvas's `stage`, for who looks from outside. */
export const makeScene = (...[canvas, layout, options]: Parameters<MakeScene>): SceneStage => {
  const renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" });
  renderer.toneMapping = NoToneMapping;
  const stage = new Drawing(renderer, canvas, layout, options);
  Object.assign(canvas, { stage });
  return stage;
};
