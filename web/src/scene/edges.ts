/** Ways between nodes: thin tubes with a pattern that points along them, and a head where they end. */

import {
  BufferAttribute,
  BufferGeometry,
  CatmullRomCurve3,
  Color,
  ConeGeometry,
  DataTexture,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  Quaternion,
  RGBAFormat,
  ShaderMaterial,
  TubeGeometry,
  Vector3,
} from "three";
import type { EdgeKind, Frame, Layout } from "../model/types";
import { Instances } from "./instances";
import { type Look, NODE } from "./look";
import { type Way, wayOf } from "./way";

const SEGMENTS = 28;
const SIDES = 5;
const UP = new Vector3(0, 1, 0);

/** How clearly a way is seen while nothing is on it: the ways of messages more than what a function may touch. */
const CALM: Readonly<Record<EdgeKind, number>> = { hop: 0.6, carries: 0.55, call: 0.22, log: 0.05, past: 0 };
/** From this plane on there is much, and little of it on an order's way. */
const ASIDE = 2;
/** What is fainter than this has no head. */
const HEADLESS = 0.12;

const VERTEX = /* glsl */ `
  uniform sampler2D uStates;
  attribute float aAlong;
  attribute float aEdge;
  varying float vAlong;
  varying vec4 vState;
  void main() {
    vState = texelFetch(uStates, ivec2(int(aEdge + 0.5), 0), 0);
    vAlong = aAlong;
    vec4 eye = modelViewMatrix * vec4(position, 1.0);
    // Never thinner than about a pixel: a line that breaks up says nothing.
    float radius = max(mix(0.018, 0.06, smoothstep(0.5, 1.0, vState.a)), -eye.z * 0.00075);
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position + normal * radius, 1.0);
  }`;
const FRAGMENT = /* glsl */ `
  varying float vAlong;
  varying vec4 vState;
  void main() {
    float run = fract(vAlong / 1.1);
    float alpha = vState.a * mix(0.4, 1.0, run * run);
    gl_FragColor = vec4(vState.rgb, alpha);
  }`;

/** One geometry for all tubes: which edge, and how far along it, is told by each corner. */
function tubes(ways: readonly Way[]): BufferGeometry {
  const corners: number[] = [];
  const normals: number[] = [];
  const along: number[] = [];
  const edges: number[] = [];
  const faces: number[] = [];
  ways.forEach((way, edge) => {
    if (way.length === 0) return;
    const tube = new TubeGeometry(new CatmullRomCurve3([...way.points], false, "centripetal"), SEGMENTS, 1, SIDES);
    const { position, normal } = tube.attributes;
    const first = corners.length / 3;
    for (let index = 0; position && normal && index < position.count; index += 1) {
      const [x, y, z] = [normal.getX(index), normal.getY(index), normal.getZ(index)];
      corners.push(position.getX(index) - x, position.getY(index) - y, position.getZ(index) - z);
      normals.push(x, y, z);
      along.push((Math.floor(index / (SIDES + 1)) / SEGMENTS) * way.length);
      edges.push(edge);
    }
    for (const each of tube.index?.array ?? []) faces.push(first + each);
    tube.dispose();
  });
  const all = new BufferGeometry();
  all.setAttribute("position", new BufferAttribute(new Float32Array(corners), 3));
  all.setAttribute("normal", new BufferAttribute(new Float32Array(normals), 3));
  all.setAttribute("aAlong", new BufferAttribute(new Float32Array(along), 1));
  all.setAttribute("aEdge", new BufferAttribute(new Float32Array(edges), 1));
  all.setIndex(new BufferAttribute(new Uint32Array(faces), 1));
  return all;
}

export class Edges {
  readonly ways: ReadonlyMap<string, Way>;
  private readonly mesh: Mesh<BufferGeometry, ShaderMaterial>;
  private readonly states: DataTexture;
  private readonly heads: Instances;
  private readonly colour = new Color();
  private readonly calm: readonly number[];

  constructor(
    parent: Object3D,
    private readonly layout: Layout,
  ) {
    const planes = new Map(layout.nodes.map((each) => [each.id, each.plane ?? 0]));
    this.calm = layout.edges.map(({ kind, from, to }) => {
      const aside = Math.max(planes.get(from) ?? 0, planes.get(to) ?? 0) >= ASIDE;
      return CALM[kind ?? "hop"] * (aside ? 0.5 : 1);
    });
    const ways = layout.edges.map((each) => wayOf(each.path));
    this.ways = new Map(layout.edges.map((each, index) => [each.id, ways[index] ?? wayOf([])]));
    const room = Math.max(1, ways.length);
    this.states = new DataTexture(new Uint8Array(room * 4), room, 1, RGBAFormat);
    const material = new ShaderMaterial({
      transparent: true,
      depthWrite: false,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: { uStates: { value: this.states } },
    });
    this.mesh = new Mesh(tubes(ways), material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 1;
    parent.add(this.mesh);
    const cone = new ConeGeometry(0.1, 0.3, 10).translate(0, -0.15, 0);
    this.heads = new Instances(parent, cone, new MeshBasicMaterial(), room, 1);
  }

  /** Lights the ways that something is on, in the colour of what came of it, and those of the followed order. */
  show(frame: Frame, look: Look): string[] {
    const lit = new Map<string, string>();
    const own = new Set(frame.way ?? []);
    for (const each of frame.packets) {
      if (each.log) continue;
      if (each.outcome !== "ok" || !lit.has(each.edge)) lit.set(each.edge, look.packets[each.outcome]);
      if (each.orderId !== null && each.orderId === frame.followed) own.add(each.edge);
    }
    const ground = new Color(look.ground);
    const bytes = this.states.image.data as Uint8Array;
    this.heads.begin(this.layout.edges.length);
    this.layout.edges.forEach((edge, index) => {
      const followed = own.has(edge.id);
      const busy = lit.get(edge.id);
      const calm = (this.calm[index] ?? 0.5) * (own.size > 0 ? 0.6 : 1);
      const alpha = followed ? 1 : busy ? Math.max(calm, own.size > 0 ? 0.5 : 0.85) : calm;
      const hex = this.colour.set(followed ? look.accent : (busy ?? look.edge)).getHex();
      bytes.set([(hex >> 16) & 255, (hex >> 8) & 255, hex & 255, Math.round(alpha * 255)], index * 4);
      if (alpha < HEADLESS) return;
      this.head(this.ways.get(edge.id), this.colour.lerp(ground, 0.85 * (1 - alpha)), followed);
    });
    this.heads.end();
    this.states.needsUpdate = true;
    return [...own];
  }

  /** The head of an edge, just outside of the node that it leads to. */
  private head(way: Way | undefined, colour: Color, large: boolean): void {
    if (!way || way.length < NODE) return;
    const gap = Math.min(0.4, (NODE * 0.72) / way.length);
    const tip = way.at(1 - gap, new Vector3());
    const before = way.at(Math.max(0, 1 - gap - 0.25 / way.length), new Vector3());
    const turn = new Quaternion().setFromUnitVectors(UP, tip.clone().sub(before).normalize());
    this.heads.put(tip, large ? 1.7 : 1, colour, turn);
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
    this.states.dispose();
    this.heads.dispose();
  }
}
