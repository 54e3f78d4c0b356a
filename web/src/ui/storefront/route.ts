/** Where one is in the storefront: a fragment of the address, which no server sees. */

import { signal } from "@preact/signals";
import { find, remember } from "./mine";

export type Route = { view: "shop" } | { view: "cart" } | { view: "orders" } | { view: "order"; orderId: string };

/** The view of a fragment; whatever is unknown shows the shop. */
export function routeOf(hash: string): Route {
  const [, head, rest] = /^#\/(\w+)(?:\/([^/]+))?$/.exec(hash) ?? [];
  if (head === "cart") return { view: "cart" };
  if (head !== "orders") return { view: "shop" };
  return rest === undefined ? { view: "orders" } : { view: "order", orderId: decoded(rest) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const hashOf = (orderId: string) => `#/orders/${encodeURIComponent(orderId)}`;

/** The order that a mail or somebody who shared it links to, `#order=…&token=…`; null where it is no such link. */
export function linkOf(hash: string): { orderId: string; orderToken: string } | "broken" | null {
  if (!hash.startsWith("#order=")) return null;
  const link = new URLSearchParams(hash.slice(1));
  const [orderId, orderToken] = [link.get("order") ?? "", link.get("token") ?? ""];
  const isWhole = /^[\w-]{1,100}$/.test(orderId) && /^[!-~]{1,1000}$/.test(orderToken);
  return isWhole ? { orderId, orderToken } : "broken";
}

/** A link that shows the order to whoever has it. */
export const sharedLink = (orderId: string, orderToken: string) =>
  `${location.origin}/#${new URLSearchParams({ order: orderId, token: orderToken })}`;

export const route = signal<Route>({ view: "shop" });
/** How many links were opened: the next may have brought the token that was missing. */
export const arrivals = signal(0);
/** A link was opened that cannot be one of an order. */
export const brokenLink = signal(false);

/** Show what the address says. A link's token is taken out of it at once and kept here. */
export function arrive() {
  const link = linkOf(location.hash);
  brokenLink.value = link === "broken";
  if (link !== null) {
    const to = link === "broken" ? "" : hashOf(link.orderId);
    history.replaceState(null, "", `${location.pathname}${location.search}${to}`);
    arrivals.value += 1;
  }
  // A token that has shown the order already is not given up for one of a link.
  if (link !== null && link !== "broken" && find(link.orderId)?.linked !== false)
    remember({ ...link, timestamp: null, status: null, total: null, currency: null, linked: true });
  route.value = routeOf(location.hash);
}

/** Show what the address says, now and whenever it changes. */
export function startRouting() {
  addEventListener("hashchange", () => {
    arrive();
    scrollTo(0, 0);
  });
  arrive();
}
