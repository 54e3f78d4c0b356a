/** What an order's record says, in words for who ordered. */

import { shownText } from "../kit/money";
import type { Order, Whole } from "./ask";

const PATH = ["PENDING", "CONFIRMED", "PAID", "PROCESSED"];
const EXITS = new Set(["REJECTED", "FAILED", "CANCELLED"]);
const RESTS = new Set(["PROCESSED", "SHIPPED", "DELIVERED", ...EXITS]);
const CANCELLABLE = new Set(["PENDING", "CONFIRMED", "PAID"]);

/** The label, and what is said of the step once it is taken and while it is awaited. */
const STEPS: Readonly<Record<string, readonly [label: string, about: string, awaited?: string]>> = {
  PENDING: ["Received", "Stored safely"],
  CONFIRMED: ["Confirmed", "Everything is reserved", "Reserving what you ordered…"],
  PAID: ["Paid", "The payment went through", "Taking the payment…"],
  PROCESSED: ["Processed", "Being prepared for you", "Completing the order…"],
  SHIPPED: ["Shipped", "Handed to the carrier"],
  DELIVERED: ["Delivered", "It has arrived"],
  REJECTED: ["Rejected", ""],
  FAILED: ["Failed", ""],
  CANCELLED: ["Cancelled", ""],
};
const REASONS: Readonly<Record<string, string>> = {
  OUT_OF_STOCK: "There is not enough in stock.",
  PAYMENT_DECLINED: "The payment was declined.",
  PAYMENT_ERROR: "The payment service did not work.",
  TIMEOUT: "It took too long.",
  INTERNAL: "Something went wrong on our side.",
};
const EXIT_TEXTS: Readonly<Record<string, string>> = {
  REJECTED: "We could not accept this order.",
  FAILED: "We could not complete this order.",
  CANCELLED: "This order was cancelled.",
};
/** What becomes of the money after an exit, by the payment's status. */
const MONEY: Readonly<Record<string, string>> = {
  NONE: "Nothing was charged.",
  DECLINED: "Nothing was charged.",
  REFUND_PENDING: "Anything charged is being refunded.",
  REFUNDED: "What was charged has been refunded.",
};
const STUCK = "The refund is taking longer than it should. We have been told, and are looking into it.";

export type Step = {
  key: string;
  label: string;
  about: string;
  state: "done" | "next" | "later" | "exit";
  at: string | null;
  /** How long after the first step, in milliseconds. */
  afterMs: number;
};

const isWhole = (order: Order): order is Whole => "history" in order;

export const isExit = (status: string) => EXITS.has(status);
export const canCancel = (status: string) => CANCELLABLE.has(status);

/** "Order processed", "Order in progress". */
export function headline(status: string): string {
  return `Order ${RESTS.has(status) ? (STEPS[status]?.[0] ?? status).toLowerCase() : "in progress"}`;
}

/** Why it left its path, and what becomes of the money; "" while it is on it. */
export function outcome(order: Order): string {
  if (!isExit(order.status)) return "";
  const why = (isWhole(order) && order.reason && REASONS[order.reason]) || EXIT_TEXTS[order.status];
  if (!isWhole(order)) return why ?? "";
  return [why, order.compensation === "STUCK" ? STUCK : MONEY[order.payment.status]].filter(Boolean).join(" ");
}

/** What was paid and refunded, for people to read; null where nothing was. */
export function paid(order: Order): string | null {
  if (!isWhole(order) || /^[0.]*$/.test(order.payment.captured)) return null;
  const captured = shownText(order.payment.captured, order.currency);
  if (/^[0.]*$/.test(order.payment.refunded)) return captured;
  return `${captured}, refunded ${shownText(order.payment.refunded, order.currency)}`;
}

/** The steps taken in the current attempt, then those to come, or the exit. */
export function stepsOf(order: Order): Step[] {
  const attempt = attemptOf(order);
  const began = Date.parse(attempt[0]?.at ?? "");
  const done = attempt.map(({ status, at }): Step => {
    const after = at === null ? 0 : Date.parse(at) - began;
    return step(status, isExit(status) ? "exit" : "done", at, Number.isFinite(after) ? after : 0);
  });
  if (RESTS.has(order.status)) return done;
  const next = PATH.slice(PATH.indexOf(order.status) + 1);
  return [...done, ...next.map((status, index) => step(status, index === 0 ? "next" : "later", null, 0))];
}

/** Without the history, what the status alone tells. */
function attemptOf(order: Order): { status: string; at: string | null }[] {
  if (isWhole(order)) {
    const taken = order.history.filter((entry) => entry.changed.length === 0);
    const start = taken.findLastIndex((entry) => entry.status === "PENDING");
    return taken.slice(Math.max(start, 0));
  }
  const upTo = PATH.indexOf(order.status);
  if (upTo < 0)
    return [
      { status: "PENDING", at: order.timestamp },
      { status: order.status, at: order.updatedAt },
    ];
  return PATH.slice(0, upTo + 1).map((status, index) => ({ status, at: index === 0 ? order.timestamp : null }));
}

function step(status: string, state: Step["state"], at: string | null, afterMs: number): Step {
  const [label, about, awaited = ""] = STEPS[status] ?? [status, ""];
  const said = state === "next" ? awaited : state === "later" ? "" : about;
  return { key: `${status} ${at ?? ""}`, label, about: said, state, at, afterMs };
}

/** "+120 ms", "+7.3 s", "+12 s"; "" where it took no time. */
export function afterText(ms: number): string {
  if (ms <= 0) return "";
  if (ms < 1_000) return `+${ms} ms`;
  if (ms < 10_000) return `+${(ms / 1_000).toFixed(1)} s`;
  return ms < 120_000 ? `+${Math.round(ms / 1_000)} s` : `+${Math.round(ms / 60_000)} min`;
}
