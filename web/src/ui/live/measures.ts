/** What the server measured, asked for again and again while the page is seen. */

import { signal } from "@preact/signals";
import { api, got } from "../../api/client";
import { Problem } from "../../api/problem";
import { depthsOf, Meter, poll } from "../../feed/poll";
import { LETTERS } from "../../layout/topology";
import type { Show } from "./show";

const DEPTHS_MS = 1000;
const METRICS_MS = 2000;

export class Measures {
  readonly meter = new Meter();
  /** Grows with each reading. */
  readonly read = signal(0);
  /** Why there are no new ones. */
  readonly problem = signal<Problem | null>(null);

  /** Ask until what is returned is called. */
  start(show: Show): () => void {
    const seen = () => !document.hidden;
    const failed = (error: unknown) => {
      this.problem.value = error instanceof Problem ? error : null;
    };
    const depths = async () => show.takeDepths(depthsOf(await got(api.GET("/queues")), LETTERS));
    const metrics = async () => {
      const text: unknown = await got(api.GET("/metrics", { parseAs: "text" }));
      this.meter.take(String(text), Date.now());
      this.read.value += 1;
    };
    const ends = [poll(depths, DEPTHS_MS, seen, failed), poll(metrics, METRICS_MS, seen, failed)];
    return () => {
      for (const end of ends) end();
    };
  }
}
