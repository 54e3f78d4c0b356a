/** `/console/topology`: every function, what starts it and what it may do; every resource and who uses it. */

import {
  enabled,
  type FunctionSpec,
  grantWords,
  KINDS,
  type Kind,
  ONE,
  startedBy,
  subscribersOf,
  subscriptionWords,
  triggerWords,
  usersOf,
  type Wiring,
} from "../../model/wiring";
import { Button, TextField } from "../kit/controls";
import { Pill, Table } from "../kit/data";
import { NodeLink } from "../kit/links";
import { useQuery } from "../kit/query";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { readWiring } from "./system/read-wiring";

const TITLES: Record<Kind, string> = {
  tables: "Tables",
  queues: "Queues",
  topics: "Topics",
  buckets: "Buckets",
  workflows: "Workflows",
  services: "Services",
};

export default function View() {
  const read = useResource("wiring", readWiring);
  const { query, go } = useQuery();
  const found = read.data.value;
  return (
    <>
      <PageHead
        title="Topology"
        about="What runs, as the one file says that wires it: what starts each function, what it changes, and all it may touch. What is not granted can't be reached."
      />
      <div class="grid gap-4">
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        {found && (
          <>
            <Card title="Pipelines side by side">
              <Pipelines {...found} />
            </Card>
            <Card title={`Functions that run in ${found.pipeline}`}>
              <div class="mb-4 flex flex-wrap items-end gap-3">
                <div class="w-full sm:w-80">
                  <TextField
                    label="Find"
                    type="search"
                    placeholder="a name, a table, a verb"
                    value={query.find ?? ""}
                    onValue={(find) => go({ ...query, find })}
                  />
                </div>
                {query.find && (
                  <Button tone="quiet" onClick={() => go({ ...query, find: null })}>
                    All
                  </Button>
                )}
              </div>
              <Functions {...found} find={query.find ?? ""} />
            </Card>
            {KINDS.map((kind) => (
              <Card key={kind} title={TITLES[kind]}>
                <Resources {...found} kind={kind} />
              </Card>
            ))}
            <Card title="Routes that the server answers itself, or another function's">
              <Routes wiring={found.wiring} />
            </Card>
          </>
        )}
      </div>
    </>
  );
}

type Found = { wiring: Wiring; pipeline: string };

const Pipelines = ({ wiring, pipeline }: Found) => (
  <div class="grid gap-4 lg:grid-cols-3">
    {Object.entries(wiring.pipelines).map(([name, { functions }]) => (
      <section
        key={name}
        aria-label={`Pipeline ${name}`}
        class={`min-w-0 rounded-control border p-4 ${name === pipeline ? "border-accent" : "border-line"}`}
      >
        <h3 class="mb-3 flex flex-wrap items-center gap-2">
          {name} {name === pipeline && <Pill tone="good">runs</Pill>}
        </h3>
        <ol class="grid gap-3 text-sm">
          {Object.entries(functions).map(([each, spec]) => (
            <li key={each} class="min-w-0">
              <NodeLink name={each} />
              <p class="break-words">{spec.caption}</p>
              <p class="break-words text-soft">{triggerWords(spec.trigger)}</p>
            </li>
          ))}
        </ol>
      </section>
    ))}
    <p class="text-sm text-soft lg:col-span-3">
      All other functions are common to them. To run another one:{" "}
      <code class="font-mono">ordermill up --pipeline stream</code>.
    </p>
  </div>
);

const said = (wiring: Wiring, name: string, spec: FunctionSpec) =>
  [name, spec.caption, triggerWords(spec.trigger), ...grantWords(wiring, spec).flat()].join(" ").toLowerCase();

function Functions({ wiring, pipeline, find }: Found & { find: string }) {
  const rows = Object.entries(enabled(wiring, pipeline))
    .filter(([name, spec]) => said(wiring, name, spec).includes(find.trim().toLowerCase()))
    .sort(([a], [b]) => a.localeCompare(b));
  if (rows.length === 0) return <Empty title="No function has that">Try a part of a name, such as order.</Empty>;
  return (
    <Table<[string, FunctionSpec]>
      caption="Functions"
      rows={rows}
      rowKey={([name]) => name}
      columns={[
        { head: "Function", cell: ([name]) => <NodeLink name={name} /> },
        { head: "What it does", cell: ([, { caption }]) => <span class="block min-w-40">{caption}</span> },
        { head: "Started by", cell: ([, { trigger }]) => <span class="block min-w-48">{triggerWords(trigger)}</span> },
        {
          head: "Changes, in order",
          cell: ([, { effects }]) => effects.join(" → ") || <span class="text-soft">nothing</span>,
        },
        {
          head: "May",
          cell: ([, spec]) => (
            <ul class="grid min-w-64 gap-1">
              {grantWords(wiring, spec).map(([resource, words]) => (
                <li key={resource}>
                  <NodeLink name={resource} /> <span class="text-soft">{words}</span>
                </li>
              ))}
            </ul>
          ),
        },
      ]}
    />
  );
}

const Names = (props: { of: readonly string[] }) => (
  <span class="flex flex-wrap gap-x-3 gap-y-1">
    {props.of.length === 0 && <span class="text-soft">–</span>}
    {props.of.map((name) => (
      <NodeLink key={name} name={name} />
    ))}
  </span>
);

/** What else there is to say of a resource. */
function about(wiring: Wiring, kind: Kind, name: string): string {
  if (kind === "tables") {
    const table = wiring.tables[name];
    return table
      ? `By ${table.key}${table.range ? ` and ${table.range}` : ""}${table.stream ? "; its changes are a stream" : ""}${table.ttl ? "; rows expire" : ""}.`
      : "";
  }
  if (kind === "queues") {
    const queue = wiring.queues[name];
    return queue
      ? `${subscriptionWords(queue) ?? "It is sent to."} Given up after ${queue.max_receives} receives.`
      : "";
  }
  if (kind === "buckets") {
    const days = wiring.buckets[name]?.expire_days;
    return days ? `What is in it goes after ${days} days.` : "What is in it stays.";
  }
  if (kind === "workflows") return `A state machine: ${wiring.workflows[name]?.definition}.`;
  return kind === "topics"
    ? `Goes to ${subscribersOf(wiring, name).join(", ") || "nobody"}.`
    : "Outside, or shared by all.";
}

const Resources = ({ wiring, pipeline, kind }: Found & { kind: Kind }) => (
  <Table
    caption={`${TITLES[kind]}, what each starts and who uses it`}
    rows={Object.keys(wiring[kind])}
    rowKey={(name) => name}
    columns={[
      { head: `The ${ONE[kind]}`, cell: (name) => <NodeLink name={name} /> },
      { head: "What it is", cell: (name) => <span class="block min-w-48">{about(wiring, kind, name)}</span> },
      { head: "Starts", cell: (name) => <Names of={startedBy(wiring, pipeline, name)} /> },
      { head: "Used by", cell: (name) => <Names of={usersOf(wiring, pipeline, name).map(([user]) => user)} /> },
    ]}
  />
);

const Routes = ({ wiring }: { wiring: Wiring }) => (
  <details>
    <summary class="cursor-pointer text-sm font-medium text-accent">{Object.keys(wiring.routes).length} routes</summary>
    <div class="mt-3">
      <Table
        caption="Routes"
        rows={Object.entries(wiring.routes)}
        rowKey={([route]) => route}
        columns={[
          { head: "Route", cell: ([route]) => <span class="font-mono text-xs">{route}</span> },
          { head: "What it does", cell: ([, { caption }]) => caption },
          {
            head: "Answered by",
            cell: ([, route]) => (route.function ? <NodeLink name={route.function} /> : "the server"),
          },
          { head: "For", cell: ([, { access }]) => access },
          { head: "Where", cell: ([, { where }]) => (where === "local" ? "here only" : "here and on AWS") },
        ]}
      />
    </div>
  </details>
);
