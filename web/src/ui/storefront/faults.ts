/** What the server finds wrong with an order, as sentences at the fields that they are about. */

import type { Fault, Problem } from "../../api/problem";
import type { Line } from "./cart";

/** By field: a member's name, `picture`, or `line <id>`; `rest` belongs to none. */
export type Faults = { at: ReadonlyMap<string, string>; rest: readonly string[] };

export const NO_FAULTS: Faults = { at: new Map(), rest: [] };

const PLACES: Readonly<Record<string, string>> = {
  customerName: "customerName",
  email: "email",
  note: "note",
  description: "description",
  imageId: "picture",
  confirmMismatch: "picture",
  paymentToken: "paymentToken",
};
const ENTER = new Set([
  ...["required", "wrong-type", "out-of-range", "blank", "too-long", "invalid-text", "invalid-email", "invalid-price"],
]);
const PLAIN: Readonly<Record<string, string>> = {
  "unknown-product": "This shop sells only what is in its catalogue.",
  "unknown-image": "The picture is not there any more. Please upload it again.",
  "price-required": "This is not in the catalogue any more. Please remove it.",
};

/** Every error of a refusal at its field; the lines are those that were sent. */
export function faultsOf(problem: Problem, lines: readonly Line[]): Faults {
  const at = new Map<string, string>();
  const rest: string[] = [];
  for (const fault of problem.errors) {
    const field = fieldOf(fault.pointer, lines);
    const text = sentence(fault);
    const before = field === null ? undefined : at.get(field);
    if (field === null) rest.push(text);
    else if (before === undefined) at.set(field, text);
    else if (!before.includes(text)) at.set(field, `${before} ${text}`);
  }
  if (problem.slug === "image-mismatch") at.set("picture", PICTURE_DIFFERS);
  else if (problem.errors.length === 0) rest.push(`${problem.title}.`);
  return { at, rest };
}

/** The faults without the one of a field that was changed since. */
export function forgiven(faults: Faults, field: string): Faults {
  if (!faults.at.has(field)) return faults;
  return { ...faults, at: new Map([...faults.at].filter(([name]) => name !== field)) };
}

export const PICTURE_DIFFERS = "Choose another picture, or confirm that this is the right one.";

function fieldOf(pointer: string, lines: readonly Line[]): string | null {
  const [, head = "", index = ""] = pointer.split("/");
  if (head !== "items") return PLACES[head] ?? null;
  const line = /^\d+$/.test(index) ? lines[Number(index)] : lines.length === 1 ? lines[0] : undefined;
  return line ? `line ${line.id}` : null;
}

function sentence(fault: Fault): string {
  const plain = PLAIN[fault.code];
  if (plain !== undefined) return plain;
  const text = ENTER.has(fault.code) ? `please enter ${fault.detail}.` : `${fault.detail}.`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
