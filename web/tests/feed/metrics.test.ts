import { describe, expect, test } from "vitest";
import {
  histogramBetween,
  histogramOf,
  increaseOf,
  labelValues,
  MetricsError,
  parseMetrics,
  quantileOf,
  rateOf,
  samplesOf,
  totalOf,
} from "../../src/feed/metrics";
import { kept } from "../../src/feed/scrape";

const TEXT = `# HELP ordermill_hops_total Edges travelled by messages and requests.
# TYPE ordermill_hops_total counter
ordermill_hops_total{edge="order-queue>process_order",function="process_order",outcome="ok"} 7.0
ordermill_hops_total{edge="order-queue>process_order",function="process_order",outcome="dead"} 2.0
ordermill_hops_total{edge="mail-queue>send_email",function="send_email",outcome="ok"} 1e+01
# HELP took How long.
# TYPE took histogram
took_bucket{edge="a",le="0.001"} 1.0
took_bucket{edge="a",le="0.01"} 3.0
took_bucket{edge="a",le="+Inf"} 4.0
took_count{edge="a"} 4.0
took_sum{edge="a"} 5.5
took_bucket{edge="b",le="0.001"} 0.0
took_bucket{edge="b",le="0.01"} 6.0
took_bucket{edge="b",le="+Inf"} 6.0
took_count{edge="b"} 6.0
took_sum{edge="b"} 0.03
# TYPE took_count_of_all gauge
took_count_of_all 3
`;
const at = (text: string, ms = 0) => parseMetrics(text, ms);

describe("the text format", () => {
  test("families have their type, help and samples", () => {
    const { families } = at(TEXT);
    expect([...families.keys()]).toEqual(["ordermill_hops_total", "took", "took_count_of_all"]);
    expect(families.get("ordermill_hops_total")).toMatchObject({
      type: "counter",
      help: "Edges travelled by messages and requests.",
    });
    expect(families.get("took")?.samples).toHaveLength(10);
  });

  test("a label may hold any text", () => {
    const hostile = String.raw`x{a="\"},{\\n","b"="} 1`;
    expect(() => at(hostile)).toThrow(MetricsError);
    const [sample] = samplesOf(at(String.raw`x{a="say \"hi\", } 1 \\n\n",b="="} 1`), "x");
    expect(sample?.labels).toEqual({ a: 'say "hi", } 1 \\n\n', b: "=" });
  });

  test("numbers as they may come", () => {
    const scrape = at("a 1e-3\nb +Inf\nc -Inf\nd NaN\ne 3 1700000000000\n# EOF\n\n");
    expect(["a", "b", "c", "d", "e"].map((name) => totalOf(scrape, name))).toEqual([
      0.001,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      3,
    ]);
  });

  test.each(["a", "a one", 'a{b="c} 1', "a{b=c} 1", "{} 1", "a 1 2 3"])("%s is refused with its line", (line) => {
    expect(() => at(`ok 1\n${line}`)).toThrow(/Line 2/);
  });
});

describe("values", () => {
  test("are the sum of what has the labels, and null where nothing has", () => {
    const scrape = at(TEXT);
    expect(totalOf(scrape, "ordermill_hops_total")).toBe(19);
    expect(totalOf(scrape, "ordermill_hops_total", { function: "process_order" })).toBe(9);
    expect(totalOf(scrape, "ordermill_hops_total", { function: "no_such" })).toBeNull();
    expect(totalOf(scrape, "no_such")).toBeNull();
    expect(labelValues(scrape, "ordermill_hops_total", "function")).toEqual(["process_order", "send_email"]);
  });

  test("a counter's rate is what it grew by a second", () => {
    const before = at('n{o="x"} 10\nn{o="y"} 1', 1000);
    const after = at('n{o="x"} 30\nn{o="y"} 1\nn{o="z"} 4', 3000);
    expect(increaseOf(before, after, "n")).toBe(24);
    expect(rateOf(before, after, "n")).toBe(12);
    expect(rateOf(before, after, "n", { o: "y" })).toBe(0);
    expect(rateOf(after, after, "n")).toBeNull();
    expect(rateOf(before, after, "m")).toBeNull();
  });

  test("a counter that began anew counts from zero", () => {
    expect(increaseOf(at('n{o="x"} 10\nn{o="y"} 5'), at('n{o="x"} 3\nn{o="y"} 6'), "n")).toBe(4);
  });
});

describe("histograms", () => {
  test("series are added up bucket by bucket", () => {
    expect(histogramOf(at(TEXT), "took")).toEqual({
      bounds: [0.001, 0.01, Number.POSITIVE_INFINITY],
      counts: [1, 8, 1],
      sum: 5.53,
      count: 10,
    });
    expect(histogramOf(at(TEXT), "took", { edge: "c" })).toBeNull();
  });

  test("a quantile is interpolated in its bucket", () => {
    const of = (counts: number[]) => ({ bounds: [1, 10, Number.POSITIVE_INFINITY], counts, sum: 0, count: 0 });
    expect(quantileOf(of([4, 0, 0]), 0.5)).toBe(0.5);
    expect(quantileOf(of([2, 8, 0]), 0.5)).toBeCloseTo(1 + (9 * 3) / 8);
    expect(quantileOf(of([0, 4, 0]), 1)).toBe(10);
    expect(quantileOf(of([1, 0, 9]), 0.99)).toBe(10);
    expect(quantileOf(of([0, 0, 0]), 0.5)).toBeNull();
  });

  test("between two scrapes there is what came in between", () => {
    const before = at('# TYPE t histogram\nt_bucket{le="1"} 5\nt_bucket{le="+Inf"} 6\nt_count 6\nt_sum 9');
    const after = at('# TYPE t histogram\nt_bucket{le="1"} 5\nt_bucket{le="+Inf"} 9\nt_count 9\nt_sum 30');
    expect(histogramBetween(before, after, "t")).toMatchObject({ counts: [0, 3], sum: 21, count: 3 });
    expect(histogramBetween(after, before, "t")).toMatchObject({ counts: [5, 1], sum: 9, count: 6 });
    expect(histogramBetween(at(""), after, "t")).toMatchObject({ count: 9 });
  });
});

test("a window keeps what it needs, and no more", () => {
  const empty = (ms: number) => at("", ms);
  let scrapes: ReturnType<typeof kept> = [];
  for (let ms = 0; ms <= 100_000; ms += 1000) scrapes = kept(scrapes, empty(ms), 10_000);
  expect(scrapes.map((scrape) => scrape.at)).toEqual(
    [90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100].map((s) => s * 1000),
  );
});
