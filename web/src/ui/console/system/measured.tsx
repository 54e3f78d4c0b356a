/** What `/metrics` says of one function. */

import { edgeRows, functionCounted, waysTo } from "../../../feed/series";
import { Facts } from "../../kit/data";
import { count, millis, perSecond } from "../../kit/numbers";
import { Card, ProblemNote } from "../../kit/surfaces";
import { useScrapes } from "./use-scrapes";

const WINDOW_MS = 60_000;

export function Measured(props: { name: string }) {
  const { scrapes, error, reload } = useScrapes(WINDOW_MS);
  const now = scrapes[scrapes.length - 1];
  const first = scrapes[0];
  if (error !== null) return <ProblemNote error={error} retry={reload} />;
  if (!now || !first) return null;
  const start = functionCounted(null, now, props.name);
  const recent = scrapes.length > 1 ? functionCounted(first, now, props.name) : null;
  const ways = new Set(waysTo(now, props.name));
  const outcomes = new Map<string, number>();
  for (const row of edgeRows(null, now))
    if (ways.has(row.edge) && row.function === props.name)
      for (const [outcome, times] of Object.entries(row.outcomes))
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
  const seconds = Math.round((now.at - first.at) / 1000);
  return (
    <Card title="Measured">
      <Facts
        of={[
          ["Hops", `${count(start.count)} since the server's start`],
          ["Rate", recent ? `${perSecond(recent.perSecond)} in the last ${seconds} s` : "in a moment"],
          ["p50", millis(start.p50Ms)],
          ["p99", millis(start.p99Ms)],
          [
            "Outcomes",
            start.count === 0
              ? "none yet"
              : [...outcomes].map(([outcome, times]) => `${count(times)} ${outcome}`).join(", "),
          ],
        ]}
      />
    </Card>
  );
}
