/** What everything stands over: a plane with a soft grid that fades into the distance, and a soft shadow under each node. */

import { Color, Mesh, type Object3D, PlaneGeometry, ShaderMaterial, Vector2, Vector3 } from "three";
import type { Layout } from "../model/types";
import { Instances } from "./instances";
import { type Look, NODE } from "./look";

const GRID_VERTEX = /* glsl */ `
  varying vec2 vPlace;
  void main() {
    vec4 place = modelMatrix * vec4(position, 1.0);
    vPlace = place.xz;
    gl_Position = projectionMatrix * viewMatrix * place;
  }`;
const GRID_FRAGMENT = /* glsl */ `
  uniform vec3 uLine;
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
    gl_FragColor = vec4(uLine, alpha);
    #include <colorspace_fragment>
  }`;

const shadow = () =>
  new ShaderMaterial({
    transparent: true,
    depthWrite: false,
    vertexShader: /* glsl */ `
      varying vec2 vAt;
      varying vec3 vTint;
      void main() {
        vAt = uv * 2.0 - 1.0;
        vTint = instanceColor;
        gl_Position = projectionMatrix * modelViewMatrix * instanceMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      varying vec2 vAt;
      varying vec3 vTint;
      void main() {
        float dark = exp(-dot(vAt, vAt) * 3.2) - 0.04;
        if (dark <= 0.0) discard;
        gl_FragColor = vec4(vTint, dark * 0.3);
        #include <colorspace_fragment>
      }`,
  });

export class Ground {
  /** How high it lies. */
  readonly y: number;
  private readonly grid: Mesh<PlaneGeometry, ShaderMaterial>;
  private readonly shadows: Instances;

  constructor(
    parent: Object3D,
    private readonly layout: Layout,
  ) {
    const [least, most] = layout.bounds;
    this.y = least[1] - NODE;
    const half = new Vector2((most[0] - least[0]) / 2 + 6, (most[2] - least[2]) / 2 + 6);
    const middle = new Vector2((most[0] + least[0]) / 2, (most[2] + least[2]) / 2);
    const material = new ShaderMaterial({
      transparent: true,
      depthWrite: false,
      vertexShader: GRID_VERTEX,
      fragmentShader: GRID_FRAGMENT,
      uniforms: { uLine: { value: new Color() }, uMiddle: { value: middle }, uHalf: { value: half } },
    });
    this.grid = new Mesh(new PlaneGeometry(half.x * 4, half.y * 4 + half.x * 2).rotateX(-Math.PI / 2), material);
    this.grid.position.set(middle.x, this.y - 0.02, middle.y);
    this.grid.renderOrder = -2;
    parent.add(this.grid);
    const plane = new PlaneGeometry(NODE * 2.6, NODE * 2.2).rotateX(-Math.PI / 2);
    this.shadows = new Instances(parent, plane, shadow(), layout.nodes.length, -1);
  }

  setLook(look: Look): void {
    this.grid.material.uniforms.uLine?.value.set(look.grid);
    const colour = new Color(look.shade > 0.4 ? "#000000" : "#3c4a44");
    const at = new Vector3();
    this.shadows.begin(this.layout.nodes.length);
    for (const node of this.layout.nodes) {
      const high = node.at[1] - this.y;
      this.shadows.put(at.set(node.at[0] + high * 0.06, this.y, node.at[2]), 1 + high * 0.06, colour);
    }
    this.shadows.end();
  }

  dispose(): void {
    this.grid.removeFromParent();
    this.grid.geometry.dispose();
    this.grid.material.dispose();
    this.shadows.dispose();
  }
}
