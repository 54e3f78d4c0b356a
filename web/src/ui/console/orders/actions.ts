/** What staff may do about an order, and when. The server has the last word: 409 says what is allowed. */

import { api, got } from "../../../api/client";
import { patient } from "../../../api/patient";
import type { components } from "../../../api/schema";
import type { Status } from "./filters";

export type ActionName = components["schemas"]["ActionRequest"]["action"];
export type Wanted = { action: ActionName; reason: string; carrier: string; trackingNumber: string };

type About = { text: string; done: string; from: readonly Status[]; danger?: true };

export const ACTIONS: Readonly<Record<ActionName, About>> = {
  ship: { text: "Ship", done: "shipped", from: ["PROCESSED"] },
  deliver: { text: "Deliver", done: "delivered", from: ["SHIPPED"] },
  retry: { text: "Retry", done: "sent to be processed again", from: ["FAILED"] },
  cancel: {
    text: "Cancel",
    done: "cancelled",
    from: ["PENDING", "CONFIRMED", "PAID", "PROCESSED", "FAILED"],
    danger: true,
  },
  delete: {
    text: "Delete",
    done: "deleted",
    from: ["PENDING", "CONFIRMED", "PAID", "PROCESSED", "DELIVERED", "REJECTED", "FAILED", "CANCELLED"],
    danger: true,
  },
};

export const ACTION_NAMES = Object.keys(ACTIONS) as ActionName[];

/** What may be done about an order with this status. */
export const allowed = (status: Status): ActionName[] =>
  ACTION_NAMES.filter((name) => ACTIONS[name].from.includes(status));

/** What an action does to the customer and the money, said before it is done. */
export const CONSEQUENCES: Readonly<Record<ActionName, string>> = {
  ship: "The customer is mailed, with the carrier and number if there are any.",
  deliver: "The customer is mailed.",
  retry: "It is processed again from the beginning, with a charge of its own, once its refund is settled.",
  cancel: "Its stock goes back, what was paid is refunded, and the customer is mailed.",
  delete:
    "It is cancelled and refunded first if it is under way, then it is in the archive alone. This cannot be undone.",
};

/** The body of a request: what was left empty is left out, and only `ship` has a carrier. */
export function bodyOf(wanted: Wanted) {
  const said = (text: string) => text.trim() || null;
  const ship = wanted.action === "ship";
  return {
    action: wanted.action,
    reason: said(wanted.reason),
    ...(ship && { carrier: said(wanted.carrier), trackingNumber: said(wanted.trackingNumber) }),
  };
}

/** Do it about one order. Throws Problem. */
export const act = (orderId: string, wanted: Wanted) =>
  got(api.POST("/orders/{orderId}/actions", { params: { path: { orderId } }, body: bodyOf(wanted) }));

/** Do it about up to 100, each by itself. Throws Problem where none was tried. */
export const actOnAll = async (orderIds: string[], wanted: Wanted) =>
  (await got(api.POST("/orders/actions", { body: { orderIds, ...bodyOf(wanted) }, fetch: patient }))).results;

export type Result = Awaited<ReturnType<typeof actOnAll>>[number];
