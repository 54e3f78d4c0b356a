/** A recording of a run, as `ordermill record` writes it. */

import { type FeedEvent, readEvent } from "./events";
import type { QueuesAnswer } from "./poll";

/** What was measured while it was recorded; `at`: epoch ms. */
export type Readings = {
  queues: readonly { at: number; answer: QueuesAnswer }[];
  metrics: readonly { at: number; text: string }[];
};

export type Recorded = Readings & {
  format: 1;
  /** ISO 8601, UTC. */
  recordedAt: string;
  endedAt: string;
  version: string;
  pipeline: string;
  /** How many orders were placed meanwhile. */
  orders: number;
  topology: unknown;
  /** Each event of the stream: its name, and its data as it was sent. */
  events: readonly (readonly [name: string, data: unknown])[];
};

/** A recording from its text. Throws, and says why, where it is none or one of another format. */
export function readRecording(text: string): Recorded {
  const said: unknown = JSON.parse(text);
  if (typeof said !== "object" || said === null || !("format" in said)) throw new Error("this is no recording");
  if (said.format !== 1) throw new Error(`this recording has format ${String(said.format)}, and only 1 is known here`);
  return said as Recorded;
}

/** What its stream told, in order; what is of no known form is left out. */
export const eventsOf = (recording: Recorded): FeedEvent[] =>
  recording.events.flatMap(([name, data]) => readEvent(name, JSON.stringify(data)) ?? []);
