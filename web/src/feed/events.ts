/** What `/live` sends, read with care: what is not of the form expected is left out. */

import type { Hop, Outcome } from "../model/types";

/** Many hops at once: how many by edge and outcome, and some of them whole. `at`: epoch ms. */
export type Bundle = {
  from: number;
  to: number;
  at: number;
  edges: ReadonlyMap<string, Readonly<Record<Outcome, number>>>;
  samples: readonly Hop[];
};

/** What came after id `after` and before `from` was not sent. */
export type Gap = { after: number; from: number; reason: string };

export type FeedEvent = { kind: "hop"; hop: Hop } | { kind: "frame"; frame: Bundle } | { kind: "gap"; gap: Gap };

export const OUTCOMES: readonly Outcome[] = ["ok", "retry", "failed", "dead"];

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null;
const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const text = (value: unknown) => (typeof value === "string" ? value : null);

/** An event's name and data as what it says; null where it says nothing that is known here. */
export function readEvent(name: string, data: string): FeedEvent | null {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return null;
  }
  if (!isMembers(said)) return null;
  if (name === "hop") {
    const hop = readHop(said);
    return hop && { kind: "hop", hop };
  }
  if (name === "frame") return { kind: "frame", frame: readBundle(said) };
  if (name !== "gap") return null;
  return { kind: "gap", gap: { after: number(said.after), from: number(said.from), reason: text(said.reason) ?? "" } };
}

function readHop(said: Members): Hop | null {
  const edge = text(said.edge);
  const at = Date.parse(text(said.at) ?? "");
  const outcome = OUTCOMES.find((each) => each === said.outcome);
  if (edge === null || outcome === undefined || Number.isNaN(at) || typeof said.seq !== "number") return null;
  return {
    seq: said.seq,
    at,
    orderId: text(said.orderId),
    edge,
    function: text(said.function) ?? "",
    outcome,
    attempt: number(said.attempt),
    durationMs: number(said.durationMs),
    error: text(said.error),
    event: text(said.event),
  };
}

function readBundle(said: Members): Bundle {
  const edges = new Map<string, Record<Outcome, number>>();
  for (const [edge, counts] of Object.entries(isMembers(said.edges) ? said.edges : {})) {
    if (!isMembers(counts)) continue;
    const { ok, retry, failed, dead } = counts;
    edges.set(edge, { ok: number(ok), retry: number(retry), failed: number(failed), dead: number(dead) });
  }
  const samples = Array.isArray(said.samples) ? said.samples.filter(isMembers).map(readHop) : [];
  return {
    from: number(said.from),
    to: number(said.to),
    at: Date.parse(text(said.at) ?? "") || 0,
    edges,
    samples: samples.filter((hop) => hop !== null),
  };
}
