/** The material of nodes: tinted glass, clear in the middle and denser at its edges. One for all, as light comes from above alone. */

import { BackSide, Color, ShaderMaterial } from "three";
import type { Look } from "./look";

const VERTEX = /* glsl */ `
  varying vec3 vNormal;
  varying vec3 vEye;
  varying vec3 vTint;
  varying float vUp;
  void main() {
    mat3 turn = mat3(instanceMatrix);
    vec3 place = vec3(instanceMatrix[3]);
    vec3 facing = normalize(turn * normal);
    vec4 eye = modelViewMatrix * vec4(place + turn * position, 1.0);
    vNormal = normalize(normalMatrix * facing);
    vEye = -eye.xyz;
    vUp = facing.y;
    vTint = instanceColor;
    gl_Position = projectionMatrix * eye;
  }`;

const FRAGMENT = /* glsl */ `
  uniform vec3 uGlass;
  uniform float uShade;
  varying vec3 vNormal;
  varying vec3 vEye;
  varying vec3 vTint;
  varying float vUp;
  void main() {
    vec3 eye = normalize(vEye);
    float facing = abs(dot(normalize(vNormal), eye));
    float rim = pow(1.0 - facing, 2.2);
    vec3 light = normalize(vec3(0.25, 0.9, 0.55));
    float shine = pow(max(dot(normalize(light + eye), normalize(vNormal)), 0.0), 60.0);
    float sky = vUp * 0.5 + 0.5;
    vec3 body = mix(vTint, uGlass, 0.34 + 0.26 * sky);
    vec3 colour = mix(body, vTint, rim * 0.85) + shine * 0.5;
    float alpha = mix(uShade + 0.12 * sky, 0.92, rim) + shine * 0.4;
    gl_FragColor = vec4(colour, min(alpha, 1.0));
    #include <colorspace_fragment>
  }`;

/** Made for instances with a colour each. */
export const glassMaterial = (): ShaderMaterial =>
  new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    transparent: true,
    depthWrite: false,
    uniforms: { uGlass: { value: new Color() }, uShade: { value: 0.3 } },
  });

export function tintGlass(material: ShaderMaterial, look: Look): void {
  material.uniforms.uGlass?.value.set(look.glass);
  if (material.uniforms.uShade) material.uniforms.uShade.value = look.shade;
}

/** A line around a form: its far side, larger by `width`, and by about a pixel at least; with 0 its far side as it is. */
export const hullMaterial = (width: number): ShaderMaterial =>
  new ShaderMaterial({
    side: BackSide,
    transparent: true,
    depthWrite: false,
    uniforms: { uWidth: { value: width } },
    vertexShader: /* glsl */ `
      uniform float uWidth;
      varying vec3 vTint;
      void main() {
        vTint = instanceColor;
        vec3 place = vec3(instanceMatrix[3]);
        vec3 corner = mat3(instanceMatrix) * position;
        vec4 eye = modelViewMatrix * vec4(place + corner, 1.0);
        vec3 facing = normalize(normalMatrix * normal);
        eye.xyz += facing * (uWidth > 0.0 ? max(uWidth, -eye.z * 0.0042) : 0.0);
        gl_Position = projectionMatrix * eye;
      }`,
    fragmentShader: /* glsl */ `
      varying vec3 vTint;
      void main() {
        gl_FragColor = vec4(vTint, 1.0);
        #include <colorspace_fragment>
      }`,
  });
