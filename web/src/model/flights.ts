/** What is seen of one event: parts of its way, each at its time. */

import type { Hop, LayoutEdge, Outcome } from "./types";
import type { Step, Ways } from "./ways";

/** How long a part of a way is shown, however fast it was. */
export const PART_MS = 400;
const LETTERS = "dead-letters";
const LOGS = "logs";

/** One edge that is travelled from `start` on for PART_MS. */
export type Part = Step & { start: number; outcome: Outcome; log?: true };

/** A node that something came to, and what came of it there. */
export type Mark = { node: string; at: number; outcome: Outcome };

/** One event as it is shown, from `start` until `end`; view time, epoch ms. */
export type Flight = {
  hop: Hop;
  weight: number;
  /** When the event is in the view's time: its own, but where idle time is left out. */
  at: number;
  start: number;
  end: number;
  /** When its own edge is entered: in the order of events. */
  own: number;
  /** Where it has come to once it is over. */
  place: string;
  parts: Part[];
  marks: Mark[];
};

/** An event that is not scheduled yet. */
export const flightOf = (hop: Hop, at: number, weight: number): Flight => ({
  hop,
  weight,
  at,
  start: at,
  end: at,
  own: at,
  place: "",
  parts: [],
  marks: [],
});

export const isRead = (hop: Hop) => hop.edge.startsWith("GET ");

/** When it began in reality, in view time. */
export const began = ({ at, hop }: Flight) => at - hop.durationMs;

/** Whether the first goes before the second: by commit, within a commit by beginning, a call after who makes it. */
export function compare(a: Flight, b: Flight, ways: Ways): number {
  const call = ({ hop }: Flight) => Number(ways.edges.get(hop.edge)?.kind === "call");
  const sides = a.hop.function === b.hop.function ? call(a) - call(b) : 0;
  return a.at - b.at || sides || began(a) - began(b) || a.hop.seq - b.hop.seq;
}

/** Schedules `flight` on its edge, after `steps`, which begin at `from` at the earliest and put it no earlier than `least`. */
export function fly(flight: Flight, edge: LayoutEdge, steps: readonly Step[], from: number, least: number, ways: Ways) {
  const led = steps.length * PART_MS;
  flight.own = Math.max(Math.max(flight.at, from) + led, least);
  flight.start = flight.own - led;
  flight.parts = steps.map((step, index) => ({ ...step, start: flight.start + index * PART_MS, outcome: "ok" }));
  flight.parts.push({ edge: edge.id, forward: true, start: flight.own, outcome: "ok" });
  const arrived = flight.own + PART_MS;
  flight.marks = steps.map((step, index) => ({
    node: ways.edges.get(step.edge)?.[step.forward ? "to" : "from"] ?? "",
    at: flight.start + (index + 1) * PART_MS,
    outcome: "ok",
  }));
  flight.end = arrived;
}

/** What follows once it has arrived, and what it called has answered at `after`: the way back, or to the dead letters. */
export function land(flight: Flight, edge: LayoutEdge, after: number, ways: Ways) {
  const { outcome, function: by } = flight.hop;
  const arrived = flight.own + PART_MS;
  flight.marks.push({ node: edge.to, at: arrived, outcome });
  flight.place = edge.to;
  const lost = `${by}>${LETTERS}`;
  if (edge.kind === "call") {
    back(flight, edge, after, edge.from, outcome);
  } else if (outcome === "dead" && ways.edges.has(lost)) {
    flight.parts.push({ edge: lost, forward: true, start: after, outcome });
    flight.marks.push({ node: LETTERS, at: after + PART_MS, outcome });
    flight.place = LETTERS;
    flight.end = after + PART_MS;
  } else if (outcome !== "ok") {
    back(flight, edge, after, edge.from, outcome);
  }
  const line = `${by}>${LOGS}`;
  if (!ways.edges.has(line)) return;
  flight.parts.push({ edge: line, forward: true, start: arrived, outcome, log: true });
  flight.marks.push({ node: LOGS, at: arrived + PART_MS, outcome });
  flight.end = Math.max(flight.end, arrived + PART_MS);
}

function back(flight: Flight, edge: LayoutEdge, start: number, place: string, outcome: Outcome) {
  flight.parts.push({ edge: edge.id, forward: false, start, outcome });
  flight.marks.push({ node: place, at: start + PART_MS, outcome });
  flight.place = place;
  flight.end = Math.max(flight.end, start + PART_MS);
}
