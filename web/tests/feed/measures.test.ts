import { expect, test } from "vitest";
import { depthsOf, Meter, poll } from "../../src/feed/poll";

const text = (ok: number, retry: number, buckets: readonly number[]) => `
# TYPE ordermill_hops_total counter
ordermill_hops_total{edge="q>f",function="f",outcome="ok"} ${ok}.0
ordermill_hops_total{edge="q>f",function="f",outcome="retry"} ${retry}
ordermill_hops_total{edge="f>payments",function="f",outcome="ok"} 99
# TYPE ordermill_hop_duration_seconds histogram
ordermill_hop_duration_seconds_bucket{edge="q>f",function="f",le="0.01"} ${buckets[0]}
ordermill_hop_duration_seconds_bucket{edge="q>f",function="f",le="0.1"} ${buckets[1]}
ordermill_hop_duration_seconds_bucket{edge="q>f",function="f",le="+Inf"} ${buckets[2]}
`;

test("rates and percentiles are of what came within the last half minute", () => {
  const meter = new Meter();
  expect(meter.of("f")).toBe(null);
  meter.take(text(100, 0, [100, 100, 100]), 0);
  expect(meter.of("f")).toMatchObject({ total: 100, errors: 0, overS: 0, perSecond: 0 });
  meter.take(text(119, 1, [100, 120, 120]), 10_000);
  const measured = meter.of("f");
  expect(measured).toMatchObject({ perSecond: 2, errorsPerSecond: 0.1, total: 120, errors: 1, overS: 10 });
  expect(measured?.p50Ms).toBeCloseTo(55);
  meter.take(text(119, 1, [100, 120, 120]), 50_000);
  expect(meter.of("f")).toMatchObject({ perSecond: 0, p50Ms: null, overS: 40 });
});

test("a server that began anew is counted from there", () => {
  const meter = new Meter();
  meter.take(text(100, 5, [100, 105, 105]), 0);
  meter.take(text(4, 0, [4, 4, 4]), 2000);
  expect(meter.of("f")).toMatchObject({ perSecond: 2, errorsPerSecond: 0, total: 4, errors: 0 });
});

test("depths by node: queues, tables by the consumer furthest behind, dead letters all together", () => {
  const stream = { stream: "orders", inFlight: 9, parked: 1, dead: 1 };
  const depths = depthsOf(
    {
      queues: [{ queue: "q", depth: 2, inFlight: 7, delayed: 3, dead: 4 }],
      streams: [
        { ...stream, function: "f", behind: 5 },
        { ...stream, function: "g", behind: 2 },
      ],
    },
    "dead-letters",
  );
  expect([...depths]).toEqual([
    ["q", 5],
    ["orders", 6],
    ["dead-letters", 6],
  ]);
});

test("it asks while it is wanted, tells what failed, and stops", async () => {
  const said: unknown[] = [];
  const timers: (() => void)[] = [];
  let [asked, wanted] = [0, true];
  const ask = async () => {
    asked += 1;
    if (asked === 1) throw new Error("no");
  };
  const later = (then: () => void) => {
    timers.push(then);
    return () => timers.splice(0);
  };
  const clock = { now: () => 0, after: (_: number, then: () => void) => later(then) };
  const stop = poll(
    ask,
    1000,
    () => wanted,
    (error) => said.push(error),
    clock,
  );
  const turn = async () => {
    for (let each = 0; each < 5; each += 1) await Promise.resolve();
    timers.shift()?.();
    for (let each = 0; each < 5; each += 1) await Promise.resolve();
  };
  await turn();
  wanted = false;
  await turn();
  expect([asked, String(said[0]), said[1]]).toEqual([2, "Error: no", null]);
  stop();
  expect(timers).toHaveLength(0);
});
