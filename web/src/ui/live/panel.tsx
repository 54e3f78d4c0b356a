/** The panel about the node where something happens, or that was chosen. */

import type { Topology } from "../../layout/topology";
import type { Hop } from "../../model/types";
import { Facts, Pill } from "../kit/data";
import type { Measures } from "./measures";
import type { Show } from "./show";
import { aboutOf, clock, concerns, duration, OUTCOME_WORDS, stateOf } from "./words";

const TONES = { ok: "good", retry: "warn", failed: "bad", dead: "bad" } as const;
const HOPS = 6;

const rate = (perSecond: number) => `${perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0)}/s`;
const ms = (value: number | null) => (value === null ? "–" : duration(value));

export function Panel(props: { show: Show; topology: Topology; pipeline: string; measures: Measures | null }) {
  const { show, topology, pipeline, measures } = props;
  // Told anew as time goes on.
  void show.at.value;
  void show.control.value;
  const id = show.active;
  const node = show.layout.nodes.find((each) => each.id === id);
  if (!node) {
    return (
      <p class="text-sm text-soft">
        Nothing happens right now. Place an order and follow it, or choose a part of the picture.
      </p>
    );
  }
  const frame = show.frame();
  const about = aboutOf(topology, pipeline, node);
  const state = frame.states.get(node.id);
  const hops = show.track.log.recent(HOPS, (hop) => concerns(node.id, hop.edge), frame.at);
  return (
    <section aria-label={`About ${node.label}`} data-active={node.id} class="grid gap-3">
      <div class="flex flex-wrap items-center justify-between gap-2">
        <h2 class="min-w-0 break-words text-lg">{node.label}</h2>
        <Pill tone={state ? TONES[state.outcome] : "plain"}>{stateOf(frame, node.id)}</Pill>
      </div>
      <p class="text-sm">
        <span class="text-soft">{node.kind} · </span>
        {about.caption}
      </p>
      {about.trigger && (
        <p class="text-sm">
          <span class="text-soft">Triggered by </span>
          {about.trigger}
        </p>
      )}
      <Numbers show={show} measures={measures} id={node.id} depth={frame.depths.get(node.id)} />
      <Grants of={about.grants} title={node.kind === "function" ? "May touch" : "Used by"} />
      <Recent hops={hops} />
      {show.pinned.value !== null && (
        <button
          type="button"
          class="cursor-pointer justify-self-start text-sm text-accent underline"
          onClick={() => show.pin(null)}
        >
          Go with what happens
        </button>
      )}
    </section>
  );
}

function Numbers(props: { show: Show; measures: Measures | null; id: string; depth: number | undefined }) {
  const { show, measures, id, depth } = props;
  void measures?.read.value;
  const measured = measures?.meter.of(id) ?? null;
  const waiting: [string, string][] = depth === undefined ? [] : [["Waiting", depth.toLocaleString()]];
  if (measured === null) return waiting.length ? <Facts of={waiting} /> : null;
  const span = measured.overS ? `last ${measured.overS.toFixed(0)} s` : "since the start";
  return (
    <div>
      <Facts
        of={[
          ...waiting,
          ["Rate", rate(measured.perSecond)],
          ["p50 / p99", `${ms(measured.p50Ms)} / ${ms(measured.p99Ms)}`],
          ["Errors", `${rate(measured.errorsPerSecond)}, ${measured.errors.toLocaleString()} in all`],
          ["Since the start", measured.total.toLocaleString()],
        ]}
      />
      <p class="mt-1 text-xs text-soft">
        Measured by the server, {span}
        {show.track.player.isLive || show.mode === "recorded" ? "" : "; not of the moment shown"}.
      </p>
    </div>
  );
}

function Grants(props: { of: readonly (readonly [string, string])[]; title: string }) {
  if (props.of.length === 0) return null;
  return (
    <details class="text-sm">
      <summary class="cursor-pointer text-soft">
        {props.title} ({props.of.length})
      </summary>
      <ul class="mt-1 grid gap-1">
        {props.of.map(([name, verbs]) => (
          <li key={name} class="break-words">
            <code class="font-mono text-xs">{name}</code> <span class="text-soft">{verbs}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Recent(props: { hops: readonly Hop[] }) {
  if (props.hops.length === 0) return <p class="text-sm text-soft">Nothing has come here yet.</p>;
  return (
    <div>
      <h3 class="mb-1 text-sm text-soft">Last</h3>
      <ol class="grid gap-1 font-mono text-xs" data-testid="last-hops">
        {props.hops.map((hop) => (
          <li key={hop.seq} class="flex flex-wrap gap-x-2">
            <span class="text-soft">{clock(hop.at)}</span>
            <span class="min-w-0 break-all">{hop.edge}</span>
            <span class={hop.outcome === "ok" ? "text-accent" : hop.outcome === "retry" ? "text-warn" : "text-bad"}>
              {hop.outcome === "ok" ? duration(hop.durationMs) : `${OUTCOME_WORDS[hop.outcome]}: ${hop.error ?? ""}`}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
