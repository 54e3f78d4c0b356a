/** What was measured while a run was recorded, as of the moment that is shown. */

import { effect, signal } from "@preact/signals";
import type { Problem } from "../../api/problem";
import { depthsOf, Meter } from "../../feed/poll";
import type { Readings } from "../../feed/recording";
import { LETTERS } from "../../layout/topology";
import type { Show } from "./show";

/** To the panel the same as `Measures`, which asks a server. */
export class RecordedMeasures {
  meter = new Meter();
  readonly read = signal(0);
  readonly problem = signal<Problem | null>(null);
  private taken = 0;

  constructor(private readonly readings: Readings) {}

  start(show: Show): () => void {
    for (const { at, answer } of this.readings.queues) show.takeDepths(depthsOf(answer, LETTERS), at);
    return effect(() => this.go(show.at.value));
  }

  /** On to a moment, epoch ms; back to one before, anew from the beginning. */
  private go(moment: number) {
    const { metrics } = this.readings;
    const before = this.taken;
    if ((metrics[this.taken - 1]?.at ?? 0) > moment) {
      this.meter = new Meter();
      this.taken = 0;
    }
    for (let next = metrics[this.taken]; next && next.at <= moment; next = metrics[this.taken]) {
      this.meter.take(next.text, next.at);
      this.taken += 1;
    }
    if (this.taken !== before) this.read.value = this.read.peek() + 1;
  }
}
