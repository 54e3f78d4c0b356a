/** Sends an order under one idempotency key until there is an answer that settles it. */

import { Problem } from "../../api/problem";
import type { components } from "../../api/schema";
import { attempt, refused, renew, sending } from "./attempt";

export type Placed = components["schemas"]["PlacedView"];

/** `body`: what became the order, which may be an earlier one. */
export type Delivered =
  | { kind: "placed"; order: Placed; body: string }
  | { kind: "refused"; problem: Problem }
  | { kind: "open"; why: string };

type Means = {
  /** Throws Problem. */
  post: (key: string, body: string) => Promise<Placed>;
  pause: (ms: number) => Promise<void>;
  /** How long until the next try, in milliseconds. */
  waiting: (ms: number) => void;
};

const MOST_TRIES = 6;
const [LEAST_MS, USUAL_MS, MOST_MS] = [1_000, 2_000, 30_000];

/** When to ask again, as the server said, within reason. */
export const retryMs = (problem: Problem) => Math.min(Math.max(problem.retryMs ?? USUAL_MS, LEAST_MS), MOST_MS);

/** Whether asking again the same way may help. */
const isPassing = (problem: Problem) =>
  problem.status === 429 || problem.status === 503 || problem.slug === "idempotency-in-progress";

/** Send it; `open`: nobody knows whether it is an order, and sending it again finds out. */
export async function deliver(body: string, means: Means): Promise<Delivered> {
  for (let tries = 1; ; tries += 1) {
    sending(body);
    try {
      const order = await means.post(attempt.value.key, body);
      renew();
      return { kind: "placed", order, body };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (isPassing(error) && tries < MOST_TRIES) {
        means.waiting(retryMs(error));
        await means.pause(retryMs(error));
        continue;
      }
      const why = whyOpen(error);
      if (why !== null) return { kind: "open", why };
      refused(body);
      if (error.slug === "idempotency-key-reused") return earlier(means);
      return { kind: "refused", problem: error };
    }
  }
}

function whyOpen(problem: Problem): string | null {
  if (problem.status === 0) return "No answer came, so we do not know whether your order arrived.";
  if (isPassing(problem)) return "The shop is still too busy.";
  return problem.status >= 500 ? "Something went wrong on our side." : null;
}

/** Another body has taken the key: an earlier try whose answer got lost. Ask for its order. */
async function earlier(means: Means): Promise<Delivered> {
  const body = attempt.value.unanswered.at(-1);
  if (body !== undefined) return deliver(body, means);
  renew();
  return { kind: "open", why: "This had already been sent as another order." };
}
