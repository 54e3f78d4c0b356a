import { Spherical, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { linesOf } from "../../src/scene/atlas";
import { fitting } from "../../src/scene/camera";
import { grainsFor, MOST_GRAINS, placeOf } from "../../src/scene/grains";
import { FAILING_MS, failing, lively } from "../../src/scene/look";
import { figure } from "../../src/scene/marks";
import { spaced } from "../../src/scene/spaced";
import { wayOf } from "../../src/scene/way";

describe("a way", () => {
  const bent = wayOf([
    [0, 0, 0],
    [6, 0, 0],
    [6, 2, 0],
  ]);

  it("begins and ends at the nodes, and keeps to it beyond", () => {
    for (const [progress, at] of [
      [0, [0, 0, 0]],
      [1, [6, 2, 0]],
      [-3, [0, 0, 0]],
      [9, [6, 2, 0]],
    ] as const)
      expect(bent.at(progress, new Vector3()).distanceTo(new Vector3(...at))).toBeCloseTo(0);
  });

  it("is as long for each part of the progress", () => {
    const places = Array.from({ length: 33 }, (_, index) => bent.at(index / 32, new Vector3()));
    const steps = places.slice(1).map((each, index) => each.distanceTo(places[index] ?? each));
    expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.15);
  });

  it("of one point, or of none, stays where it is", () => {
    expect(
      wayOf([[1, 2, 3]])
        .at(0.7, new Vector3())
        .toArray(),
    ).toEqual([1, 2, 3]);
    expect(wayOf([]).length).toBe(0);
    const still = [1, 1, 1] as const;
    expect(wayOf([still, still]).at(0.5, new Vector3()).toArray()).toEqual([1, 1, 1]);
  });
});

describe("what waits", () => {
  it("is one grain each, and then grows with every doubling, to an end", () => {
    expect([0, 1, 37, 96].map(grainsFor)).toEqual([0, 1, 37, 96]);
    expect(grainsFor(192) - grainsFor(96)).toBe(32);
    expect(grainsFor(1_536) - grainsFor(768)).toBe(32);
    expect(grainsFor(1e12)).toBe(MOST_GRAINS);
    expect(grainsFor(Number.NaN)).toBe(0);
  });

  it("has a place for each, none twice", () => {
    const places = Array.from({ length: MOST_GRAINS }, (_, index) => placeOf(index).join());
    expect(new Set(places).size).toBe(MOST_GRAINS);
    expect(placeOf(0)[1]).toBe(0);
    expect(placeOf(16)[1]).toBe(1);
  });

  it("is a figure that can be read", () => {
    expect([5, 2_400, 9_999, 1_234_567].map(figure)).toEqual(["5", "2,400", "9,999", "1,235k"]);
  });
});

describe("names", () => {
  const box = (x: number, rank: number, near = 0.5) => ({ x, y: 50, width: 40, height: 16, rank, near });

  it("give way to more important and nearer ones", () => {
    const [farther, nearer, important] = [box(100, 2, 0.9), box(110, 2, 0.1), box(150, 0)];
    expect(spaced([farther, nearer, important], 300, 100)).toEqual([important, farther]);
    expect(spaced([farther, nearer, box(200, 0)], 300, 100).map((each) => each.x)).toEqual([200, 110]);
  });

  it("are left out beyond the view", () => {
    expect(spaced([box(-5, 0), box(305, 0)], 300, 100)).toEqual([]);
  });

  it("are broken where words end, into two lines at most", () => {
    expect(linesOf("order-queue")).toEqual(["order-queue"]);
    expect(linesOf("archive_deleted_orders")).toEqual(["archive_", "deleted_orders"]);
    expect(linesOf("x".repeat(80))[0]).toHaveLength(30);
  });
});

it("a node fails at once, and less and less", () => {
  expect(failing(undefined)).toBe(0);
  expect(failing({ outcome: "ok", ageMs: 0 })).toBe(0);
  expect(failing({ outcome: "dead", ageMs: 0 })).toBe(1);
  expect(failing({ outcome: "retry", ageMs: FAILING_MS / 2 })).toBeCloseTo(0.5);
  expect(failing({ outcome: "failed", ageMs: FAILING_MS })).toBe(0);
  expect(lively({ ageMs: 60_000, busy: 0 })).toBe(0);
  expect(lively({ ageMs: 60_000, busy: 2 })).toBe(0.5);
});

it.each([0.5, 1, 1.8])("all is within the view, and fills it, where it is %f as wide as high", (wide) => {
  const points = [0, 20].flatMap((x) => [0, 9].flatMap((y) => [0, -14].map((z) => new Vector3(x, y, z))));
  const from = new Vector3().setFromSpherical(new Spherical(1, 1.2, -0.4));
  const { distance, middle } = fitting(points, from, wide, 40);
  const back = from.clone().normalize();
  const right = new Vector3(0, 1, 0).cross(back).normalize();
  const up = back.clone().cross(right);
  const tall = Math.tan((20 * Math.PI) / 180);
  const seen = points.map((point) => {
    const corner = point.clone().sub(middle);
    const away = distance - corner.dot(back);
    return [corner.dot(right) / (away * tall * wide), corner.dot(up) / (away * tall)] as const;
  });
  const reach = Math.max(...seen.flatMap(([x, y]) => [Math.abs(x), Math.abs(y)]));
  expect(reach).toBeLessThanOrEqual(1.001);
  expect(reach).toBeGreaterThan(0.98);
});
