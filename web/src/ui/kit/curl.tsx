/** What a view asked of the API, each request to copy as a curl command. */

import { signal } from "@preact/signals";
import type { Middleware } from "openapi-fetch";
import { api } from "../../api/client";
import { curlOf, type Sent } from "../../api/curl";
import { Copied, Pill } from "./data";

/** A request and what was answered: a status, 0 while there is no answer. */
export type Asked = Sent & { status: number; times: number };

const MOST = 40;

/** What was asked since the view was opened; the same request asked again is one entry. */
export const asked = signal<readonly Asked[]>([]);

let view = "";

/** The view at this path is shown: of another one nothing is kept. */
export function askedAt(path: string) {
  if (path !== view) asked.value = [];
  view = path;
}

const same = (one: Sent, other: Sent) =>
  one.method === other.method && one.path === other.path && (one.body ?? null) === (other.body ?? null);

/** Note what is asked otherwise than through the API's client: a stream, a download. */
export function noteAsked(sent: Sent, status = 0) {
  const known = asked.value.find((each) => same(each, sent));
  const rest = asked.value.filter((each) => each !== known);
  const times = (known?.times ?? 0) + (status === 0 ? 1 : 0);
  asked.value = [...rest, { ...sent, status: status || (known?.status ?? 0), times: Math.max(times, 1) }].slice(-MOST);
}

const sentBy = new WeakMap<Request, Promise<Sent>>();

async function sentOf(request: Request): Promise<Sent> {
  const at = new URL(request.url);
  const body = request.body === null || request.method === "GET" ? null : await request.clone().text();
  return { method: request.method, path: at.pathname + at.search, headers: Object.fromEntries(request.headers), body };
}

const recorder: Middleware = {
  async onRequest({ request }) {
    const sent = sentOf(request);
    sentBy.set(request, sent);
    noteAsked(await sent);
  },
  async onResponse({ request, response }) {
    const sent = sentBy.get(request);
    if (sent) noteAsked(await sent, response.status);
  },
};

let recording = false;

/** Begin to note what the API's client sends. */
export function recordAsked() {
  if (!recording) api.use(recorder);
  recording = true;
}

/** A button that copies a request as a curl command. */
export const CopyAsCurl = (props: { sent: Sent; label?: string }) => (
  <Copied text={curlOf(props.sent, location.origin)} label={props.label ?? "Copy as curl"} />
);

/** All requests of the view. The staff token is named by its variable, never shown. */
export function AskedList() {
  if (asked.value.length === 0) return <p class="text-soft">This view has asked nothing of the API yet.</p>;
  return (
    <div class="grid gap-4 text-sm">
      <p class="text-soft">
        The commands read the staff token from <code class="font-mono">ORDERMILL_STAFF_TOKEN</code>:{" "}
        <code class="break-all font-mono">export ORDERMILL_STAFF_TOKEN=$(cat ordermill-data/staff-token)</code>
      </p>
      <ul class="grid gap-3">
        {asked.value.map((each) => (
          <li key={`${each.method} ${each.path} ${each.body ?? ""}`} class="grid gap-1.5 border-t border-line pt-3">
            <div class="flex flex-wrap items-center gap-2">
              <Pill tone={each.status >= 400 ? "bad" : "plain"}>{each.status || "…"}</Pill>
              <code class="min-w-0 break-all font-mono">
                {each.method} {each.path}
              </code>
              {each.times > 1 && <span class="text-soft">{each.times} times</span>}
              <CopyAsCurl sent={each} />
            </div>
            <pre
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
              tabIndex={0}
              class="max-h-32 overflow-auto whitespace-pre-wrap break-all rounded-control bg-ground p-2 font-mono text-xs"
            >
              {curlOf(each, location.origin)}
            </pre>
          </li>
        ))}
      </ul>
    </div>
  );
}
