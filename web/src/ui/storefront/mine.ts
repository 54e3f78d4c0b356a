/** The orders of this browser, and the tokens that show them; newest first. */

import { signal } from "@preact/signals";
import { isRecord, kept } from "./kept";

/** `linked`: came by a link, and nobody has seen yet whether the token is right. */
export type Mine = {
  orderId: string;
  orderToken: string;
  timestamp: string | null;
  status: string | null;
  total: string | null;
  currency: string | null;
  linked: boolean;
};

const MOST = 200;

function mineOf(value: unknown): Mine[] {
  if (!isRecord(value) || typeof value.orderId !== "string" || typeof value.orderToken !== "string") return [];
  const text = (name: string) => (typeof value[name] === "string" ? (value[name] as string) : null);
  return [
    {
      orderId: value.orderId,
      orderToken: value.orderToken,
      timestamp: text("timestamp"),
      status: text("status"),
      total: text("total"),
      currency: text("currency"),
      linked: value.linked === true,
    },
  ];
}

export const mine = kept("local", "ordermill.orders", (stored) =>
  Array.isArray(stored) ? stored.flatMap(mineOf) : [],
);

export const find = (orderId: string) => mine.at.value.find((each) => each.orderId === orderId) ?? null;

/** Keep an order and its token, in front of the others. */
export const remember = (order: Mine) =>
  mine.change((now) => [order, ...now.filter((each) => each.orderId !== order.orderId)].slice(0, MOST));

/** Note what is known of it by now. */
export const note = (orderId: string, known: Partial<Mine>) =>
  mine.change((now) => now.map((each) => (each.orderId === orderId ? { ...each, ...known } : each)));

/** What was forgotten last, to be put back. */
export const forgotten = signal<Mine | null>(null);

/** Forget its token: this browser shows the order no more. */
export const forget = (orderId: string) => {
  forgotten.value = find(orderId);
  mine.change((now) => now.filter((each) => each.orderId !== orderId));
};
