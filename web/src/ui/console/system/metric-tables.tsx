/** What was counted, as tables. */

import type { Scrape } from "../../../feed/metrics";
import { histogramBetween, histogramOf, quantileOf } from "../../../feed/metrics";
import type { EdgeRow, RouteRow, Since } from "../../../feed/series";
import { Facts, Pill, Table, type Tone } from "../../kit/data";
import { NodeLink } from "../../kit/links";
import { count, millis, perSecond } from "../../kit/numbers";
import { Empty } from "../../kit/surfaces";

const BAD: readonly (readonly [string, Tone])[] = [
  ["retry", "warn"],
  ["failed", "warn"],
  ["dead", "bad"],
];

/** What went otherwise than well, and how often. */
const Troubles = (props: { outcomes: Readonly<Record<string, number>> }) => {
  const found = BAD.flatMap(([outcome, tone]) => {
    const times = props.outcomes[outcome] ?? 0;
    return times > 0 ? [{ outcome, tone, times }] : [];
  });
  if (found.length === 0) return <span class="text-soft">none</span>;
  return (
    <span class="flex flex-wrap gap-1.5">
      {found.map(({ outcome, tone, times }) => (
        <Pill key={outcome} tone={tone}>
          {count(times)} {outcome}
        </Pill>
      ))}
    </span>
  );
};

export function EdgeTable(props: { rows: readonly EdgeRow[] }) {
  if (props.rows.length === 0)
    return (
      <Empty title="Nothing has happened since the start">
        Place an order, or run <code class="font-mono">ordermill demo</code>.
      </Empty>
    );
  return (
    <Table
      caption="What each edge counted"
      rows={props.rows}
      rowKey={({ edge, function: name }) => `${edge} ${name}`}
      columns={[
        { head: "Function", cell: (row) => <NodeLink name={row.function} /> },
        { head: "Edge", cell: ({ edge }) => <span class="break-all font-mono text-xs">{edge}</span> },
        { head: "Hops", numeric: true, cell: (row) => count(row.count) },
        { head: "Rate", numeric: true, cell: (row) => perSecond(row.perSecond) },
        { head: "p50", numeric: true, cell: ({ p50Ms }) => millis(p50Ms) },
        { head: "p99", numeric: true, cell: ({ p99Ms }) => millis(p99Ms) },
        { head: "Not ok", cell: ({ outcomes }) => <Troubles outcomes={outcomes} /> },
      ]}
    />
  );
}

export const RouteTable = (props: { rows: readonly RouteRow[] }) => (
  <Table
    caption="Routes"
    rows={props.rows}
    rowKey={({ method, route }) => `${method} ${route}`}
    columns={[
      { head: "Route", cell: ({ method, route }) => <span class="font-mono text-xs">{`${method} ${route}`}</span> },
      { head: "Answers", numeric: true, cell: (row) => count(row.count) },
      { head: "Rate", numeric: true, cell: (row) => perSecond(row.perSecond) },
      { head: "p50", numeric: true, cell: ({ p50Ms }) => millis(p50Ms) },
      { head: "p99", numeric: true, cell: ({ p99Ms }) => millis(p99Ms) },
      {
        head: "By status",
        cell: ({ statuses }) => (
          <span class="flex flex-wrap gap-1.5">
            {Object.entries(statuses)
              .filter(([, times]) => times > 0)
              .map(([status, times]) => (
                <Pill key={status} tone={status >= "500" ? "bad" : status >= "400" ? "warn" : "plain"}>
                  {status}: {count(times)}
                </Pill>
              ))}
          </span>
        ),
      },
    ]}
  />
);

/** How many commits there were, how long they took, and how much rode in each. */
export function CommitFacts(props: { since: Since; now: Scrape }) {
  const of = (name: string) =>
    props.since ? histogramBetween(props.since, props.now, name) : histogramOf(props.now, name);
  const took = of("ordermill_commit_duration_seconds");
  const size = of("ordermill_batch_size");
  const at = (q: number) => {
    const seconds = took && quantileOf(took, q);
    return millis(seconds === null ? null : seconds * 1000);
  };
  return (
    <Facts
      of={[
        ["Commits", took ? count(took.count) : "–"],
        ["p50", at(0.5)],
        ["p99", at(0.99)],
        ["Mean", took && took.count > 0 ? millis((took.sum / took.count) * 1000) : "–"],
        ["In each, on average", size && size.count > 0 ? count(size.sum / size.count) : "–"],
      ]}
    />
  );
}
