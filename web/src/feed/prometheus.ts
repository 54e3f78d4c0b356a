/** Prometheus' text format, as far as `/metrics` uses it, and what two readings of it tell. */

export type Sample = { name: string; labels: Readonly<Record<string, string>>; value: number };

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Record<string, string> = { n: "\n", "\\": "\\", '"': '"' };

/** Every sample of the text; comments and what can't be read are left out. */
export function parseMetrics(text: string): Sample[] {
  const found: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, inner = "", said = ""] = LINE.exec(line) ?? [];
    const value = said === "+Inf" ? Infinity : Number(said);
    if (name === undefined || Number.isNaN(value)) continue;
    const labels: Record<string, string> = {};
    for (const [, key = "", raw = ""] of inner.matchAll(LABEL))
      labels[key] = raw.replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
    found.push({ name, labels, value });
  }
  return found;
}

/** What is counted of one function since the server's start: hops by outcome, and durations by upper bound (seconds). */
export type Counts = { outcomes: Map<string, number>; buckets: Map<number, number> };

/** By function; its calls outside count as their own edge's, so they are left out of its durations and outcomes. */
export function countsOf(samples: readonly Sample[]): Map<string, Counts> {
  const found = new Map<string, Counts>();
  const of = (name: string) => {
    const known = found.get(name) ?? { outcomes: new Map(), buckets: new Map() };
    found.set(name, known);
    return known;
  };
  for (const { name, labels, value } of samples) {
    const { function: by, edge = "", outcome = "", le } = labels;
    if (by === undefined || edge.startsWith(`${by}>`)) continue;
    if (name === "ordermill_hops_total") add(of(by).outcomes, outcome, value);
    if (name === "ordermill_hop_duration_seconds_bucket" && le !== undefined)
      add(of(by).buckets, le === "+Inf" ? Infinity : Number(le), value);
  }
  return found;
}

function add<Key>(counts: Map<Key, number>, key: Key, value: number) {
  counts.set(key, (counts.get(key) ?? 0) + value);
}

/** Upper bound (seconds) to how many were at most as long, in growing order. */
export type Histogram = readonly (readonly [le: number, count: number])[];

/** What came between two readings; a counter that fell began anew. */
export function between(before: Counts | undefined, after: Counts): Counts {
  const less = <Key>(now: Map<Key, number>, then: Map<Key, number> | undefined) => {
    const fell = [...now].some(([key, value]) => value < (then?.get(key) ?? 0));
    return new Map([...now].map(([key, value]) => [key, fell ? value : value - (then?.get(key) ?? 0)]));
  };
  return { outcomes: less(after.outcomes, before?.outcomes), buckets: less(after.buckets, before?.buckets) };
}

export const histogramOf = (counts: Counts): Histogram => [...counts.buckets].sort(([a], [b]) => a - b);

/**
 * The quantile in seconds, interpolated within its bucket as Prometheus does; null where nothing was counted. What lies
 * beyond the last bound is told as that bound.
 */
export function quantile(histogram: Histogram, q: number): number | null {
  const total = histogram.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const rank = q * total;
  let [lower, below] = [0, 0];
  for (const [le, count] of histogram) {
    if (count >= rank) {
      if (le === Infinity) return lower;
      return count === below ? le : lower + ((le - lower) * (rank - below)) / (count - below);
    }
    [lower, below] = [le, count];
  }
  return lower;
}
