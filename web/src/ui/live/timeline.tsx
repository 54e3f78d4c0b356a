/** The moment that is shown, and the ways to another: pause, speed, scrub, back to now. */

import { SPEEDS } from "../../model/player";
import { Button } from "../kit/controls";
import type { Show } from "./show";
import { clock } from "./words";

/** One press of an arrow goes so far, in milliseconds. */
export const STEP_MS = 200;
const SPAN_MS = 15 * 60_000;

export function Timeline(props: { show: Show }) {
  const { show } = props;
  void show.control.value;
  const { player, log, real } = show.track;
  const at = show.at.value || player.at;
  const live = show.mode === "live" && show.replay.value === null;
  const [first, last] = log.span() ?? [at, at];
  const end = live ? Math.max(at, last) : last;
  const from = live ? Math.max(first, end - SPAN_MS) : first;
  const paused = player.paused;
  return (
    <fieldset aria-label="Time" class="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button small aria-label={paused ? "Play" : "Pause"} onClick={() => show.command((each) => each.toggle())}>
        {paused ? "▶" : "❚❚"}
      </Button>
      <label class="flex items-center gap-1.5 text-sm">
        <span class="sr-only">Speed</span>
        <select
          class="min-h-9 rounded-control border border-edge bg-card px-1"
          value={String(player.speed)}
          onChange={(event) => {
            const speed = Number(event.currentTarget.value);
            show.command((each) => each.setSpeed(speed));
          }}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={String(speed)}>
              ×{speed}
            </option>
          ))}
        </select>
      </label>
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={clock(real(at))}
        class="min-h-9 min-w-28 flex-1 accent-accent"
        min={from}
        max={Math.max(end, from + 1)}
        step={50}
        value={at}
        onInput={(event) => {
          const view = Number(event.currentTarget.value);
          show.command((each) => each.seek(view));
        }}
      />
      <time class="whitespace-nowrap font-mono text-sm tabular-nums" data-testid="moment">
        {clock(real(at))}
      </time>
      <Button
        small
        tone={live && player.isLive ? "primary" : "secondary"}
        aria-pressed={player.isLive}
        onClick={() => show.command((each) => (live ? each.live() : each.seek(from)))}
      >
        {live ? "Live" : "From the start"}
      </Button>
    </fieldset>
  );
}
