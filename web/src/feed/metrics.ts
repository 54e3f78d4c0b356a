/** What `/metrics` says: Prometheus' text format (0.0.4) as families of samples, and what can be told from them. */

export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "untyped";
export type Labels = Readonly<Record<string, string>>;
/** `name` has the ending of a histogram's part: `_bucket`, `_sum` or `_count`. */
export type Sample = { name: string; labels: Labels; value: number };
export type Family = { name: string; type: MetricType; help: string; samples: readonly Sample[] };
/** One answer of `/metrics`; `at` is when it was read, in epoch ms. */
export type Scrape = { at: number; families: ReadonlyMap<string, Family> };

/** `counts[i]` lie in (bounds[i - 1], bounds[i]]; the last bound is Infinity. In the metric's unit, mostly seconds. */
export type Histogram = { bounds: readonly number[]; counts: readonly number[]; sum: number; count: number };

/** A line is not of the format; `line` counts from 1. */
export class MetricsError extends Error {
  constructor(
    readonly line: number,
    readonly text: string,
  ) {
    super(`Line ${line} of the metrics can't be read: ${text.slice(0, 80)}`);
    this.name = "MetricsError";
  }
}

const TYPES = new Set<string>(["counter", "gauge", "histogram", "summary", "untyped"]);
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,[ \t]*|$)/y;
const PARTS: Partial<Record<MetricType, RegExp>> = { histogram: /_(bucket|sum|count)$/, summary: /_(sum|count)$/ };
const ESCAPED: Record<string, string> = { n: "\n", '"': '"', "\\": "\\" };

const unescaped = (text: string) => text.replace(/\\(.)/g, (all, letter: string) => ESCAPED[letter] ?? all);

function valueIn(text: string): number | null {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

function labelsIn(text: string): Labels | null {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (found === null) return null;
    labels[found[1] as string] = unescaped(found[2] as string);
  }
  return labels;
}

function sampleIn(line: string): Sample | null {
  const [, name, labelled, number] = SAMPLE.exec(line) ?? [];
  if (name === undefined || number === undefined) return null;
  const value = valueIn(number);
  const labels = labelsIn(labelled ?? "");
  return value === null || labels === null ? null : { name, labels, value };
}

type Growing = Family & { samples: Sample[] };

/** The families of one answer. Throws MetricsError where a line is not of the format. */
export function parseMetrics(text: string, at: number): Scrape {
  const families = new Map<string, Growing>();
  const family = (name: string) => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const made: Growing = { name, type: "untyped", help: "", samples: [] };
    families.set(name, made);
    return made;
  };
  const ofSample = (name: string) => {
    const whole = families.get(name.replace(/_(bucket|sum|count)$/, ""));
    return whole !== undefined && PARTS[whole.type]?.test(name) ? whole : family(name);
  };
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const [, kind, name, rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === "HELP" && name !== undefined) family(name).help = unescaped(rest);
    else if (kind === "TYPE" && name !== undefined)
      family(name).type = TYPES.has(rest) ? (rest as MetricType) : "untyped";
    else if (line !== "" && !line.startsWith("#")) {
      const sample = sampleIn(line);
      if (sample === null) throw new MetricsError(index + 1, line);
      ofSample(sample.name).samples.push(sample);
    }
  }
  return { at, families };
}

/** Keeps the samples that have all of `labels`. */
const having = (samples: readonly Sample[], labels: Labels) =>
  samples.filter((sample) => Object.entries(labels).every(([name, value]) => sample.labels[name] === value));

/** A family's samples that have all of `labels`; none where the family isn't there. */
export const samplesOf = (scrape: Scrape, name: string, labels: Labels = {}): Sample[] =>
  having(scrape.families.get(name)?.samples ?? [], labels);

/** Their sum, or null where there are none: not counted yet is not zero. For counters and gauges. */
export function totalOf(scrape: Scrape, name: string, labels: Labels = {}): number | null {
  const samples = samplesOf(scrape, name, labels);
  return samples.length === 0 ? null : samples.reduce((sum, { value }) => sum + value, 0);
}

/** The values a label has in a family, sorted. */
export const labelValues = (scrape: Scrape, name: string, label: string): string[] =>
  [...new Set(samplesOf(scrape, name).flatMap(({ labels }) => labels[label] ?? []))].sort();

/** The series with all of `labels`, added up bucket by bucket; null where there are none. */
export function histogramOf(scrape: Scrape, name: string, labels: Labels = {}): Histogram | null {
  const upTo = new Map<number, number>();
  const samples = samplesOf(scrape, name, labels);
  const total = (part: string) =>
    samples.reduce((sum, sample) => (sample.name === `${name}_${part}` ? sum + sample.value : sum), 0);
  for (const sample of samples) {
    const bound = sample.name === `${name}_bucket` ? valueIn(sample.labels.le ?? "") : null;
    if (bound !== null) upTo.set(bound, (upTo.get(bound) ?? 0) + sample.value);
  }
  if (upTo.size === 0) return null;
  const bounds = [...upTo.keys()].sort((a, b) => a - b);
  const cumulative = bounds.map((bound) => upTo.get(bound) ?? 0);
  const counts = cumulative.map((value, index) => value - (cumulative[index - 1] ?? 0));
  return { bounds, counts, sum: total("sum"), count: total("count") };
}

/** Histograms of the same bounds, added up; null where there are none. */
export function merged(histograms: readonly (Histogram | null)[]): Histogram | null {
  const [first, ...rest] = histograms.filter((each) => each !== null);
  if (first === undefined) return null;
  return rest.reduce<Histogram>(
    (sum, each) => ({
      bounds: sum.bounds,
      counts: sum.counts.map((count, index) => count + (each.counts[index] ?? 0)),
      sum: sum.sum + each.sum,
      count: sum.count + each.count,
    }),
    first,
  );
}

/** The value that the share `q` (0 to 1) lies at or below, interpolated within its bucket; null without any.
 *
 * What lies beyond the last finite bound counts as that bound, so a quantile there is "at least".
 */
export function quantileOf(histogram: Pick<Histogram, "bounds" | "counts">, q: number): number | null {
  const all = histogram.counts.reduce((sum, count) => sum + count, 0);
  if (all <= 0) return null;
  let seen = 0;
  let low = 0;
  for (const [index, bound] of histogram.bounds.entries()) {
    const count = histogram.counts[index] ?? 0;
    if (!Number.isFinite(bound)) break;
    if (count > 0 && seen + count >= q * all) return low + ((bound - low) * Math.max(0, q * all - seen)) / count;
    seen += count;
    low = bound;
  }
  return low;
}

/** How much a counter grew; one that is lower than it was began anew, so all it shows is new. */
const grown = (before: number, after: number) => (after >= before ? after - before : after);

/** What was counted between two scrapes; null where the counter isn't there. */
export function increaseOf(before: Scrape, after: Scrape, name: string, labels: Labels = {}): number | null {
  const now = samplesOf(after, name, labels);
  if (now.length === 0) return null;
  const then = new Map(samplesOf(before, name, labels).map((sample) => [keyOf(sample), sample.value]));
  return now.reduce((sum, sample) => sum + grown(then.get(keyOf(sample)) ?? 0, sample.value), 0);
}

const keyOf = ({ name, labels }: Sample) => JSON.stringify([name, Object.entries(labels).sort()]);

/** That per second; null without time between them. */
export function rateOf(before: Scrape, after: Scrape, name: string, labels: Labels = {}): number | null {
  const increase = increaseOf(before, after, name, labels);
  return increase === null || after.at <= before.at ? null : (increase / (after.at - before.at)) * 1000;
}

/** What a histogram gained between two scrapes; null where it isn't there. */
export function histogramBetween(before: Scrape, after: Scrape, name: string, labels: Labels = {}): Histogram | null {
  const now = histogramOf(after, name, labels);
  const then = histogramOf(before, name, labels);
  if (now === null || then === null || now.count < then.count) return now;
  const had = new Map(then.bounds.map((bound, index) => [bound, then.counts[index] ?? 0]));
  const counts = now.counts.map((count, index) => count - (had.get(now.bounds[index] as number) ?? 0));
  return { bounds: now.bounds, counts, sum: now.sum - then.sum, count: now.count - then.count };
}
