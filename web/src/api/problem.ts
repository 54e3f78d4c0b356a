/** What the API says is wrong (RFC 9457), or that it said nothing. */

export type Fault = { pointer: string; code: string; detail: string };

/** A refusal or failure. `status` 0: no answer came, so what was asked may or may not have been done. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly type: string,
    readonly errors: readonly Fault[] = [],
    readonly members: Readonly<Record<string, unknown>> = {},
    /** When to ask again, in milliseconds, where the server said so. */
    readonly retryMs: number | null = null,
  ) {
    super(detail || title);
    this.name = "Problem";
  }

  /** The last part of `type`: what tells problems apart. */
  get slug(): string {
    return this.type.slice(this.type.lastIndexOf("/") + 1);
  }
}

/** No answer came in time, or none at all. */
export const unreachable = () =>
  new Problem(
    0,
    "The server doesn't answer",
    "It may be stopped, or the connection is gone. What was asked may have been done all the same.",
    "/problems/unreachable",
  );

/** What was asked for is the local server's alone; `instead` says where AWS has it. Nothing was sent. */
export const notOnAws = (instead: string) => new Problem(404, "Not on AWS", instead, "/problems/not-on-aws");

/** The problem that an answer tells; one of its status alone where it isn't told as such. */
export function problemOf(status: number, body: unknown, retryAfter: string | null): Problem {
  const said = isRecord(body) ? body : {};
  const text = (name: string) => (typeof said[name] === "string" ? (said[name] as string) : "");
  const errors = Array.isArray(said.errors) ? (said.errors as Fault[]) : [];
  const retryMs = retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) * 1000 : null;
  const title = text("title") || `The server answered ${status}`;
  return new Problem(status, title, text("detail"), text("type") || `/problems/${status}`, errors, said, retryMs);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
