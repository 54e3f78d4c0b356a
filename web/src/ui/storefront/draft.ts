/** What is filled in beside the cart, kept for the tab, and the body of POST /orders that comes of both. */

import type { components } from "../../api/schema";
import { currencyOf, type Line, piecesOf } from "./cart";
import { isRecord, kept } from "./kept";

export type Judged = components["schemas"]["ImageView"];

/** A picture that was uploaded: its name here, the verdict on it, and the words it was compared with. */
export type Picture = { name: string; judged: Judged; words: string; confirmed: boolean };

export type Draft = {
  customerName: string;
  email: string;
  note: string;
  description: string;
  paymentToken: string;
  picture: Picture | null;
};

/** The test gateway's tokens, which say what becomes of a payment; the first is what it takes by itself. */
export const PAYMENTS = [
  ["tok_approve", "Approved", "The order goes through."],
  ["tok_decline", "Declined", "The order is rejected."],
  ["tok_flaky", "Fails twice, then approved", "The payment is tried again by itself."],
  ["tok_error", "Payment service down", "The order fails; nothing is charged."],
  ["tok_timeout_once", "No answer at first", "Charged once, however often it is asked."],
  ["tok_timeout", "Never an answer", "The order fails; what was charged is refunded."],
  ["tok_refund_flaky", "Refund fails twice", "Cancel the order in time to see it."],
  ["tok_refund_fail", "Refund always fails", "Cancel the order in time to see it."],
] as const;

const EMPTY: Draft = {
  customerName: "",
  email: "",
  note: "",
  description: "",
  paymentToken: PAYMENTS[0][0],
  picture: null,
};

const VERDICTS = new Set(["MATCH", "MISMATCH", "INCONCLUSIVE", "UNCHECKED"]);

function pictureOf(value: unknown): Picture | null {
  if (!isRecord(value) || typeof value.name !== "string" || typeof value.words !== "string") return null;
  const { name, words, judged } = value;
  if (!isRecord(judged) || typeof judged.imageId !== "string" || !VERDICTS.has(String(judged.verdict))) return null;
  if (!Array.isArray(judged.labels)) return null;
  return { name, words, judged: judged as Judged, confirmed: value.confirmed === true };
}

/** The draft that stands in the store, or an empty one. */
export function draftOf(stored: unknown): Draft {
  const said = isRecord(stored) ? stored : {};
  const text = (name: keyof Draft) => (typeof said[name] === "string" ? (said[name] as string) : "");
  const token = PAYMENTS.find(([each]) => each === said.paymentToken)?.[0] ?? EMPTY.paymentToken;
  return {
    customerName: text("customerName"),
    email: text("email"),
    note: text("note"),
    description: text("description"),
    paymentToken: token,
    picture: pictureOf(said.picture),
  };
}

export const draft = kept("session", "ordermill.draft", draftOf);

export const change = (some: Partial<Draft>) => draft.change((now) => ({ ...now, ...some }));

/** Ordered: who it is for stays, what it is goes. */
export const used = () => draft.change(({ customerName, email }) => ({ ...EMPTY, customerName, email }));

/** What a picture is compared with: the description, else what the products are called. */
export const wordsOf = (lines: readonly Line[], description: string) =>
  description.trim() || [...new Set(lines.map((line) => line.name))].join(", ");

/** The body of POST /orders, as JSON text. What the server should judge is sent as it was typed. */
export function bodyOf(lines: readonly Line[], filled: Draft): string {
  const { picture } = filled;
  return JSON.stringify({
    customerName: filled.customerName || null,
    email: filled.email.trim() || null,
    note: filled.note || null,
    description: filled.description || null,
    currency: currencyOf(lines),
    items: lines.map((line) => {
      const typed = line.quantity.trim();
      const quantity = piecesOf(typed) === null ? typed || null : Number(typed);
      return line.sku === null
        ? { product: line.name, quantity, unitPrice: line.unitPrice }
        : { sku: line.sku, quantity };
    }),
    imageId: picture?.judged.imageId ?? null,
    confirmMismatch: picture?.confirmed ? true : null,
    paymentToken: filled.paymentToken === EMPTY.paymentToken ? null : filled.paymentToken,
  });
}
