/** `/console/topology/:name`: one function or resource, and what is measured of it. */

import { useRoute } from "preact-iso";
import { api, got } from "../../api/client";
import {
  type FunctionSpec,
  grantWords,
  kindOf,
  ONE,
  placesOf,
  startedBy,
  subscribersOf,
  subscriptionWords,
  triggerWords,
  usersOf,
  type Wiring,
} from "../../model/wiring";
import { ButtonLink } from "../kit/controls";
import { Facts, Pill, Time } from "../kit/data";
import { NodeLink } from "../kit/links";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { LastLines } from "./system/last-lines";
import { Measured } from "./system/measured";
import { readWiring } from "./system/read-wiring";

type Found = { wiring: Wiring; pipeline: string; name: string };

export default function View() {
  const name = useRoute().params.name ?? "";
  const read = useResource("wiring", readWiring);
  const wired = read.data.value;
  const places = wired ? placesOf(wired.wiring, name) : [];
  const kind = wired ? kindOf(wired.wiring, name) : null;
  const known = places.length > 0 || kind !== null;
  const to = encodeURIComponent(name);
  return (
    <>
      <PageHead
        title={name}
        about={<a href="/console/topology">Topology</a>}
        actions={
          known && (
            <>
              <ButtonLink href={`/console/live?node=${to}`}>Show it live</ButtonLink>
              {places.length > 0 && <ButtonLink href={`/console/faults?name=${to}`}>Break it</ButtonLink>}
            </>
          )
        }
      />
      <div class="grid gap-4">
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        {wired && !known && (
          <Card>
            <Empty title="Nothing has this name">
              <a href="/console/topology">All functions and resources</a>
            </Empty>
          </Card>
        )}
        {wired && <Running {...wired} name={name} running />}
        {wired && kind && <ResourceCard {...wired} name={name} />}
        {kind === "queues" && <Waiting name={name} />}
        {places.length > 0 && (
          <>
            <Measured name={name} />
            <LastLines name={name} />
          </>
        )}
        {wired && <Running {...wired} name={name} running={false} />}
      </div>
    </>
  );
}

/** The function as it runs, or as other pipelines have it. */
const Running = (props: Found & { running: boolean }) => (
  <>
    {placesOf(props.wiring, props.name)
      .filter(([place]) => (place === null || place === props.pipeline) === props.running)
      .map(([place, spec]) => (
        <FunctionCard key={place} {...props} place={place} spec={spec} />
      ))}
  </>
);

function FunctionCard(props: Found & { place: string | null; spec: FunctionSpec }) {
  const { wiring, pipeline, place, spec } = props;
  const runs = place === null || place === pipeline;
  return (
    <Card
      title={place === null ? "In every pipeline" : `In pipeline ${place}`}
      actions={<Pill tone={runs ? "good" : "plain"}>{runs ? "runs" : "doesn't run now"}</Pill>}
    >
      <p class="mb-4 text-lg">{spec.caption}</p>
      <Facts
        of={[
          ["Started by", triggerWords(spec.trigger)],
          [
            "From",
            wiring.queues[spec.trigger.source] ||
            wiring.tables[spec.trigger.source] ||
            wiring.workflows[spec.trigger.source] ? (
              <NodeLink key="from" name={spec.trigger.source} />
            ) : (
              spec.trigger.source
            ),
          ],
          [
            "May",
            <ul key="may" class="grid gap-1">
              {grantWords(wiring, spec).map(([resource, words]) => (
                <li key={resource}>
                  <NodeLink name={resource} /> <span class="text-soft">{words}</span>
                </li>
              ))}
              {Object.keys(spec.grants).length === 0 && <li>touch nothing</li>}
            </ul>,
          ],
          ["Changes, in order", spec.effects.join(" → ") || "nothing"],
          ["Ends it after", `${spec.timeout_s} s`],
          ["Memory on AWS", `${spec.memory_mb} MB`],
        ]}
      />
    </Card>
  );
}

const Users = (props: { of: readonly (readonly [string, readonly string[]])[] }) => (
  <ul class="grid gap-1">
    {props.of.length === 0 && <li class="text-soft">nobody</li>}
    {props.of.map(([name, verbs]) => (
      <li key={name}>
        <NodeLink name={name} />{" "}
        <span class="text-soft">{verbs.map((verb) => verb.replaceAll("_", " ")).join(", ")}</span>
      </li>
    ))}
  </ul>
);

const Links = (props: { of: readonly string[]; none: string }) => (
  <span class="flex flex-wrap gap-x-3 gap-y-1">
    {props.of.length === 0 ? props.none : props.of.map((name) => <NodeLink key={name} name={name} />)}
  </span>
);

function ResourceCard({ wiring, pipeline, name }: Found) {
  const kind = kindOf(wiring, name);
  if (kind === null) return null;
  const queue = wiring.queues[name];
  const table = wiring.tables[name];
  return (
    <Card title={`A ${ONE[kind]}`} actions={<Pill>pipeline {pipeline}</Pill>}>
      <Facts
        of={[
          ["Starts", <Links key="starts" of={startedBy(wiring, pipeline, name)} none="nothing" />],
          ["Used by", <Users key="users" of={usersOf(wiring, pipeline, name)} />],
          ...(queue
            ? ([
                ["Gets", subscriptionWords(queue) ?? "What it is sent."],
                ["Hidden for", `${queue.visibility_s} s, once received`],
                ["Given up after", `${queue.max_receives} receives`],
              ] as const)
            : []),
          ...(table
            ? ([
                ["Key", table.range ? `${table.key}, ${table.range}` : table.key],
                ["Stream", table.stream ? "its changes start functions" : "none"],
                ["Expires by", table.ttl ?? "never"],
              ] as const)
            : []),
          ...(kind === "topics"
            ? ([["Goes to", <Links key="to" of={subscribersOf(wiring, name)} none="nobody" />]] as const)
            : []),
          ...(kind === "buckets"
            ? ([
                [
                  "Objects stay",
                  wiring.buckets[name]?.expire_days
                    ? `${wiring.buckets[name]?.expire_days} days`
                    : "until they are deleted",
                ],
              ] as const)
            : []),
        ]}
      />
    </Card>
  );
}

/** What waits in a queue now. */
function Waiting(props: { name: string }) {
  const read = useResource(
    props.name,
    async () => (await got(api.GET("/queues"))).queues.find(({ queue }) => queue === props.name) ?? null,
    2_000,
  );
  const found = read.data.value;
  if (read.error.value !== null) return <ProblemNote error={read.error.value} retry={read.reload} />;
  if (!found) return null;
  return (
    <Card title="Now">
      <Facts
        of={[
          ["Ready", found.depth],
          ["In flight", found.inFlight],
          ["Back off", found.delayed],
          ["Oldest", <Time key="oldest" at={found.oldestAt} />],
          [
            "Given up",
            found.dead > 0 ? (
              <a key="dead" class="text-accent" href={`/console/dead-letters?queue=${encodeURIComponent(props.name)}`}>
                {found.dead}
              </a>
            ) : (
              0
            ),
          ],
        ]}
      />
    </Card>
  );
}
