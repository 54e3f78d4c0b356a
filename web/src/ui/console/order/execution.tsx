/** What happened to the order, state by state: drawn, and with input, output and error on demand. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../../api/client";
import { Pill, Time, type Tone } from "../../kit/data";
import { Json } from "../../kit/json";
import { useResource } from "../../kit/resource";
import { Card, ProblemNote } from "../../kit/surfaces";
import { useAgain } from "./again";
import { type Graph, type GraphNode, graphOf, type State, wiringOf } from "./graph";

const TONES: Readonly<Record<State["status"], Tone>> = { SUCCEEDED: "good", FAILED: "bad", RUNNING: "info" };
/** Not by colour alone. */
const SIGNS: Readonly<Record<State["status"], string>> = { SUCCEEDED: "✓", FAILED: "✕", RUNNING: "…" };
const FRAMES: Readonly<Record<State["status"], string>> = {
  SUCCEEDED: "border-accent bg-wash text-accent",
  FAILED: "border-bad bg-bad-wash text-bad",
  RUNNING: "border-info border-dashed bg-info-wash text-info",
};
const NO_WIRING = { functions: {}, queues: {} };

/** `version` changes whenever there may be more to read. */
export function Execution(props: { orderId: string; version: number }) {
  const read = useAgain(`execution ${props.orderId}`, props.version, () =>
    got(api.GET("/orders/{orderId}/execution", { params: { path: { orderId: props.orderId } } })),
  );
  const wiring = useResource("wiring", async () => {
    const [topology, health] = await Promise.all([got(api.GET("/topology")), got(api.GET("/health"))]);
    return wiringOf(topology, health.pipeline);
  });
  const chosen = useSignal<string | null>(null);
  const found = read.data.value;
  const graph = found && !wiring.loading.value ? graphOf(found.states, wiring.data.value ?? NO_WIRING) : null;
  const node = graph?.nodes.find((each) => each.name === chosen.value);
  return (
    <Card
      title="Execution"
      actions={found && <Pill tone={TONES[found.status]}>{`${SIGNS[found.status]} ${found.status}`}</Pill>}
    >
      {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
      {graph && (
        <Drawing
          graph={graph}
          chosen={chosen.value}
          choose={(name) => {
            chosen.value = chosen.value === name ? null : name;
          }}
        />
      )}
      <p class="mt-3 text-sm text-soft">Choose a state to see each of its runs, with input, output and error.</p>
      {node && <Runs of={node} />}
    </Card>
  );
}

const [WIDE, HIGH, GAP_X, GAP_Y] = [184, 48, 48, 20];
const left = (node: GraphNode) => node.column * (WIDE + GAP_X);
const top = (node: GraphNode) => node.row * (HIGH + GAP_Y) + 4;

function Drawing(props: { graph: Graph; chosen: string | null; choose: (name: string) => void }) {
  const { graph, chosen, choose } = props;
  const width = graph.columns * (WIDE + GAP_X) - GAP_X;
  const height = graph.rows * (HIGH + GAP_Y) + 24;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
    <section aria-label="States of the execution" class="overflow-x-auto pb-2" tabIndex={0}>
      <div class="relative" style={{ width: `${width + 8}px`, height: `${height}px` }}>
        <svg aria-hidden="true" width={width + 8} height={height} class="absolute inset-0 text-edge">
          {graph.edges.map((edge) => (
            <Way key={`${edge.from}>${edge.to}`} graph={graph} from={edge.from} to={edge.to} back={edge.back} />
          ))}
        </svg>
        <ol>
          {graph.nodes.map((node) => (
            <li
              key={node.name}
              class="absolute"
              style={{ left: `${left(node) + 4}px`, top: `${top(node)}px`, width: `${WIDE}px` }}
            >
              <button
                type="button"
                aria-pressed={chosen === node.name}
                onClick={() => choose(node.name)}
                style={{ height: `${HIGH}px` }}
                class={`w-full cursor-pointer rounded-control border px-2 py-1 text-left text-xs aria-pressed:ring-2 aria-pressed:ring-accent ${FRAMES[node.status]}`}
              >
                <span class="block truncate font-mono font-semibold">{node.name}</span>
                <span class="block truncate">
                  {SIGNS[node.status]} {node.status.toLowerCase()}
                  {told(node)}
                </span>
              </button>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

/** How often it ran, and the highest attempt if one was repeated. */
function told(node: GraphNode): string {
  const attempts = Math.max(...node.runs.map((run) => run.attempt));
  if (attempts > 1) return `, attempt ${attempts}`;
  return node.runs.length > 1 ? `, ${node.runs.length} times` : "";
}

function Way(props: { graph: Graph; from: string; to: string; back: boolean }) {
  const [from, to] = [props.from, props.to].map((name) => props.graph.nodes.find((each) => each.name === name));
  if (!from || !to) return null;
  const [y1, y2] = [from, to].map((node) => top(node) + HIGH / 2 + (props.back ? 8 : 0));
  const [near, far] = [(node: GraphNode) => left(node) + WIDE + 4, (node: GraphNode) => left(node) + 4];
  const dashes = props.back ? "4 4" : undefined;
  const line = (d: string) => (
    <path d={d} fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray={dashes} />
  );
  if (from.column === to.column) {
    const x = near(from);
    if (props.back) return line(`M${x} ${y1} C${x + 32} ${y1} ${x + 32} ${y2} ${x} ${y2}`);
    return line(`M${x - WIDE / 2} ${top(from) + HIGH} V${top(to)}`);
  }
  const [x1, x2] = from.column < to.column ? [near(from), far(to)] : [far(from), near(to)];
  const bend = (x1 + x2) / 2;
  return line(`M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`);
}

function Runs(props: { of: GraphNode }) {
  return (
    <section aria-label={`Runs of ${props.of.name}`} class="mt-4 grid gap-3 border-t border-line pt-4">
      <h3 class="font-mono text-sm">{props.of.name}</h3>
      {props.of.runs.map((run, at) => (
        <div key={`${run.at} ${at}`} class="grid gap-2 rounded-control bg-ground p-3 text-sm">
          <p class="flex flex-wrap items-center gap-x-4 gap-y-1">
            <Pill tone={TONES[run.status]}>{`${SIGNS[run.status]} ${run.status}`}</Pill>
            <span>Attempt {run.attempt}</span>
            <Time at={run.at} />
            <span class="text-soft">
              {run.durationMs === null ? "duration not kept" : `${run.durationMs.toLocaleString()} ms`}
            </span>
          </p>
          {run.error !== null && (
            <p class="break-words text-bad">
              {run.error}
              {run.cause !== null && `: ${run.cause}`}
            </p>
          )}
          <OnDemand name="Input" of={run.input} />
          <OnDemand name="Output" of={run.output} />
        </div>
      ))}
    </section>
  );
}

/** Whatever JSON, when it is asked for. */
export function OnDemand(props: { name: string; of: unknown }) {
  if (props.of === null || props.of === undefined) return null;
  return (
    <details>
      <summary class="w-fit cursor-pointer text-accent">{props.name}</summary>
      <Json label={props.name} value={props.of} />
    </details>
  );
}
