/** Events under way: a form and a colour for each outcome, larger the more they stand for, and a halo around the followed order's. */

import {
  BoxGeometry,
  type BufferGeometry,
  Color,
  IcosahedronGeometry,
  type InstancedMesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  type Object3D,
  OctahedronGeometry,
  type PerspectiveCamera,
  TorusGeometry,
  Vector3,
} from "three";
import type { Frame, Outcome, Packet } from "../model/types";
import { Instances } from "./instances";
import type { Look } from "./look";
import { merged, sizeOf } from "./merge";
import type { Way } from "./way";

/** How many are drawn at most, whatever happens: more are merged by weight. */
export const MOST_PACKETS = 4_096;

/** Of a single packet: in the layout's units, and at least in CSS pixels, however far away it is. */
const RADIUS = 0.15;
const LEAST_PX = 4;

const FORMS: Record<Outcome, () => BufferGeometry> = {
  ok: () => new IcosahedronGeometry(RADIUS, 2),
  retry: () => new TorusGeometry(0.15, 0.065, 8, 18),
  failed: () => new OctahedronGeometry(0.24),
  dead: () => new BoxGeometry(0.29, 0.29, 0.29),
};
const OUTCOMES = ["ok", "retry", "failed", "dead"] as const;

/** A packet as it was drawn; `at` in the layout's units. */
export type DrawnPacket = Packet & { at: readonly [number, number, number]; followed: boolean };

export class Packets {
  private readonly kinds: Record<Outcome, Instances>;
  private readonly halo: Instances;
  private drawn: Record<Outcome, DrawnPacket[]> = { ok: [], retry: [], failed: [], dead: [] };
  private readonly colour = new Color();
  private readonly at = new Vector3();

  constructor(
    parent: Object3D,
    private readonly ways: ReadonlyMap<string, Way>,
    private readonly most = MOST_PACKETS,
  ) {
    const made = (outcome: Outcome) =>
      new Instances(parent, FORMS[outcome](), new MeshLambertMaterial({ flatShading: outcome !== "ok" }), most, 2);
    this.kinds = { ok: made("ok"), retry: made("retry"), failed: made("failed"), dead: made("dead") };
    const ring = new TorusGeometry(0.34, 0.035, 8, 40);
    this.halo = new Instances(parent, ring, new MeshBasicMaterial({ transparent: true, opacity: 0.9 }), 256, 5);
  }

  /** `pixel`: how large a pixel is one unit away from the camera; flat forms face it. */
  show(frame: Frame, look: Look, camera: PerspectiveCamera, pixel: number): DrawnPacket[] {
    const facing = camera.quaternion;
    this.drawn = { ok: [], retry: [], failed: [], dead: [] };
    const fewer = merged(frame.packets, this.most, frame.followed);
    for (const packet of fewer) {
      const way = this.ways.get(packet.edge);
      if (!way) continue;
      const { x, y, z } = way.at(packet.progress, this.at);
      const followed = !packet.log && packet.orderId !== null && packet.orderId === frame.followed;
      this.drawn[packet.outcome].push({ ...packet, at: [x, y, z], followed });
    }
    const own: DrawnPacket[] = [];
    for (const outcome of OUTCOMES) {
      const kind = this.kinds[outcome];
      kind.begin(this.drawn[outcome].length);
      this.colour.set(look.packets[outcome]);
      for (const each of this.drawn[outcome]) {
        const least = (LEAST_PX * pixel * this.at.set(...each.at).distanceTo(camera.position)) / RADIUS;
        const size = Math.max(1, least) * sizeOf(each.weight) * (each.log ? 0.4 : each.followed ? 1.35 : 1);
        kind.put(this.at, size, this.colour, outcome === "retry" ? facing : undefined);
        if (each.followed) own.push(each);
      }
      kind.end();
    }
    this.halo.begin(own.length);
    this.colour.set(look.accent);
    for (const each of own) {
      const least = (LEAST_PX * pixel * this.at.set(...each.at).distanceTo(camera.position)) / RADIUS;
      this.halo.put(this.at, Math.max(1, least) * sizeOf(each.weight), this.colour, facing);
    }
    this.halo.end();
    return OUTCOMES.flatMap((outcome) => this.drawn[outcome]);
  }

  get meshes(): InstancedMesh[] {
    return OUTCOMES.map((each) => this.kinds[each].mesh);
  }

  /** The packet under a hit on one of our meshes. */
  packetOf(mesh: object, index: number): DrawnPacket | undefined {
    const outcome = OUTCOMES.find((each) => this.kinds[each].mesh === mesh);
    return outcome && this.drawn[outcome][index];
  }

  dispose(): void {
    for (const outcome of OUTCOMES) this.kinds[outcome].dispose();
    this.halo.dispose();
  }
}
