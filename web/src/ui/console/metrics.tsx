/** `/console/metrics`: what `/metrics` says, over a window that is kept while this page is open. */

import { type Scrape, samplesOf, totalOf } from "../../feed/metrics";
import { charted, durations, edgeRows, gaugesBy, ratesBy, routeRows, type Since } from "../../feed/series";
import { LineChart } from "../kit/chart";
import { SelectField } from "../kit/controls";
import { Facts, Pill } from "../kit/data";
import { count, megabytes, millis, number, perSecond, seconds } from "../kit/numbers";
import { useQuery } from "../kit/query";
import { Card, PageHead, ProblemNote } from "../kit/surfaces";
import { CommitFacts, EdgeTable, RouteTable } from "./system/metric-tables";
import { useScrapes } from "./system/use-scrapes";

const MINUTE_MS = 60_000;
const WINDOWS = [
  ["1", "The last minute"],
  ["5", "The last 5 minutes"],
  ["15", "The last 15 minutes"],
  ["start", "Since the server's start"],
] as const;

export default function View() {
  const { query, go } = useQuery();
  const chosen = WINDOWS.find(([value]) => value === query.window)?.[0] ?? "start";
  const windowMs = (chosen === "start" ? 15 : Number(chosen)) * MINUTE_MS;
  const { scrapes, error, reload } = useScrapes(15 * MINUTE_MS);
  const now = scrapes[scrapes.length - 1];
  const shown = now ? scrapes.filter(({ at }) => at >= now.at - windowMs) : [];
  const since: Since = chosen === "start" ? null : (shown[0] ?? null);
  return (
    <>
      <PageHead
        title="Metrics"
        about={
          <>
            What <a href="/metrics">/metrics</a> says, asked every two seconds while this page is open. Durations are
            estimated from its buckets.
          </>
        }
      />
      <div class="grid gap-4">
        {error !== null && <ProblemNote error={error} retry={reload} />}
        <div class="w-full sm:w-72">
          <SelectField label="Numbers of" value={chosen} options={WINDOWS} onValue={(window) => go({ window })} />
        </div>
        {now && (
          <>
            <Process now={now} />
            <div class="grid gap-4 xl:grid-cols-2">
              <Charts scrapes={shown} />
            </div>
            <Card title="Edges and functions">
              <EdgeTable rows={edgeRows(since, now)} />
            </Card>
            <Card title="HTTP">
              <RouteTable rows={routeRows(since, now)} />
            </Card>
            <Card title="Commits">
              <CommitFacts since={since} now={now} />
            </Card>
          </>
        )}
      </div>
    </>
  );
}

const WAIT = "Two readings are needed: it shows in a moment.";

function Charts(props: { scrapes: readonly Scrape[] }) {
  const { scrapes } = props;
  const memory = charted(scrapes, [["resident", (_, after) => totalOf(after, "process_resident_memory_bytes")]]);
  const letters = gaugesBy(scrapes, "ordermill_dead_letters", "source");
  return (
    <>
      <Card>
        <LineChart
          title="Hops a second, by outcome"
          chart={ratesBy(scrapes, "ordermill_hops_total", "outcome")}
          format={perSecond}
          empty="Nothing has been travelled yet. Place an order."
        />
      </Card>
      <Card>
        <LineChart
          title="Duration of hops"
          chart={durations(scrapes, "ordermill_hop_duration_seconds")}
          format={millis}
          empty={WAIT}
        />
      </Card>
      <Card>
        <LineChart
          title="Requests a second, by status"
          chart={ratesBy(scrapes, "ordermill_http_requests_total", "status")}
          format={perSecond}
          empty={WAIT}
        />
      </Card>
      <Card>
        <LineChart
          title="Duration of commits"
          chart={durations(scrapes, "ordermill_commit_duration_seconds")}
          format={millis}
          empty={WAIT}
        />
      </Card>
      <Card>
        <LineChart
          title="Messages that wait, by queue"
          chart={gaugesBy(scrapes, "ordermill_queue_depth", "queue")}
          format={number}
          empty="No queue has had a message waiting when it was looked at."
        />
      </Card>
      <Card>
        <LineChart
          title="Age of the oldest message, by queue"
          chart={gaugesBy(scrapes, "ordermill_queue_oldest_seconds", "queue")}
          format={seconds}
          empty="Nothing has waited when it was looked at."
        />
      </Card>
      {letters.lines.length > 0 && (
        <Card>
          <LineChart title="Dead letters, by source" chart={letters} format={number} empty={WAIT} />
        </Card>
      )}
      <Card>
        <LineChart title="Memory of the process" chart={memory} format={megabytes} empty={WAIT} />
      </Card>
    </>
  );
}

function Process(props: { now: Scrape }) {
  const { now } = props;
  const value = (name: string, format: (value: number) => string) => {
    const found = totalOf(now, name);
    return found === null ? "–" : format(found);
  };
  const started = totalOf(now, "process_start_time_seconds");
  const [build] = samplesOf(now, "ordermill_build_info");
  return (
    <Card
      title="Process"
      actions={
        <Pill tone={totalOf(now, "ordermill_storage_healthy") === 1 ? "good" : "bad"}>
          {totalOf(now, "ordermill_storage_healthy") === 1 ? "storage is healthy" : "storage fails"}
        </Pill>
      }
    >
      <div class="grid gap-x-10 gap-y-2 md:grid-cols-2">
        <Facts
          of={[
            ["Version", build?.labels.version ?? "–"],
            ["Pipeline", build?.labels.pipeline ?? "–"],
            ["Runs since", started === null ? "–" : new Date(started * 1000).toLocaleString()],
            ["Memory", value("process_resident_memory_bytes", megabytes)],
          ]}
        />
        <Facts
          of={[
            ["CPU time", value("process_cpu_seconds_total", seconds)],
            ["Open files", value("process_open_fds", count)],
            ["In flight", value("ordermill_in_flight", count)],
            ["Watch /live", value("ordermill_live_clients", count)],
          ]}
        />
      </div>
    </Card>
  );
}
