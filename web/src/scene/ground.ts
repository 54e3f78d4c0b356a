/** What everything stands before and over: a pane for each plane of the layout, with soft shadows, and a grid below. */

import { Color, Mesh, type Object3D, PlaneGeometry, ShaderMaterial, Vector2, Vector3 } from "three";
import type { Layout, LayoutNode } from "../model/types";
import { Instances } from "./instances";
import { type Look, NODE } from "./look";

/** How far behind its nodes a pane is, and how far it reaches beyond them. */
const BEHIND = 0.95;
const MARGIN = 1.35;

const GRID_VERTEX = /* glsl */ `
  varying vec2 vPlace;
  void main() {
    vec4 place = modelMatrix * vec4(position, 1.0);
    vPlace = place.xz;
    gl_Position = projectionMatrix * viewMatrix * place;
  }`;
const GRID_FRAGMENT = /* glsl */ `
  uniform vec3 uTint;
  uniform vec2 uMiddle;
  uniform vec2 uHalf;
  varying vec2 vPlace;
  float lines(float step) {
    vec2 at = vPlace / step;
    vec2 near = abs(fract(at - 0.5) - 0.5) / max(fwidth(at), 1e-4);
    return (1.0 - min(min(near.x, near.y), 1.0)) * (1.0 - smoothstep(0.15, 0.6, max(fwidth(at).x, fwidth(at).y)));
  }
  void main() {
    float far = length(max(abs(vPlace - uMiddle) - uHalf * 0.75, 0.0)) / (0.5 * max(uHalf.x, uHalf.y) + 4.0);
    float alpha = max(lines(1.5) * 0.28, lines(7.5) * 0.6) * (1.0 - smoothstep(0.0, 1.0, far));
    if (alpha < 0.004) discard;
    gl_FragColor = vec4(uTint, alpha);
    #include <colorspace_fragment>
  }`;

const PANE_VERTEX = /* glsl */ `
  uniform vec2 uHalf;
  varying vec2 vPlace;
  void main() {
    vPlace = (uv * 2.0 - 1.0) * uHalf;
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
  }`;
const PANE_FRAGMENT = /* glsl */ `
  uniform vec3 uTint;
  uniform vec3 uRim;
  uniform vec2 uHalf;
  varying vec2 vPlace;
  void main() {
    vec2 corner = abs(vPlace) - uHalf + 0.9;
    float out_ = length(max(corner, 0.0)) + min(max(corner.x, corner.y), 0.0) - 0.9;
    float soft = max(fwidth(out_), 1e-4);
    float inside = 1.0 - smoothstep(-soft, soft, out_);
    if (inside <= 0.0) discard;
    float rim = 1.0 - smoothstep(0.0, soft * 1.5, abs(out_ + soft) - 0.012);
    float sheen = 0.5 + 0.5 * (vPlace.y / uHalf.y);
    gl_FragColor = vec4(mix(uTint, uRim, rim * 0.8), inside * mix(0.34 + 0.22 * sheen, 0.75, rim));
    #include <colorspace_fragment>
  }`;

const SHADOW_VERTEX = /* glsl */ `
  varying vec2 vAt;
  varying vec3 vTint;
  void main() {
    vAt = uv * 2.0 - 1.0;
    vTint = instanceColor;
    gl_Position = projectionMatrix * modelViewMatrix * instanceMatrix * vec4(position, 1.0);
  }`;
const SHADOW_FRAGMENT = /* glsl */ `
  varying vec2 vAt;
  varying vec3 vTint;
  void main() {
    float dark = exp(-dot(vAt, vAt) * 3.2) - 0.04;
    if (dark <= 0.0) discard;
    gl_FragColor = vec4(vTint, dark * 0.26);
    #include <colorspace_fragment>
  }`;

const flat = (vertexShader: string, fragmentShader: string, uniforms: Record<string, { value: unknown }> = {}) =>
  new ShaderMaterial({ vertexShader, fragmentShader, uniforms, transparent: true, depthWrite: false });

/** The nodes of each plane of the layout. */
function planesOf(layout: Layout): LayoutNode[][] {
  const planes = new Map<number, LayoutNode[]>();
  for (const node of layout.nodes) planes.set(node.plane ?? 0, [...(planes.get(node.plane ?? 0) ?? []), node]);
  return [...planes.values()];
}

export class Ground {
  private readonly meshes: Mesh<PlaneGeometry, ShaderMaterial>[];
  private readonly shadows: Instances;

  constructor(
    parent: Object3D,
    private readonly layout: Layout,
  ) {
    this.meshes = [this.grid(), ...planesOf(layout).map((nodes) => this.pane(nodes))];
    parent.add(...this.meshes);
    const plane = new PlaneGeometry(NODE * 2.3, NODE * 2.3);
    this.shadows = new Instances(parent, plane, flat(SHADOW_VERTEX, SHADOW_FRAGMENT), layout.nodes.length, -1);
  }

  setLook(look: Look): void {
    for (const { material } of this.meshes) {
      material.uniforms.uTint?.value.set(material.uniforms.uRim ? look.board : look.grid);
      material.uniforms.uRim?.value.set(look.line);
    }
    const colour = new Color(look.shadow);
    const at = new Vector3();
    this.shadows.begin(this.layout.nodes.length);
    for (const { at: place } of this.layout.nodes) {
      this.shadows.put(at.set(place[0] + 0.12, place[1] - 0.3, place[2] - BEHIND + 0.02), 1, colour);
    }
    this.shadows.end();
  }

  dispose(): void {
    for (const mesh of this.meshes) {
      mesh.removeFromParent();
      mesh.geometry.dispose();
      mesh.material.dispose();
    }
    this.shadows.dispose();
  }

  private grid(): Mesh<PlaneGeometry, ShaderMaterial> {
    const [least, most] = this.layout.bounds;
    const half = new Vector2((most[0] - least[0]) / 2 + 6, (most[2] - least[2]) / 2 + 6);
    const middle = new Vector2((most[0] + least[0]) / 2, (most[2] + least[2]) / 2);
    const uniforms = { uTint: { value: new Color() }, uMiddle: { value: middle }, uHalf: { value: half } };
    const form = new PlaneGeometry(half.x * 4, half.y * 4 + half.x * 2).rotateX(-Math.PI / 2);
    const mesh = new Mesh(form, flat(GRID_VERTEX, GRID_FRAGMENT, uniforms));
    mesh.position.set(middle.x, least[1] - MARGIN - 0.4, middle.y);
    mesh.renderOrder = -4;
    return mesh;
  }

  private pane(nodes: readonly LayoutNode[]): Mesh<PlaneGeometry, ShaderMaterial> {
    const span = (axis: 0 | 1) => {
      const places = nodes.map((each) => each.at[axis]);
      return [Math.min(...places) - MARGIN, Math.max(...places) + MARGIN] as const;
    };
    const [[left, right], [foot, top]] = [span(0), span(1)];
    const half = new Vector2((right - left) / 2, (top - foot) / 2);
    const uniforms = { uTint: { value: new Color() }, uRim: { value: new Color() }, uHalf: { value: half } };
    const mesh = new Mesh(new PlaneGeometry(half.x * 2, half.y * 2), flat(PANE_VERTEX, PANE_FRAGMENT, uniforms));
    mesh.position.set((left + right) / 2, (foot + top) / 2, Math.min(...nodes.map((each) => each.at[2])) - BEHIND);
    mesh.renderOrder = -3;
    return mesh;
  }
}
