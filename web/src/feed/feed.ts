/** Where events come from: the running server, or what was recorded of one. Both look the same to who takes them. */

import type { FeedEvent } from "./events";

export type FeedStatus =
  | { kind: "connecting" }
  | { kind: "open" }
  /** It was cut off, and tries again in `inMs`; `why` is for people. */
  | { kind: "waiting"; why: string; inMs: number }
  /** It is over: `signed-out` (401), `refused` (asking again would not help), `ended` (a recording). */
  | { kind: "closed"; reason: "signed-out" | "refused" | "ended"; why: string };

export type Taking = {
  /** `arrived`: epoch ms of this machine's clock. */
  event: (event: FeedEvent, arrived: number) => void;
  status: (status: FeedStatus) => void;
};

/** A source of events; `start` begins to hand them over until the function that it returns is called. */
export interface Feed {
  start(taking: Taking): () => void;
}

/** This machine's clock and timers; tests bring their own. */
export type Clock = {
  now: () => number;
  after: (ms: number, then: () => void) => () => void;
};

export const CLOCK: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
