/**
 * One try to order: its idempotency key, and what was sent under it without an answer. It survives a reload of the tab,
 * so that an answer that was lost can still be asked for.
 */

import { signal } from "@preact/signals";
import { isRecord, keep, recall } from "./kept";

export type Attempt = { key: string; unanswered: readonly string[] };

const SLOT = "ordermill.attempt";

/** A name that nobody else uses; `randomUUID` exists only where the page is served securely or from this machine. */
export function freshKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const fresh = (): Attempt => ({ key: freshKey(), unanswered: [] });

function load(): Attempt {
  const stored = recall("session", SLOT);
  if (!isRecord(stored) || typeof stored.key !== "string" || !Array.isArray(stored.unanswered)) return fresh();
  return { key: stored.key, unanswered: stored.unanswered.filter((body) => typeof body === "string") };
}

/** The try under way. */
export const attempt = signal<Attempt>(load());

function save(next: Attempt) {
  attempt.value = next;
  keep("session", SLOT, next);
}

/** Begin anew, under a new key: the old one has its order. */
export const renew = () => save(fresh());

/** `body` goes out: until an answer comes, it may be what made an order. */
export const sending = (body: string) => {
  const { key, unanswered } = attempt.value;
  save({ key, unanswered: [...unanswered.filter((other) => other !== body), body] });
};

/** The server refused `body`, so it made no order. */
export const refused = (body: string) => {
  const { key, unanswered } = attempt.value;
  save({ key, unanswered: unanswered.filter((other) => other !== body) });
};
