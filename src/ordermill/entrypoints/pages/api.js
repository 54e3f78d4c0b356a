// The calls to the server. Each answers {status, body, retryMs}; without an answer it throws Unreachable.

const TIMEOUT_MS = 15_000;
const MOST_RETRY_S = 30;

/** No answer came: the request may or may not have arrived. */
export class Unreachable extends Error {}

/** GET /products. */
export const readProducts = () => call("/products", {});

/** GET /orders/{orderId} as the holder of its token. */
export const readOrder = (placed) =>
  call(`/orders/${encodeURIComponent(placed.orderId)}`, { headers: { "Order-Token": placed.orderToken } });

/** POST /orders: `body` is JSON text, and the same key never makes two orders. */
export const placeOrder = (key, body) =>
  call("/orders", { method: "POST", body, headers: { "Content-Type": "application/json", "Idempotency-Key": key } });

/** POST /subscriptions. */
export const subscribe = (email) =>
  call("/subscriptions", { method: "POST", body: JSON.stringify({ email }), headers: { "Content-Type": "application/json" } });

async function call(path, options) {
  try {
    const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
    const text = await response.text();
    return { status: response.status, body: parsed(text), retryMs: retryAfter(response.headers.get("Retry-After")) };
  } catch (error) {
    throw new Unreachable("no answer", { cause: error });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function retryAfter(header) {
  const seconds = /^\d+$/.test(header ?? "") ? Number(header) : 2;
  return Math.min(Math.max(seconds, 1), MOST_RETRY_S) * 1000;
}
