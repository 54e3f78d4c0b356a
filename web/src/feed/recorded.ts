/** A recording as a feed: what a server sent once, handed over at once or as fast as it came. */

import type { FeedEvent } from "./events";
import { CLOCK, type Clock, type Feed } from "./feed";

export type Recording = Iterable<FeedEvent> | AsyncIterable<FeedEvent>;

/** When it happened, epoch ms; a gap has no time of its own. */
export const timeOf = (event: FeedEvent): number | null =>
  event.kind === "hop" ? event.hop.at : event.kind === "frame" ? event.frame.at : null;

/** The events of `recording` in their order, as they come; then it is `ended`. */
export function recordedFeed(recording: Recording, clock: Clock = CLOCK): Feed {
  return {
    start(taking) {
      let over = false;
      const play = async () => {
        try {
          for await (const event of recording) {
            if (over) return;
            taking.event(event, clock.now());
          }
          if (!over) taking.status({ kind: "closed", reason: "ended", why: "The recording ends here." });
        } catch (error) {
          if (!over) taking.status({ kind: "closed", reason: "refused", why: `The recording broke off: ${error}` });
        }
      };
      taking.status({ kind: "open" });
      void play();
      return () => {
        over = true;
      };
    },
  };
}
