/** One order: all that the server knows of it, as it is told and as it goes on. */

import { signal } from "@preact/signals";
import type { FeedStatus } from "../../feed/feed";
import { liveFeed } from "../../feed/live";
import type { Hop } from "../../model/types";

export class Following {
  /** In the order of time. */
  readonly hops = signal<readonly Hop[]>([]);
  readonly status = signal<FeedStatus>({ kind: "connecting" });
  private readonly seen = new Set<number>();
  private waiting: Hop[] = [];

  constructor(
    readonly orderId: string,
    /** Called with each event that is new. */
    private readonly more: (hop: Hop) => void,
  ) {}

  /** Listen until what is returned is called. */
  start(): () => void {
    return liveFeed({ orderId: this.orderId }).start({
      event: (event) => {
        if (event.kind === "hop") this.take([event.hop]);
        if (event.kind === "frame") this.take(event.frame.samples);
      },
      status: (status) => {
        this.status.value = status;
      },
    });
  }

  private take(hops: readonly Hop[]) {
    const fresh = hops.filter(({ seq }) => !this.seen.has(seq));
    for (const hop of fresh) {
      this.seen.add(hop.seq);
      this.more(hop);
    }
    if (this.waiting.length === 0) queueMicrotask(() => this.tell());
    this.waiting.push(...fresh);
  }

  private tell() {
    this.hops.value = [...this.hops.value, ...this.waiting].sort(
      (a, b) => a.at - b.at || b.durationMs - a.durationMs || a.seq - b.seq,
    );
    this.waiting = [];
  }
}
