/** Which orders a list has, as the address and the API say it. */

import type { components } from "../../../api/schema";
import type { Query } from "../../kit/query";

export type Status = components["schemas"]["Status"];

/** In the order of an order's way, then its exits. */
export const STATUSES: readonly Status[] = [
  "PENDING",
  "CONFIRMED",
  "PAID",
  "PROCESSED",
  "SHIPPED",
  "DELIVERED",
  "REJECTED",
  "FAILED",
  "CANCELLED",
];

/** Empty where nothing is asked for; `from` and `to` are times of RFC 3339. */
export type Filters = { status: string; customer: string; from: string; to: string; cursor: string };

const NAMES = ["status", "customer", "from", "to", "cursor"] as const;

/** What the address asks for. */
export function readFilters(query: Query): Filters {
  const read = (name: string) => (query[name] ?? "").trim();
  return {
    status: read("status").toUpperCase(),
    customer: read("customer"),
    from: read("from"),
    to: read("to"),
    cursor: read("cursor"),
  };
}

/** What the API is asked: each filter that is set. */
export function asked(filters: Filters): Partial<Filters> {
  return Object.fromEntries(NAMES.filter((name) => filters[name] !== "").map((name) => [name, filters[name]]));
}

/** Why no list can answer this, or null. The lists are indexes by status and by customer, here as on AWS. */
export function refusal(filters: Filters): string | null {
  const { status, customer, from, to } = filters;
  if (status && customer)
    return "Orders are found by their status or by their customer, each within a period, not by both: there is no index of both.";
  if (status && !STATUSES.some((known) => known === status)) return `There is no status ${status}.`;
  for (const at of [from, to]) if (at && Number.isNaN(Date.parse(at))) return `${at} is no time.`;
  if (from && to && Date.parse(from) > Date.parse(to)) return "The period ends before it begins.";
  return null;
}

const ORDER_ID = /ord_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

/** The order's id in what was typed or pasted (a link, a line of the log), or null. */
export const orderIdIn = (text: string): string | null => ORDER_ID.exec(text.trim().toLowerCase())?.[0] ?? null;
