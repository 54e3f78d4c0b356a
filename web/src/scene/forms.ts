/** The forms of nodes, by kind: so that they are told apart without colour. Each is about `NODE` wide, around its middle. */

import { type BufferGeometry, LatheGeometry, Vector2 } from "three";
import { RoundedBoxGeometry } from "three/examples/jsm/geometries/RoundedBoxGeometry.js";
import type { NodeKind } from "../model/types";
import { NODE } from "./look";

/** A body turned around its axis, with rounded rims: `top` and `foot` are radii. */
function turned(top: number, foot: number, height: number, sides: number): BufferGeometry {
  const rim = 0.13;
  const profile: Vector2[] = [new Vector2(0.0001, -height / 2)];
  const round = (radius: number, y: number, from: number) => {
    for (let step = 0; step <= 5; step += 1) {
      const angle = from + (step / 5) * (Math.PI / 2);
      profile.push(new Vector2(radius - rim + Math.cos(angle) * rim, y + Math.sin(angle) * rim));
    }
  };
  round(foot, -height / 2 + rim, -Math.PI / 2);
  round(top, height / 2 - rim, 0);
  profile.push(new Vector2(0.0001, height / 2));
  return new LatheGeometry(profile, sides);
}

const box = (width: number, height: number, depth: number, radius: number) =>
  new RoundedBoxGeometry(width, height, depth, 4, radius);

const FORMS: Record<NodeKind, () => BufferGeometry> = {
  form: () => box(NODE * 1.1, NODE * 0.9, NODE * 0.55, 0.14),
  api: () => box(NODE * 1.15, NODE * 1.05, NODE * 0.8, 0.2),
  function: () => box(NODE * 0.95, NODE * 0.95, NODE * 0.95, 0.26),
  queue: () => box(NODE * 1.5, NODE * 0.72, NODE * 0.8, 0.3),
  table: () => turned(NODE * 0.56, NODE * 0.56, NODE * 0.95, 40),
  topic: () => turned(NODE * 0.6, NODE * 0.6, NODE * 0.9, 6),
  bucket: () => turned(NODE * 0.62, NODE * 0.48, NODE * 0.95, 40),
  workflow: () => box(NODE * 1.3, NODE * 0.95, NODE * 0.95, 0.14),
  service: () => turned(NODE * 0.5, NODE * 0.6, NODE * 0.85, 8),
  letters: () => box(NODE * 1.5, NODE * 0.72, NODE * 0.9, 0.08),
  logs: () => box(NODE * 1.2, NODE * 0.8, NODE * 0.6, 0.1),
};

export const formOf = (kind: NodeKind): BufferGeometry => FORMS[kind]();

/** Half the height of a kind's form: what stands on it begins there. */
export const topOf = (kind: NodeKind): number => (kind === "queue" || kind === "letters" ? NODE * 0.36 : NODE * 0.475);
