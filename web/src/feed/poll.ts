/** What is measured beside the stream: depths of queues, and rates and durations of functions. */

import { between, type Counts, countsOf, durationsOf } from "./counts";
import { CLOCK, type Clock } from "./feed";
import { parseMetrics, quantileOf } from "./metrics";

/** What `GET /queues` says, as far as it is used here. */
export type QueuesAnswer = {
  queues: readonly { queue: string; depth: number; inFlight: number; delayed: number; dead: number }[];
  streams: readonly {
    stream: string;
    function: string;
    behind: number;
    inFlight: number;
    parked: number;
    dead: number;
  }[];
};

/** By node: what waits there, and what backs off. Of a table, what the consumer that is furthest behind has to come. */
export function depthsOf(answer: QueuesAnswer, letters: string): Map<string, number> {
  const depths = new Map<string, number>();
  let dead = 0;
  for (const queue of answer.queues) {
    depths.set(queue.queue, queue.depth + queue.delayed);
    dead += queue.dead;
  }
  for (const stream of answer.streams) {
    depths.set(stream.stream, Math.max(depths.get(stream.stream) ?? 0, stream.behind + stream.parked));
    dead += stream.dead;
  }
  depths.set(letters, dead);
  return depths;
}

/** Of one function, between two readings. `perSecond` and `errorsPerSecond` count hops; milliseconds, null where none. */
export type Measured = {
  perSecond: number;
  errorsPerSecond: number;
  p50Ms: number | null;
  p99Ms: number | null;
  /** Since the server's start. */
  total: number;
  errors: number;
  /** The seconds that rates and percentiles are over; 0: since the start. */
  overS: number;
};

const sum = (counts: Iterable<number>) => [...counts].reduce((all, each) => all + each, 0);

function measured(since: Counts, total: Counts, overS: number): Measured {
  const all = sum(since.outcomes.values());
  const seconds = overS || Number.NaN;
  const durations = durationsOf(since);
  const ms = (q: number) => {
    const found = quantileOf(durations, q);
    return found === null ? null : found * 1000;
  };
  const every = sum(total.outcomes.values());
  return {
    perSecond: all / seconds || 0,
    errorsPerSecond: (all - (since.outcomes.get("ok") ?? 0)) / seconds || 0,
    p50Ms: ms(0.5),
    p99Ms: ms(0.99),
    total: every,
    errors: every - (total.outcomes.get("ok") ?? 0),
    overS,
  };
}

/** How far back rates look. */
const WINDOW_MS = 30_000;

/** Readings of `/metrics`, the last half minute of them. */
export class Meter {
  private readings: { at: number; counts: Map<string, Counts> }[] = [];

  /** Another reading; `at`: epoch ms. Throws MetricsError. */
  take(text: string, at: number) {
    this.readings.push({ at, counts: countsOf(parseMetrics(text, at)) });
    while ((this.readings[1]?.at ?? Infinity) <= at - WINDOW_MS) this.readings.shift();
  }

  /** What was measured of a function; null before the first reading or where it never ran. */
  of(name: string): Measured | null {
    const last = this.readings.at(-1);
    const total = last?.counts.get(name);
    const first = this.readings[0];
    if (last === undefined || total === undefined || first === undefined) return null;
    if (first === last) return measured(total, total, 0);
    return measured(between(first.counts.get(name), total), total, (last.at - first.at) / 1000);
  }
}

/** Asks again and again while `wanted`, never twice at once; `failed` gets what went wrong, and null once it works. */
export function poll(
  ask: () => Promise<void>,
  everyMs: number,
  wanted: () => boolean,
  failed: (error: unknown) => void,
  clock: Clock = CLOCK,
): () => void {
  let over = false;
  let cancel = () => {};
  const turn = async () => {
    if (wanted()) {
      try {
        await ask();
        if (!over) failed(null);
      } catch (error) {
        if (!over) failed(error);
      }
    }
    if (!over) cancel = clock.after(everyMs, () => void turn());
  };
  void turn();
  return () => {
    over = true;
    cancel();
  };
}
