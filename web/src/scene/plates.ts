/** Flat things that face the camera: pieces of the atlas at places in space, in pixels or in the layout's units. */

import {
  CustomBlending,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  type Object3D,
  OneFactor,
  OneMinusSrcAlphaFactor,
  PlaneGeometry,
  ShaderMaterial,
  type Texture,
  Vector2,
  type Vector3,
} from "three";
import type { Piece } from "./atlas";

const VERTEX = /* glsl */ `
  uniform vec2 uView;
  uniform float uInSpace;
  uniform float uNearer;
  attribute vec3 aAt;
  attribute vec4 aPlace;
  attribute vec4 aPiece;
  attribute float aAlpha;
  varying vec2 vUv;
  varying float vAlpha;
  void main() {
    vUv = aPiece.xy + uv * aPiece.zw;
    vAlpha = aAlpha;
    vec4 eye = modelViewMatrix * vec4(aAt, 1.0);
    eye.xyz *= 1.0 - uNearer / max(length(eye.xyz), 0.1);
    vec2 corner = position.xy * aPlace.zw + aPlace.xy;
    if (uInSpace > 0.5) {
      eye.xy += corner;
      gl_Position = projectionMatrix * eye;
    } else {
      vec4 clip = projectionMatrix * eye;
      // On whole pixels, so that text is as sharp as the page's.
      vec2 pixel = floor((clip.xy / clip.w * 0.5 + 0.5) * uView + 0.5 + aPlace.xy - aPlace.zw * 0.5) + aPlace.zw * 0.5;
      pixel += position.xy * aPlace.zw;
      gl_Position = vec4((pixel / uView * 2.0 - 1.0) * clip.w, clip.z, clip.w);
    }
  }`;
const FRAGMENT = /* glsl */ `
  uniform sampler2D uAtlas;
  varying vec2 vUv;
  varying float vAlpha;
  void main() {
    vec4 texel = texture2D(uAtlas, vUv) * vAlpha;
    if (texel.a < 0.01) discard;
    gl_FragColor = texel;
  }`;

export class Plates {
  private readonly mesh: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  private readonly parts: Record<"aAt" | "aPlace" | "aPiece" | "aAlpha", InstancedBufferAttribute>;
  private count = 0;

  /** `inSpace`: sizes are in the layout's units and hidden by what is before them; else in device pixels, before everything. */
  constructor(
    parent: Object3D,
    private readonly room: number,
    inSpace: boolean,
    order: number,
  ) {
    const form = new InstancedBufferGeometry();
    const plane = new PlaneGeometry(1, 1);
    for (const name of ["position", "uv"]) form.setAttribute(name, plane.getAttribute(name));
    form.setIndex(plane.getIndex());
    const made = (size: number) => new InstancedBufferAttribute(new Float32Array(room * size), size);
    this.parts = { aAt: made(3), aPlace: made(4), aPiece: made(4), aAlpha: made(1) };
    for (const [name, part] of Object.entries(this.parts)) form.setAttribute(name, part);
    const material = new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      transparent: true,
      depthTest: inSpace,
      depthWrite: inSpace,
      blending: CustomBlending,
      blendSrc: OneFactor,
      blendDst: OneMinusSrcAlphaFactor,
      uniforms: {
        uAtlas: { value: null },
        uView: { value: new Vector2(1, 1) },
        uInSpace: { value: inSpace ? 1 : 0 },
        uNearer: { value: 0 },
      },
    });
    this.mesh = new Mesh(form, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = order;
    parent.add(this.mesh);
  }

  begin(atlas: Texture, width: number, height: number): void {
    this.count = 0;
    const { uAtlas, uView } = this.mesh.material.uniforms;
    if (uAtlas) uAtlas.value = atlas;
    uView?.value.set(width, height);
  }

  /** A piece with its middle `x`, `y` off the projection of `at`. */
  put(at: Vector3, piece: Piece, x: number, y: number, width: number, height: number, alpha = 1): void {
    if (this.count >= this.room) return;
    this.parts.aAt.setXYZ(this.count, at.x, at.y, at.z);
    this.parts.aPlace.setXYZW(this.count, x, y, width, height);
    this.parts.aPiece.setXYZW(this.count, piece.u, piece.v, piece.du, piece.dv);
    this.parts.aAlpha.setX(this.count, alpha);
    this.count += 1;
  }

  end(): void {
    this.mesh.geometry.instanceCount = this.count;
    this.mesh.visible = this.count > 0;
    for (const part of Object.values(this.parts)) part.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
