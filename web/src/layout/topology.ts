/** `GET /topology`, as far as the picture needs it. */

export type Trigger = {
  kind: "http" | "queue" | "stream" | "workflow" | "schedule" | "dead_letters";
  source: string;
  access: string | null;
};

export type FunctionSpec = {
  caption: string;
  grants: Readonly<Record<string, readonly string[]>>;
  effects: readonly string[];
  trigger: Trigger;
};

type Named<Spec> = Readonly<Record<string, Spec>>;

export type Topology = {
  tables: Named<unknown>;
  queues: Named<{ max_receives?: number; subscribes: { topic: string } | null }>;
  topics: Named<unknown>;
  buckets: Named<unknown>;
  workflows: Named<{ definition: string }>;
  services: Named<unknown>;
  functions: Named<FunctionSpec>;
  pipelines: Named<{ functions: Named<FunctionSpec> }>;
};

/** By name, the functions that run in `pipeline`: the common ones and its own. */
export const enabled = (topology: Topology, pipeline: string): Map<string, FunctionSpec> =>
  new Map([...Object.entries(topology.functions), ...Object.entries(topology.pipelines[pipeline]?.functions ?? {})]);

/** By name, the functions of other pipelines, the first of each name that runs in none of this one's. */
export function others(topology: Topology, pipeline: string): [name: string, spec: FunctionSpec][] {
  return Object.entries(topology.pipelines)
    .filter(([name]) => name !== pipeline)
    .flatMap(([, each]) => Object.entries(each.functions));
}

/** The edge that leads to a function, as its hops name it. */
export const edgeTo = (name: string, { kind, source }: Trigger): string =>
  `${kind === "dead_letters" ? LETTERS : source}>${name}`;

export const FORM = "form";
export const API = "api";
export const LOGS = "logs";
/** The topology's own table of them, which is also where they wait. */
export const LETTERS = "dead-letters";
