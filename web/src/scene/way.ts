/** The smooth way along an edge's path, by length: halfway in progress is halfway in distance. */

import { CatmullRomCurve3, Vector3 } from "three";
import type { Point } from "../model/types";

export type Way = {
  length: number;
  /** Points in equal distances, from the first to the last. */
  points: readonly Vector3[];
  /** Where one is at `progress` (0 to 1). Writes into `into`. */
  at(progress: number, into: Vector3): Vector3;
};

const STEPS = 32;

/** A way through all of `path`; one that is too short to have a direction stays where it begins. */
export function wayOf(path: readonly Point[]): Way {
  const corners = path
    .map(([x, y, z]) => new Vector3(x, y, z))
    .filter((each, index, all) => index === 0 || each.distanceToSquared(all[index - 1] ?? each) > 1e-8);
  const start = corners[0] ?? new Vector3();
  if (corners.length < 2) return { length: 0, points: [start], at: (_, into) => into.copy(start) };
  const curve = new CatmullRomCurve3(corners, false, "centripetal");
  const points = curve.getSpacedPoints(STEPS);
  return {
    length: curve.getLength(),
    points,
    at(progress, into) {
      const place = Math.min(1, Math.max(0, progress)) * (points.length - 1);
      const before = Math.min(points.length - 2, Math.floor(place));
      const from = points[before] ?? start;
      return into.lerpVectors(from, points[before + 1] ?? from, place - before);
    },
  };
}
