/** The API, typed by its own description; what is not a success is thrown as a Problem. */

import createClient, { type Middleware } from "openapi-fetch";
import { elsewhere } from "./place";
import { notOnAws, Problem, problemOf, unreachable } from "./problem";
import type { paths } from "./schema";

const TIMEOUT_MS = 15_000;
const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);

type Bearer = () => Promise<string | null>;
let proof: { csrf: string | null; bearer: Bearer | null } = { csrf: null, bearer: null };

/** What proves to the API who asks: the session's CSRF token beside its cookie, or a bearer's token as it is wanted. */
export const proveWith = (csrf: string | null, bearer: Bearer | null = null) => {
  proof = { csrf, bearer };
};

const checked: Middleware = {
  async onRequest({ request, schemaPath }) {
    const instead = elsewhere(schemaPath);
    if (instead !== null) throw notOnAws(instead);
    if (proof.csrf !== null && UNSAFE.has(request.method)) request.headers.set("CSRF-Token", proof.csrf);
    const token = proof.bearer === null || request.headers.has("Authorization") ? null : await proof.bearer();
    if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
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
