/** An order as staff read it, with the ETag that an edit of it needs. */

import { api } from "../../../api/client";
import type { components } from "../../../api/schema";

export type Order = components["schemas"]["OrderView"];
export type Version = { order: Order; etag: string };

/** Throws Problem, 404 for one that was deleted too. */
export async function readOrder(orderId: string): Promise<Version> {
  const { data, response } = await api.GET("/orders/{orderId}", { params: { path: { orderId } } });
  return { order: data as Order, etag: response.headers.get("ETag") ?? "*" };
}
