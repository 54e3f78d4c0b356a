/** What waits, as matter: grains that fill a column, one for each up to a hundred, then fewer and fewer more. */

const EACH = 96;
const PER_DOUBLING = 32;
export const MOST_GRAINS = 384;
const ROW = 4;

/** How many grains stand for `depth` things: as many up to 96, then 32 more whenever it doubles; at most 384. */
export function grainsFor(depth: number): number {
  if (!(depth > 0)) return 0;
  if (depth <= EACH) return Math.ceil(depth);
  return Math.min(MOST_GRAINS, Math.round(EACH + PER_DOUBLING * Math.log2(depth / EACH)));
}

/** The place of a grain in its column, in steps: across, up and in depth, from the middle of the lowest layer. */
export function placeOf(index: number): readonly [x: number, y: number, z: number] {
  const layer = Math.floor(index / (ROW * ROW));
  const within = index % (ROW * ROW);
  return [(within % ROW) - (ROW - 1) / 2, layer, Math.floor(within / ROW) - (ROW - 1) / 2];
}
