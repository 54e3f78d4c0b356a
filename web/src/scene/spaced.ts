/** Which names are shown where not all have room: the most important first, the nearer before the farther. */

/** A name on the screen; `x`, `y` its middle. Lower ranks and nearer ones come first. */
export type Box = { x: number; y: number; width: number; height: number; rank: number; near: number };

/** Those that are within `width` by `height` and cover no other one that is kept. */
export function spaced<T extends Box>(boxes: readonly T[], width: number, height: number): T[] {
  const kept: T[] = [];
  const inside = (each: Box) => each.x > 0 && each.x < width && each.y > 0 && each.y < height;
  for (const box of boxes.filter(inside).sort((a, b) => a.rank - b.rank || a.near - b.near)) {
    if (!kept.some((other) => overlap(box, other))) kept.push(box);
  }
  return kept;
}

const overlap = (one: Box, other: Box): boolean =>
  Math.abs(one.x - other.x) < (one.width + other.width) / 2 + 1 &&
  Math.abs(one.y - other.y) < (one.height + other.height) / 2 + 1;
