/** The topology as `GET /topology` answers it, and what it says in words. */

export type Trigger = {
  kind: "http" | "queue" | "stream" | "workflow" | "schedule" | "dead_letters";
  source: string;
  access: "anyone" | "holder" | "staff" | null;
  where: "local" | "both";
  filter: readonly StreamPattern[] | null;
  batch: number | null;
};
export type StreamPattern = {
  event?: readonly string[] | null;
  old?: Readonly<Record<string, readonly string[]>> | null;
  new?: Readonly<Record<string, readonly string[]>> | null;
};
export type FunctionSpec = {
  caption: string;
  grants: Readonly<Record<string, readonly string[]>>;
  effects: readonly string[];
  memory_mb: number;
  timeout_s: number;
  trigger: Trigger;
};
type Functions = Readonly<Record<string, FunctionSpec>>;
export type Queue = {
  visibility_s: number;
  max_receives: number;
  subscribes: { topic: string; filter: Readonly<Record<string, readonly string[]>> | null } | null;
};
export type Wiring = {
  tables: Readonly<Record<string, { key: string; range: string | null; ttl: string | null; stream: boolean }>>;
  queues: Readonly<Record<string, Queue>>;
  topics: Readonly<Record<string, object>>;
  buckets: Readonly<Record<string, { expire_days: number | null }>>;
  workflows: Readonly<Record<string, { definition: string }>>;
  services: Readonly<Record<string, object>>;
  routes: Readonly<Record<string, { caption: string; function: string | null; access: string; where: string }>>;
  functions: Functions;
  pipelines: Readonly<Record<string, { functions: Functions }>>;
};

export const KINDS = ["tables", "queues", "topics", "buckets", "workflows", "services"] as const;
export type Kind = (typeof KINDS)[number];
/** What one thing of a kind is called. */
export const ONE: Readonly<Record<Kind, string>> = {
  tables: "table",
  queues: "queue",
  topics: "topic",
  buckets: "bucket",
  workflows: "workflow",
  services: "service",
};

/** The kind of a resource; null for what is none. */
export const kindOf = (wiring: Wiring, name: string): Kind | null =>
  KINDS.find((kind) => Object.hasOwn(wiring[kind], name)) ?? null;

/** Every function that runs in `pipeline`: its own and the common ones. */
export const enabled = (wiring: Wiring, pipeline: string): Functions => ({
  ...wiring.pipelines[pipeline]?.functions,
  ...wiring.functions,
});

/** A function as it is in each place: the common one (`null`), or by the pipelines that have it. */
export function placesOf(wiring: Wiring, name: string): [pipeline: string | null, spec: FunctionSpec][] {
  const found: [string | null, FunctionSpec][] = [];
  const common = Object.hasOwn(wiring.functions, name) ? wiring.functions[name] : undefined;
  if (common) found.push([null, common]);
  for (const [pipeline, { functions }] of Object.entries(wiring.pipelines)) {
    const own = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (own) found.push([pipeline, own]);
  }
  return found;
}

/** Which functions of `pipeline` may do what with a resource. */
export const usersOf = (
  wiring: Wiring,
  pipeline: string,
  resource: string,
): [name: string, verbs: readonly string[]][] =>
  Object.entries(enabled(wiring, pipeline))
    .flatMap(([name, { grants }]): [string, readonly string[]][] => {
      const verbs = Object.hasOwn(grants, resource) ? grants[resource] : undefined;
      return verbs ? [[name, verbs]] : [];
    })
    .sort(([a], [b]) => a.localeCompare(b));

/** Which functions of `pipeline` a resource starts. */
export const startedBy = (wiring: Wiring, pipeline: string, resource: string): string[] =>
  Object.entries(enabled(wiring, pipeline))
    .filter(([, { trigger }]) => trigger.source === resource)
    .map(([name]) => name)
    .sort();

/** The queues that a topic's messages go to. */
export const subscribersOf = (wiring: Wiring, topic: string): string[] =>
  Object.entries(wiring.queues)
    .filter(([, { subscribes }]) => subscribes?.topic === topic)
    .map(([name]) => name)
    .sort();

const listed = (words: readonly string[], joint: string) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${joint} ${words[words.length - 1]}`;

const CALLERS = { anyone: "by anyone", holder: "by the order's holder and staff", staff: "by staff alone" } as const;

const wanted = (filter: Readonly<Record<string, readonly string[]>>, is: "is" | "was" = "is") =>
  listed(
    Object.entries(filter).map(([name, values]) => `${name} ${is} ${listed(values, "or")}`),
    "and",
  );

const EVENTS: Readonly<Record<string, string>> = { INSERT: "a new row", MODIFY: "a change", REMOVE: "a removal" };

function change({ event, old, new: after }: StreamPattern): string {
  const events = event
    ? listed(
        event.map((each) => EVENTS[each] ?? each),
        "or",
      )
    : "any change";
  const told = [...(old ? [wanted(old, "was")] : []), ...(after ? [wanted(after)] : [])];
  return told.length > 0 ? `${events} whose ${listed(told, "and now")}` : events;
}

/** What starts it, as a sentence. */
export function triggerWords({ kind, source, access, filter, batch }: Trigger): string {
  const together = batch !== null && batch > 1 ? `, up to ${batch} at once` : "";
  switch (kind) {
    case "http":
      return `A request, ${source}${access ? `, which may be sent ${CALLERS[access]}` : ""}.`;
    case "queue":
      return `Each message of queue ${source}${together}.`;
    case "stream":
      return `Each change of table ${source}${filter ? `: ${listed(filter.map(change), "or")}` : ""}${together}.`;
    case "workflow":
      return `A step of workflow ${source}.`;
    case "schedule":
      return `The clock, ${source.replace(/^rate\((.*)\)$/, "every $1")}.`;
    case "dead_letters":
      return "Each message that was given up, whatever queue or stream it came from.";
  }
}

/** What it may do, a sentence for each resource: what it is not granted it can't reach. */
export const grantWords = (wiring: Wiring, spec: FunctionSpec): [resource: string, words: string][] =>
  Object.entries(spec.grants).map(([resource, verbs]) => {
    const kind = kindOf(wiring, resource);
    return [
      resource,
      `May ${listed(
        verbs.map((verb) => verb.replaceAll("_", " ")),
        "and",
      )} · ${kind ? ONE[kind] : "?"}`,
    ];
  });

/** What a queue takes from a topic, as a sentence; null for one that is sent to. */
export const subscriptionWords = ({ subscribes }: Queue): string | null =>
  subscribes === null
    ? null
    : `Gets messages of topic ${subscribes.topic}${subscribes.filter ? ` whose ${wanted(subscribes.filter)}` : ""}.`;
