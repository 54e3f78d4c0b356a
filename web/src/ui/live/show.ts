/** What the live view shows: a log, the moment of it, and what the reader looks at. Replays have a log of their own. */

import { signal } from "@preact/signals";
import type { FeedEvent, Gap } from "../../feed/events";
import type { Feed, FeedStatus } from "../../feed/feed";
import { Log } from "../../model/log";
import { LAG_MS, Player, Skew } from "../../model/player";
import { Squeeze } from "../../model/squeeze";
import type { Frame, Hop, Layout } from "../../model/types";

/** Where what is shown comes from; nothing but `live` is what happens now. */
export type Mode = "live" | "recorded" | "aws";

/** What a stream begins with is older than what it goes on with. */
const OPENING_MS = 1500;

type Track = { log: Log; player: Player; real: (view: number) => number };
export type Replay = Track & { orderId: string; squeeze: Squeeze };

export class Show {
  readonly status = signal<FeedStatus>({ kind: "connecting" });
  readonly gap = signal<Gap | null>(null);
  /** The node the reader chose; without one the panel goes with what happens. */
  readonly pinned = signal<string | null>(null);
  readonly acting = signal<string | null>(null);
  readonly followed = signal<string | null>(null);
  readonly replay = signal<Replay | null>(null);
  /** The moment shown, view time; told a few times a second. */
  readonly at = signal(0);
  readonly control = signal(0);
  readonly main: Track;
  private readonly skew = new Skew();
  private readonly listeners = new Set<() => void>();
  private opened = 0;

  constructor(
    readonly layout: Layout,
    readonly mode: Mode,
    private readonly now: () => number = () => Date.now(),
  ) {
    const log = new Log(layout);
    const edge = mode === "live" ? () => this.now() - this.skew.ms - LAG_MS : () => log.span()?.[1] ?? 0;
    this.main = { log, player: new Player(this.now, edge), real: (view) => view };
  }

  get track(): Track {
    return this.replay.value ?? this.main;
  }

  get active(): string | null {
    return this.pinned.value ?? this.acting.value;
  }

  /** What is seen now. */
  frame(): Frame {
    const { log, player } = this.track;
    return log.frame(player.at, { active: this.active, followed: this.followed.value });
  }

  /** `changed` is called whenever something else may be to be seen; until what is returned is called. */
  watch(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  touch = () => {
    for (const changed of this.listeners) changed();
  };

  /** Something about the player, or the choice of what is shown. */
  command(act: (player: Player) => void) {
    act(this.track.player);
    this.control.value += 1;
    this.touch();
  }

  pin(id: string | null) {
    this.pinned.value = id;
    this.control.value += 1;
    this.touch();
  }

  /** Take what the feed says until what is returned is called. */
  listen(feed: Feed): () => void {
    return feed.start({
      event: (event, arrived) => this.take(event, arrived),
      status: (status) => {
        if (status.kind === "open") this.opened = this.now();
        this.status.value = status;
      },
    });
  }

  private take(event: FeedEvent, arrived: number) {
    const { log, player } = this.main;
    if (event.kind === "gap") {
      this.gap.value = event.gap;
    } else if (event.kind === "frame") {
      log.takeBundle(event.frame);
    } else {
      if (arrived - this.opened > OPENING_MS && !event.hop.event) this.skew.take(event.hop.at, arrived);
      const first = log.span() === null;
      log.take(event.hop);
      // What was recorded begins at its beginning.
      if (first && this.mode !== "live") player.seek(event.hop.at);
    }
    this.touch();
  }

  /** What waits, as it was measured just now, or `at` (epoch ms). */
  takeDepths(depths: ReadonlyMap<string, number>, at = this.now() - this.skew.ms - LAG_MS) {
    this.main.log.takeDepths(depths, at);
    this.touch();
  }

  /** Show one order from its beginning, all that is known of it, without idle time. */
  startReplay(orderId: string, hops: readonly Hop[]) {
    const log = new Log(this.layout);
    const squeeze = new Squeeze();
    const player = new Player(this.now, () => log.span()?.[1] ?? 0);
    const replay: Replay = { orderId, log, player, squeeze, real: (view) => squeeze.real(view) };
    for (const hop of hops) log.take(hop, squeeze.take(hop.at));
    player.seek(log.span()?.[0] ?? 0);
    this.pinned.value = null;
    this.replay.value = replay;
    this.control.value += 1;
    this.touch();
  }

  /** One more event of the order that is replayed. */
  extendReplay(hop: Hop) {
    const replay = this.replay.value;
    if (replay === null || hop.orderId !== replay.orderId) return;
    replay.log.take(hop, replay.squeeze.take(hop.at));
    this.touch();
  }

  endReplay() {
    this.replay.value = null;
    this.control.value += 1;
    this.touch();
  }
}
