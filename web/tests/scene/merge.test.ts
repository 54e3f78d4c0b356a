import { describe, expect, it } from "vitest";
import type { Packet } from "../../src/model/types";
import { merged, sizeOf } from "../../src/scene/merge";

const packet = (seq: number, more: Partial<Packet> = {}): Packet => ({
  seq,
  orderId: `ord_${seq}`,
  edge: `edge-${seq % 7}`,
  progress: (seq % 100) / 100,
  outcome: seq % 50 === 0 ? "failed" : "ok",
  weight: 1,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, index) => packet(index));
const weight = (packets: readonly Packet[]) => packets.reduce((sum, each) => sum + each.weight, 0);

describe("packets are merged", () => {
  it("not at all while there is room", () => {
    const packets = many(100);
    expect(merged(packets, 100)).toBe(packets);
  });

  it.each([4_096, 500, 64, 14])("to at most %i, without losing any weight", (most) => {
    const fewer = merged(many(20_000), most);
    expect(fewer.length).toBeLessThanOrEqual(most);
    expect(weight(fewer)).toBe(20_000);
  });

  it("only with those of the same edge and outcome", () => {
    const fewer = merged(many(20_000), 64);
    for (const edge of new Set(many(20_000).map((each) => each.edge)))
      for (const outcome of ["ok", "failed"] as const) {
        const of = (all: readonly Packet[]) => all.filter((each) => each.edge === edge && each.outcome === outcome);
        expect(weight(of(fewer))).toBe(weight(of(many(20_000))));
      }
  });

  it("into their middle, by weight", () => {
    const pair = [packet(7, { progress: 0.2, weight: 3 }), packet(14, { progress: 0.4, weight: 1 })];
    const rest = Array.from({ length: 3 }, (_, index) => packet(21 + 7 * index, { edge: "other", progress: 0.5 }));
    const fewer = merged([...pair, ...rest], 2);
    expect(fewer.map((each) => [each.edge, each.weight])).toEqual([
      ["edge-0", 4],
      ["other", 3],
    ]);
    expect(fewer[0]?.progress).toBeCloseTo(0.25);
    expect(fewer[0]?.orderId).toBeNull();
  });

  it("but for those of the order that is followed", () => {
    const own = packet(3, { orderId: "ord_x", edge: "edge-3" });
    expect(merged([...many(1_000), own], 50, "ord_x")).toContainEqual(own);
  });

  it("heaviest first where there are more edges than room", () => {
    const each = Array.from({ length: 40 }, (_, index) => packet(index, { edge: `edge ${index}`, weight: index + 1 }));
    expect(merged(each, 10).map(({ weight }) => weight)).toEqual([40, 39, 38, 37, 36, 35, 34, 33, 32, 31]);
  });
});

it("what stands for more is larger, within bounds", () => {
  expect(sizeOf(1)).toBe(1);
  expect(sizeOf(64)).toBeGreaterThan(sizeOf(8));
  expect(sizeOf(1e9)).toBeLessThanOrEqual(2.4);
});
