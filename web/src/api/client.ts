/** The API, typed by its own description; what is not a success is thrown as a Problem. */

import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf, unreachable } from "./problem";
import type { paths } from "./schema";

const TIMEOUT_MS = 15_000;
const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);

let proof: { csrf: string | null; bearer: string | null } = { csrf: null, bearer: null };

/** What proves to the API who asks: the session's CSRF token beside its cookie, or a bearer's token. */
export const proveWith = (csrf: string | null, bearer: string | null = null) => {
  proof = { csrf, bearer };
};

const checked: Middleware = {
  onRequest({ request }) {
    if (proof.csrf !== null && UNSAFE.has(request.method)) request.headers.set("CSRF-Token", proof.csrf);
    if (proof.bearer !== null && !request.headers.has("Authorization"))
      request.headers.set("Authorization", `Bearer ${proof.bearer}`);
  },
  async onResponse({ response }) {
    // 304 answers a question: what was read before is still so.
    if (response.ok || response.status === 304) return;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    throw problemOf(response.status, body, response.headers.get("Retry-After"));
  },
  onError({ error }) {
    return error instanceof Problem ? error : unreachable();
  },
};

const timed = (request: Request) => {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  return fetch(request, { cache: "no-store", signal: AbortSignal.any([request.signal, late]) });
};

/** `api.GET("/orders", …)` and so on; prefer `got`, which has the data. */
export const api = createClient<paths>({ baseUrl: location.origin === "null" ? "" : location.origin, fetch: timed });
api.use(checked);

/** The data of an answer: `await got(api.GET("/products"))`. Throws Problem. */
export async function got<T>(answer: Promise<{ data?: T; response: Response }>): Promise<T> {
  return (await answer).data as T;
}
