/** Follows one order while it changes: often while it is under way, seldom while only staff can move it. */

import { Problem } from "../../api/problem";
import type { Order } from "./ask";
import { retryMs } from "./deliver";

/** How it goes: no trouble; trouble that passes; not to be shown here, at all or any more. */
export type Trouble = "" | "lost" | "busy" | "queued" | "gone" | "never";

export type Follower = { shown: (order: Order) => void; trouble: (kind: Trouble) => void };
/** The order and its ETag, or null where it is still the one of that ETag. Throws Problem. */
export type Read = (etag: string | null) => Promise<{ order: Order; etag: string | null } | null>;

const FIRST_MS = 150;
const LONGEST_MS = 2_000;
const FIRST_IDLE_MS = 4_000;
const LONGEST_IDLE_MS = 60_000;
/** After this long an order that is not there yet is one that waits. */
const QUEUED_MS = 5_000;
const OVER = new Set(["DELIVERED", "REJECTED", "CANCELLED"]);
const RESTING = new Set([...OVER, "PROCESSED", "SHIPPED", "FAILED"]);

/** What is to come by itself: "soon"; by staff alone: "maybe"; nothing: "never". */
export function expectation(order: Order): "soon" | "maybe" | "never" {
  if (!RESTING.has(order.status) || ("compensation" in order && order.compensation === "RUNNING")) return "soon";
  return OVER.has(order.status) ? "never" : "maybe";
}

/** Follow it until the answer is called, or nothing is to come. */
export function follow(read: Read, to: Follower): () => void {
  const over = new AbortController();
  void run(read, to, over.signal);
  return () => over.abort();
}

async function run(read: Read, to: Follower, over: AbortSignal) {
  const began = Date.now();
  let last: { order: Order; etag: string | null } | null = null;
  let wait = FIRST_MS;
  for (;;) {
    await untilSeen(over);
    let held = 0;
    try {
      const found = await read(last?.etag ?? null);
      if (over.aborted) return;
      to.trouble("");
      if (found !== null) {
        if (last !== null && expectation(last.order) !== expectation(found.order)) wait = FIRST_MS;
        last = found;
        to.shown(found.order);
      }
      if (last !== null && expectation(last.order) === "never") return;
    } catch (error) {
      if (over.aborted) return;
      const kind = troubleOf(error, last !== null, Date.now() - began);
      to.trouble(kind);
      if (kind === "gone" || kind === "never") return;
      held = kind === "busy" && error instanceof Problem ? retryMs(error) : 0;
    }
    const idle = last !== null && expectation(last.order) === "maybe";
    if (idle) wait = Math.max(wait, FIRST_IDLE_MS);
    await pause(Math.max(wait, held), over);
    if (over.aborted) return;
    wait = Math.min(wait * 1.5, idle ? LONGEST_IDLE_MS : LONGEST_MS);
  }
}

function troubleOf(error: unknown, seen: boolean, sinceMs: number): Trouble {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 0) return "lost";
  // Where orders are queued first, the record appears a moment after the answer.
  if (error.status === 404 && !seen) return sinceMs > QUEUED_MS ? "queued" : "";
  if (error.status === 429 || error.status >= 500) return "busy";
  return seen ? "gone" : "never";
}

/** At once where the page is seen, else when it is. */
const untilSeen = (over: AbortSignal) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (document.visibilityState !== "visible" && !over.aborted) return;
      document.removeEventListener("visibilitychange", look);
      over.removeEventListener("abort", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    over.addEventListener("abort", look);
    look();
  });

const pause = (ms: number, over: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      over.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    over.addEventListener("abort", done);
  });
