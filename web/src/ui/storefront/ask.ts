/** What the storefront asks the API. All throw Problem. */

import { api, got } from "../../api/client";
import { patient } from "../../api/patient";
import type { components } from "../../api/schema";
import type { Product } from "./cart";
import type { Placed } from "./deliver";
import type { Judged } from "./draft";

type Schemas = components["schemas"];
export type Whole = Schemas["OrderView"];
/** The whole order for its holder, what everybody may see for others. */
export type Order = Whole | Schemas["PublicOrderView"];

const holding = (token: string | null) => (token === null ? {} : { "Order-Token": token });

export const readProducts = async (): Promise<Product[]> => (await got(api.GET("/products"))).products;

/** `body`: JSON text; the same key never makes two orders. */
export const placeOrder = (key: string, body: string): Promise<Placed> =>
  got(
    api.POST("/orders", {
      params: { header: { "Idempotency-Key": key } },
      body: JSON.parse(body) as Schemas["OrderRequest"],
    }),
  );

/** The order and its ETag; null where it is still what `etag` names. */
export async function readOrder(orderId: string, token: string | null, etag: string | null) {
  const { data, response } = await api.GET("/orders/{orderId}", {
    params: { path: { orderId } },
    headers: { ...holding(token), ...(etag === null ? {} : { "If-None-Match": etag }) },
  });
  if (response.status === 304) return null;
  return { order: data as Order, etag: response.headers.get("ETag") };
}

export const cancelOrder = (orderId: string, token: string, reason: string): Promise<Whole> =>
  got(
    api.POST("/orders/{orderId}/cancel", {
      params: { path: { orderId } },
      headers: holding(token),
      body: { reason: reason.trim() || null },
    }),
  );

/** `image`: in base64. It takes its time on a slow line. */
export const uploadImage = (image: string, description: string): Promise<Judged> =>
  got(api.POST("/images", { body: { image, description: description || null }, fetch: patient }));

export async function subscribe(email: string): Promise<void> {
  await api.POST("/subscriptions", { body: { email } });
}
