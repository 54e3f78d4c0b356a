/** What `/metrics` counts of each function, and what came between two readings of it. */

import { type Histogram, type Scrape, samplesOf } from "./metrics";

/** Of one function since the server's start: hops by outcome, and how many took at most so many seconds. */
export type Counts = { outcomes: Map<string, number>; upTo: Map<number, number> };

/** By function; its calls outside count as their own edge's, so they are left out of its durations and outcomes. */
export function countsOf(scrape: Scrape): Map<string, Counts> {
  const found = new Map<string, Counts>();
  const each = (
    family: string,
    take: (counts: Counts, labels: Readonly<Record<string, string>>, value: number) => void,
  ) => {
    for (const { labels, value } of samplesOf(scrape, family)) {
      const { function: by, edge = "" } = labels;
      if (by === undefined || edge.startsWith(`${by}>`)) continue;
      const counts = found.get(by) ?? { outcomes: new Map(), upTo: new Map() };
      found.set(by, counts);
      take(counts, labels, value);
    }
  };
  each("ordermill_hops_total", ({ outcomes }, { outcome = "" }, value) => add(outcomes, outcome, value));
  each("ordermill_hop_duration_seconds", ({ upTo }, { le }, value) => {
    if (le !== undefined) add(upTo, le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), value);
  });
  return found;
}

function add<Key>(counts: Map<Key, number>, key: Key, value: number) {
  counts.set(key, (counts.get(key) ?? 0) + value);
}

/** What came between two readings; a counter that fell began anew. */
export function between(before: Counts | undefined, after: Counts): Counts {
  const less = <Key>(now: Map<Key, number>, then: Map<Key, number> | undefined) => {
    const fell = [...now].some(([key, value]) => value < (then?.get(key) ?? 0));
    return new Map([...now].map(([key, value]) => [key, fell ? value : value - (then?.get(key) ?? 0)]));
  };
  return { outcomes: less(after.outcomes, before?.outcomes), upTo: less(after.upTo, before?.upTo) };
}

/** The durations, in seconds. */
export function durationsOf(counts: Counts): Pick<Histogram, "bounds" | "counts"> {
  const sorted = [...counts.upTo].sort(([a], [b]) => a - b);
  const cumulative = sorted.map(([, count]) => count);
  return {
    bounds: sorted.map(([bound]) => bound),
    counts: cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0)),
  };
}
