/** Scrapes of `/metrics` as lines over time, and as rows of what was counted. */

import {
  type Histogram,
  histogramBetween,
  histogramOf,
  increaseOf,
  type Labels,
  labelValues,
  merged,
  quantileOf,
  rateOf,
  type Scrape,
  samplesOf,
  totalOf,
} from "./metrics";

/** One value for each time; null where there is none. */
export type Line = { label: string; values: readonly (number | null)[] };
/** `times` are epoch seconds. */
export type Chart = { times: readonly number[]; lines: readonly Line[] };

type Between = (before: Scrape, after: Scrape) => number | null;

const pairs = (scrapes: readonly Scrape[]) =>
  scrapes.slice(1).map((after, index): [Scrape, Scrape] => [scrapes[index] as Scrape, after]);

/** A chart of lines, each a value of two scrapes that follow each other. */
export const charted = (
  scrapes: readonly Scrape[],
  lines: readonly (readonly [label: string, of: Between])[],
): Chart => ({
  times: scrapes.slice(1).map(({ at }) => at / 1000),
  lines: lines.map(([label, of]) => ({ label, values: pairs(scrapes).map(([before, after]) => of(before, after)) })),
});

const latest = (scrapes: readonly Scrape[]) => scrapes[scrapes.length - 1];

/** A counter's rates, a line for each value of a label. */
export function ratesBy(scrapes: readonly Scrape[], name: string, label: string): Chart {
  const last = latest(scrapes);
  const values = last ? labelValues(last, name, label) : [];
  return charted(
    scrapes,
    values.map((value) => [value, (before, after) => rateOf(before, after, name, { [label]: value })]),
  );
}

/** A gauge, a line for each value of a label that was ever above zero. */
export function gaugesBy(scrapes: readonly Scrape[], name: string, label: string): Chart {
  const last = latest(scrapes);
  const values = (last ? labelValues(last, name, label) : []).filter((value) =>
    scrapes.some((each) => (totalOf(each, name, { [label]: value }) ?? 0) > 0),
  );
  return charted(
    scrapes,
    values.map((value) => [value, (_, after) => totalOf(after, name, { [label]: value })]),
  );
}

const MS = 1000;
const ms = (histogram: Histogram | null, q: number) => {
  const seconds = histogram && quantileOf(histogram, q);
  return seconds === null ? null : seconds * MS;
};

/** The median and the 99th percentile of a histogram of seconds, in milliseconds. */
export const durations = (scrapes: readonly Scrape[], name: string): Chart =>
  charted(
    scrapes,
    ([0.5, 0.99] as const).map((q) => [
      `p${q * 100} ms`,
      (before, after) => ms(histogramBetween(before, after, name), q),
    ]),
  );

/** What was counted of one thing: `count` since `before`, or since the start; durations in milliseconds. */
export type Counted = { count: number; perSecond: number | null; p50Ms: number | null; p99Ms: number | null };

/** Since when: an earlier scrape, or null for the start of the process. */
export type Since = Scrape | null;

/** Seconds between; since the start by what the process says of it. */
function secondsOf(since: Since, now: Scrape): number | null {
  if (since !== null) return (now.at - since.at) / 1000;
  const start = totalOf(now, "process_start_time_seconds");
  return start === null ? null : now.at / 1000 - start;
}

/** A counter with its histogram, over all series that have one of these labels. */
export function counted(
  since: Since,
  now: Scrape,
  names: { total: string; took: string },
  ...wanted: readonly Labels[]
): Counted {
  const count = wanted.reduce((sum, labels) => sum + countOf(since, now, names.total, labels), 0);
  const took = merged(
    wanted.map((labels) =>
      since ? histogramBetween(since, now, names.took, labels) : histogramOf(now, names.took, labels),
    ),
  );
  const seconds = secondsOf(since, now);
  const perSecond = seconds === null || seconds <= 0 ? null : count / seconds;
  return { count, perSecond, p50Ms: ms(took, 0.5), p99Ms: ms(took, 0.99) };
}

const countOf = (since: Since, now: Scrape, name: string, labels: Labels) =>
  (since ? increaseOf(since, now, name, labels) : totalOf(now, name, labels)) ?? 0;

const HOPS = { total: "ordermill_hops_total", took: "ordermill_hop_duration_seconds" };
const HTTP = { total: "ordermill_http_requests_total", took: "ordermill_http_request_duration_seconds" };

export type EdgeRow = Counted & { edge: string; function: string; outcomes: Readonly<Record<string, number>> };

/** A row for each edge and function that was ever travelled. */
export function edgeRows(since: Since, now: Scrape): EdgeRow[] {
  const known = new Map<string, Labels>();
  for (const { labels } of samplesOf(now, HOPS.total)) {
    const { edge = "", function: name = "" } = labels;
    known.set(`${edge} ${name}`, { edge, function: name });
  }
  return [...known.values()].map((labels) => {
    const { edge = "", function: name = "" } = labels;
    const outcomes = Object.fromEntries(
      labelValues(now, HOPS.total, "outcome").map((outcome) => {
        return [outcome, countOf(since, now, HOPS.total, { ...labels, outcome })];
      }),
    );
    return { edge, function: name, outcomes, ...counted(since, now, HOPS, labels) };
  });
}

/** The ways to a function: its calls of services are edges of its own too, and not among them. */
export const waysTo = (now: Scrape, name: string): string[] =>
  [...new Set(samplesOf(now, HOPS.total, { function: name }).map(({ labels }) => labels.edge ?? ""))].filter((edge) =>
    edge.endsWith(`>${name}`),
  );

/** One function over all ways to it. */
export const functionCounted = (since: Since, now: Scrape, name: string): Counted =>
  counted(since, now, HOPS, ...waysTo(now, name).map((edge) => ({ edge, function: name })));

export type RouteRow = Counted & { method: string; route: string; statuses: Readonly<Record<string, number>> };

/** A row for each method and route that was ever answered. */
export function routeRows(since: Since, now: Scrape): RouteRow[] {
  const rows = new Map<string, RouteRow>();
  for (const { labels } of samplesOf(now, HTTP.total)) {
    const { method = "", route = "", status = "" } = labels;
    const key = `${method} ${route}`;
    const row = rows.get(key) ?? { method, route, statuses: {}, ...counted(since, now, HTTP, { method, route }) };
    const count = countOf(since, now, HTTP.total, { method, route, status });
    rows.set(key, { ...row, statuses: { ...row.statuses, [status]: count } });
  }
  return [...rows.values()].sort((a, b) => b.count - a.count || a.route.localeCompare(b.route));
}
