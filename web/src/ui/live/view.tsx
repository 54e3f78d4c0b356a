/** The live view, whatever its events come from: picture, panel, time, and for a running server what can be done to it. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Feed } from "../../feed/feed";
import type { Readings } from "../../feed/recording";
import { layOut } from "../../layout/layout";
import type { Topology } from "../../layout/topology";
import type { Frame, Layout, Stage } from "../../model/types";
import { Button } from "../kit/controls";
import { Pill } from "../kit/data";
import { Note } from "../kit/surfaces";
import { Breaking, Ordering } from "./actions";
import { Measures } from "./measures";
import { Nodes, Spoken } from "./nodes";
import { IconNotice } from "./notice";
import { OrderSearch, OrderTimeline } from "./order";
import { Panel } from "./panel";
import { RecordedMeasures } from "./recorded-measures";
import { type Mode, Show } from "./show";
import { type Dimensions, StageArea } from "./stage-area";
import { STEP_MS, Timeline } from "./timeline";
import { breakable, clock } from "./words";

/** What browser tests may look at, and nothing that they could change. */
export type Exposed = {
  readonly layout: Layout;
  frame: () => Frame;
  /** At another moment, of what is shown. */
  frameAt: (at: number) => Frame;
  span: () => readonly [number, number] | null;
  sizes: () => Record<string, number>;
};

declare global {
  interface Window {
    ordermill?: Exposed;
  }
}

/** `readings`: of a recording, what was measured meanwhile; a running server is asked. */
export function LiveView(props: { topology: Topology; pipeline: string; mode: Mode; feed: Feed; readings?: Readings }) {
  const { topology, pipeline, mode, feed, readings } = props;
  const show = useMemo(() => new Show(layOut(topology, pipeline), mode), [topology, pipeline, mode]);
  const measures = useMemo(
    () => (mode === "live" ? new Measures() : readings ? new RecordedMeasures(readings) : null),
    [mode, readings],
  );
  const dimensions = useSignal<Dimensions>("3d");
  const flat = useSignal<string | null>(null);
  const stage = useSignal<Stage | null>(null);
  useEffect(() => show.listen(feed), [show, feed]);
  useEffect(() => measures?.start(show), [measures, show]);
  useEffect(() => expose(show), [show]);
  useKeys(show, stage);
  const followed = show.followed.value;
  return (
    <div class="grid gap-4 xl:relative xl:left-1/2 xl:w-[min(100vw-var(--beside,19rem),110rem)] xl:-translate-x-1/2">
      <div class="relative h-[64dvh] min-h-96 overflow-hidden rounded-card border border-line bg-ground sm:h-[74dvh]">
        <StageArea
          show={show}
          dimensions={dimensions.value}
          onStage={(made) => {
            stage.value = made;
          }}
          onFlat={(why) => {
            flat.value = why;
            dimensions.value = "2d";
          }}
        />
        <div class="pointer-events-none absolute inset-x-3 top-3 flex flex-wrap items-start justify-between gap-2 lg:right-86">
          <Badge show={show} />
          <div class="pointer-events-auto flex gap-2">
            <Button small class="glass" onClick={() => stage.value?.focus(null)}>
              Show all
            </Button>
            <Button
              small
              class="glass"
              disabled={flat.value !== null}
              title={flat.value === null ? undefined : `This browser shows no 3D here: ${flat.value}`}
              aria-pressed={dimensions.value === "2d"}
              onClick={() => {
                dimensions.value = dimensions.value === "3d" ? "2d" : "3d";
              }}
            >
              2D
            </Button>
          </div>
        </div>
        <div class="glass absolute inset-x-3 bottom-3 rounded-card px-3 py-2">
          <Timeline show={show} />
        </div>
        <div class="glass absolute bottom-20 right-3 top-3 hidden w-80 overflow-y-auto rounded-card p-4 lg:block">
          <Panel show={show} topology={topology} pipeline={pipeline} measures={measures} />
        </div>
      </div>
      <Troubles show={show} measures={measures} flat={flat.value} />
      <div class="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-3">
        <Box>
          <OrderSearch show={show} />
          {followed !== null && (
            <div class="mt-4">
              <OrderTimeline key={followed} show={show} orderId={followed} asks={mode === "live"} />
            </div>
          )}
        </Box>
        {mode === "live" && (
          <>
            <Box>
              <Ordering show={show} />
            </Box>
            <Box>
              <Breaking show={show} names={breakable(topology, pipeline)} />
            </Box>
          </>
        )}
      </div>
      <Box>
        <Nodes show={show} stage={stage.value} />
      </Box>
      <IconNotice />
      <Sheet show={show}>
        <Panel show={show} topology={topology} pipeline={pipeline} measures={measures} />
      </Sheet>
      <Spoken show={show} />
    </div>
  );
}

const Box = (props: { children: preact.ComponentChildren }) => (
  <div class="min-w-0 rounded-card border border-line bg-card p-4 shadow-card">{props.children}</div>
);

/** On a small screen the panel is a sheet at its lower edge. */
function Sheet(props: { show: Show; children: preact.ComponentChildren }) {
  const open = useSignal(false);
  const { show } = props;
  const label = show.layout.nodes.find((node) => node.id === show.active)?.label ?? "nothing happens";
  return (
    <div class="sticky bottom-0 z-10 -mx-4 sm:-mx-8 lg:hidden" data-testid="sheet">
      <div class="glass max-h-[60dvh] overflow-y-auto rounded-t-card px-4 pb-3">
        <button
          type="button"
          aria-expanded={open.value}
          class="flex min-h-11 w-full cursor-pointer items-center justify-between gap-3 text-left text-sm font-semibold"
          onClick={() => {
            open.value = !open.value;
          }}
        >
          <span class="min-w-0 truncate">Now: {label}</span>
          <span aria-hidden="true">{open.value ? "▾" : "▴"}</span>
        </button>
        {open.value && props.children}
      </div>
    </div>
  );
}

const BADGES: Record<Mode, readonly ["good" | "info" | "warn", string]> = {
  live: ["good", "Live"],
  recorded: ["warn", "Recorded"],
  aws: ["info", "AWS"],
};

/** What is seen: what happens now, or what happened once. */
function Badge(props: { show: Show }) {
  const { show } = props;
  void show.control.value;
  const replay = show.replay.value;
  const [tone, text] = BADGES[show.mode];
  const behind = show.mode === "live" && !show.track.player.isLive;
  return (
    <div class="glass flex flex-wrap items-center gap-2 rounded-control px-3 py-1.5" data-testid="badge">
      <Pill tone={replay || behind ? "warn" : tone}>{replay ? "Replay" : behind ? "Not live" : text}</Pill>
      <span class={`text-xs text-soft ${replay ? "" : "max-sm:hidden"}`}>
        {replay
          ? "one order, as it was; idle time is left out"
          : (behind || show.mode !== "live") && clock(show.at.value)}
      </span>
    </div>
  );
}

function Troubles(props: { show: Show; measures: Measures | null; flat: string | null }) {
  const { show, measures, flat } = props;
  const status = show.status.value;
  const gap = show.gap.value;
  return (
    <div class="grid gap-2 empty:hidden">
      {status.kind === "waiting" && <Note tone="warn">{status.why} Trying again.</Note>}
      {status.kind === "closed" && status.reason !== "ended" && <Note tone="bad">{status.why}</Note>}
      {measures?.problem.value && status.kind === "open" && (
        <Note tone="warn">Rates and depths are not up to date: {measures.problem.value.detail}</Note>
      )}
      {gap !== null && (
        <Note tone="warn">
          Some of what happened is missing here
          {gap.reason === "restart" ? ", from before the server was started again" : ""}. Orders can still be replayed,
          one by one.
        </Note>
      )}
      {flat !== null && (
        <Note>This browser shows no 3D here ({flat}), so this is the drawing, with the same in it.</Note>
      )}
    </div>
  );
}

/** Space pauses, arrows step, Escape lets go. Not while something is typed or chosen. */
function useKeys(show: Show, stage: { value: Stage | null }) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const at =
        event.target instanceof Element ? event.target.closest("input,select,textarea,button,a,summary") : null;
      if (at || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.key === "ArrowLeft" ? -STEP_MS : event.key === "ArrowRight" ? STEP_MS : 0;
      if (event.key === " ") show.command((player) => player.toggle());
      else if (step) {
        show.command((player) => {
          player.pause();
          player.seek(player.at + step);
        });
      } else if (event.key === "Escape") {
        show.pin(null);
        stage.value?.focus(null);
      } else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [show, stage]);
}

function expose(show: Show): () => void {
  const exposed: Exposed = {
    layout: show.layout,
    frame: () => show.frame(),
    frameAt: (at) => show.track.log.frame(at),
    span: () => show.track.log.span(),
    sizes: () => show.track.log.sizes(),
  };
  window.ordermill = Object.freeze(exposed);
  return () => {
    delete window.ordermill;
  };
}
