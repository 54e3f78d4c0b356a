/** `/console`: how things stand at a glance, and what to do next. */

import { api, got } from "../../api/client";
import type { components } from "../../api/schema";
import { ButtonLink } from "../kit/controls";
import { Pill, Table, Time } from "../kit/data";
import { type Resource, useResource } from "../kit/resource";
import { Card, Empty, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { STATUSES } from "./orders/filters";
import { ShortLink } from "./orders/short-link";

type Queue = components["schemas"]["QueueView"];
const REFRESH_MS = 3_000;

const All = (props: { href: string; what: string }) => (
  <a class="text-sm text-accent" href={props.href}>
    {props.what}
  </a>
);

const Failed = (props: { of: Resource<unknown> }) =>
  props.of.error.value === null ? null : <ProblemNote error={props.of.error.value} retry={props.of.reload} />;

export default function View() {
  const counts = useResource("counts", () => got(api.GET("/orders/counts")), REFRESH_MS);
  const known: Readonly<Record<string, number>> | undefined = counts.data.value?.counts;
  const empty = known !== undefined && Object.values(known).every((count) => count === 0);
  return (
    <>
      <PageHead
        title="Overview"
        about="How orders and messages stand now."
        actions={
          <>
            <ButtonLink tone="primary" href="/console/live">
              Live view
            </ButtonLink>
            <ButtonLink href="/" target="_self">
              Storefront
            </ButtonLink>
          </>
        }
      />
      <div class="grid gap-5">
        <Health />
        {empty && <FirstSteps />}
        <Card title="Orders" actions={<All href="/console/orders" what="All orders" />}>
          <Failed of={counts} />
          {known && <Counts of={known} />}
        </Card>
        <div class="grid items-start gap-5 xl:grid-cols-2">
          <Waiting />
          <div class="grid min-w-0 gap-5">
            <Letters />
            <Alerts />
          </div>
        </div>
      </div>
    </>
  );
}

const FirstSteps = () => (
  <Card>
    <Empty title="Nothing was ordered yet">
      <p>
        Place twenty orders, a few bad on purpose, with{" "}
        <code class="rounded bg-ground px-1.5 py-0.5 font-mono text-ink">ordermill demo</code>, or one in the{" "}
        <a class="text-accent" href="/" target="_self">
          storefront
        </a>
        . Then watch what happens in the{" "}
        <a class="text-accent" href="/console/live">
          live view
        </a>
        .
      </p>
    </Empty>
  </Card>
);

const Counts = (props: { of: Readonly<Record<string, number>> }) => (
  <ul class="grid grid-cols-2 gap-2 sm:grid-cols-3 lg:grid-cols-5 xl:grid-cols-9">
    {STATUSES.map((status) => (
      <li key={status}>
        <a
          href={`/console/orders?status=${status}`}
          class="block rounded-control border border-line p-3 text-ink no-underline hover:border-accent"
        >
          <span class="block font-mono text-xs text-soft">{status}</span>
          <span class="block text-2xl font-semibold tabular-nums">{(props.of[status] ?? 0).toLocaleString()}</span>
        </a>
      </li>
    ))}
  </ul>
);

function Health() {
  const read = useResource("health", () => got(api.GET("/health")), REFRESH_MS);
  const health = read.data.value;
  return (
    <>
      <Failed of={read} />
      {health && (
        <p class="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
          <Pill tone={health.status === "ok" ? "good" : "warn"}>
            {health.status === "ok" ? "✓ accepting orders" : "! degraded"}
          </Pill>
          <span>
            Pipeline <code class="font-mono">{health.pipeline}</code>
          </span>
          <span>Version {health.version}</span>
        </p>
      )}
      {health?.stale && health.stale.length > 0 && (
        <Note tone="warn">
          <p class="font-semibold">These jobs have not gone through for three of their intervals</p>
          <p class="font-mono">{health.stale.join(", ")}</p>
          <p>
            Orders are accepted all the same. <code class="font-mono">ordermill doctor</code> says what to do.
          </p>
        </Note>
      )}
    </>
  );
}

const busy = (queue: Queue) => queue.depth + queue.inFlight + queue.delayed + queue.dead > 0;

/** Queues with anything in them; a stream's consumer waits like a queue. */
function Waiting() {
  const read = useResource("queues", () => got(api.GET("/queues")), REFRESH_MS);
  const found = read.data.value;
  const queues = (found?.queues ?? []).filter(busy);
  const streams = (found?.streams ?? []).filter((each) => each.behind + each.inFlight + each.parked + each.dead > 0);
  const rows = [
    ...streams.map((each) => ({
      name: `${each.stream}>${each.function}`,
      waiting: each.behind,
      ...each,
      later: each.parked,
      oldestAt: null,
    })),
    ...queues.map((each) => ({ name: each.queue, waiting: each.depth, ...each, later: each.delayed })),
  ];
  return (
    <Card title="Waiting" actions={<All href="/console/metrics" what="Metrics" />}>
      <Failed of={read} />
      {found && rows.length === 0 && (
        <p class="text-sm text-soft">
          Nothing waits in any of {found.queues.length} queues and {found.streams.length}{" "}
          {found.streams.length === 1 ? "stream" : "streams"}.
        </p>
      )}
      {rows.length > 0 && (
        <Table
          caption="Messages that wait"
          rows={rows}
          rowKey={(row) => row.name}
          columns={[
            { head: "Queue", cell: (row) => <code class="font-mono text-xs">{row.name}</code> },
            { head: "Waiting", numeric: true, cell: (row) => row.waiting.toLocaleString() },
            { head: "In flight", numeric: true, cell: (row) => row.inFlight.toLocaleString() },
            { head: "Later", numeric: true, cell: (row) => row.later.toLocaleString() },
            { head: "Dead", numeric: true, cell: (row) => row.dead.toLocaleString() },
            { head: "Oldest", cell: (row) => <Time at={row.oldestAt} /> },
          ]}
        />
      )}
    </Card>
  );
}

/** The newest dead letters; how many there are in all is in `GET /queues`. */
function Letters() {
  const read = useResource(
    "letters",
    () => got(api.GET("/dead-letters", { params: { query: { limit: 5 } } })),
    REFRESH_MS,
  );
  const letters = read.data.value?.deadLetters;
  return (
    <Card title="Dead letters" actions={<All href="/console/dead-letters" what="All, and redrive" />}>
      <Failed of={read} />
      {letters?.length === 0 && <p class="text-sm text-soft">None: every message came through.</p>}
      <ul class="grid gap-3 text-sm">
        {letters?.map((letter) => (
          <li key={letter.id} class="grid gap-0.5">
            <p class="flex flex-wrap items-center gap-x-3">
              <code class="font-mono">{letter.function}</code> <Time at={letter.at} />
              {letter.orderId && <ShortLink id={letter.orderId} />}
            </p>
            <p class="break-words text-bad">{letter.error}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Alerts() {
  const read = useResource("alerts", () => got(api.GET("/alerts", { params: { query: { limit: 5 } } })), REFRESH_MS);
  const alerts = read.data.value?.alerts;
  return (
    <Card title="Latest alerts" actions={<All href="/console/alerts" what="All alerts" />}>
      <Failed of={read} />
      {alerts?.length === 0 && <p class="text-sm text-soft">None was raised.</p>}
      <ul class="grid gap-3 text-sm">
        {alerts?.map((alert) => (
          <li key={alert.alertId} class="grid gap-0.5">
            <p class="flex flex-wrap items-center gap-x-3">
              <Pill tone={alert.severity === "info" ? "info" : "bad"}>{alert.severity}</Pill> <Time at={alert.at} />
              {alert.orderId && <ShortLink id={alert.orderId} />}
              {alert.count > 1 && <span class="text-soft">{alert.count} times</span>}
            </p>
            <p class="break-words">
              <code class="font-mono">{alert.function}</code>: {alert.reason}, {alert.detail}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
