/** Draws when something has changed, and only then: no frame is made while nothing moves or nobody looks. */

import type { Frame, Stage } from "../../model/types";
import type { Show } from "./show";

const TOLD_MS = 200;
/** So long the panel stays with one node before it goes on with what happens. */
const ACTING_MS = 1500;

/** Shows `show` on `stage` until what is returned is called. */
export function run(show: Show, stage: Stage): () => void {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = 0;
  let acted = 0;
  let over = false;

  const soon = () => {
    if (over || frame || document.hidden) return;
    clearTimeout(timer);
    frame = requestAnimationFrame(draw);
  };
  const draw = () => {
    frame = 0;
    const { player, log } = show.track;
    if (player.isLive === false && show.mode === "live" && show.replay.value === null) player.settle();
    const seen = show.frame();
    stage.show(seen);
    const now = performance.now();
    if (now - told > TOLD_MS || player.paused) {
      told = now;
      show.at.value = seen.at;
    }
    if (now - acted > ACTING_MS) {
      const acting = actor(seen);
      if (acting !== null && acting !== show.acting.value) {
        show.acting.value = acting;
        acted = now;
      }
    }
    if (player.paused) return;
    const wake = log.wakeAt(seen.at);
    if (wake <= seen.at) soon();
    // A clock is to be seen to go on, too.
    else timer = setTimeout(soon, Math.min((wake - seen.at) / player.speed, 1000));
  };
  const unwatch = show.watch(soon);
  document.addEventListener("visibilitychange", soon);
  soon();
  return () => {
    over = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    unwatch();
    document.removeEventListener("visibilitychange", soon);
  };
}

const ASIDE = new Set(["logs", "form", "api"]);

/** Where something happens: of the order that is followed, else what happened last. */
function actor(frame: Frame): string | null {
  const followed = frame.packets.findLast((packet) => packet.orderId === frame.followed && !packet.log);
  if (frame.followed !== null && followed) return followed.edge.slice(followed.edge.lastIndexOf(">") + 1);
  let found: string | null = null;
  let age = 1500;
  for (const [node, state] of frame.states) {
    if (ASIDE.has(node) || state.ageMs >= age) continue;
    found = node;
    age = state.ageMs;
  }
  return found;
}
