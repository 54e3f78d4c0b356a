/** Which moment is shown: that of now, a little late, or another one, which may stand still or pass at any speed. */

/** The view is so much behind the server's clock, so that what is told late is still shown in its order. */
export const LAG_MS = 500;
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16] as const;

/** The difference of two clocks is looked for among so many of the last arrivals. */
const ARRIVALS = 64;
/** What arrives later than this was not sent as it happened. */
const FRESH_MS = 5_000;

/** How far this machine's clock is ahead of the server's, from when events happened and when they came. */
export class Skew {
  private readonly late: number[] = [];

  /** `at`: by the server's clock; `arrived`: by this machine's. Only of what was sent as it happened. */
  take(at: number, arrived: number) {
    this.late.push(arrived - at);
    if (this.late.length > ARRIVALS) this.late.shift();
  }

  /** The least that any of them took, all of which took some time; 0 before the first. */
  get ms(): number {
    const least = this.late.length ? Math.min(...this.late) : 0;
    // Clocks that agree within that may just be a slow network's.
    return Math.abs(least) < FRESH_MS ? Math.min(0, least) : least;
  }
}

/** `now` is this machine's clock in epoch ms, and `edge` says up to when there is something to show. */
export class Player {
  private anchor: { view: number; now: number } | null = null;
  private rate = 1;
  private still = false;

  constructor(
    private readonly now: () => number,
    private readonly edge: () => number,
  ) {}

  /** Whether it shows what happens now. */
  get isLive(): boolean {
    return this.anchor === null;
  }

  get paused(): boolean {
    return this.still;
  }

  get speed(): number {
    return this.rate;
  }

  /** The moment that is shown. */
  get at(): number {
    const edge = this.edge();
    if (this.anchor === null) return edge;
    const passed = this.still ? 0 : (this.now() - this.anchor.now) * this.rate;
    return Math.min(this.anchor.view + passed, edge);
  }

  /** Once what was behind has caught up, it is live again. */
  settle() {
    if (this.anchor !== null && !this.still && this.at >= this.edge()) this.live();
  }

  pause() {
    if (this.still) return;
    this.anchor = { view: this.at, now: this.now() };
    this.still = true;
  }

  play() {
    if (!this.still) return;
    this.still = false;
    this.anchor = { view: this.anchor?.view ?? this.edge(), now: this.now() };
  }

  toggle() {
    if (this.still) this.play();
    else this.pause();
  }

  setSpeed(rate: number) {
    if (this.anchor !== null) this.anchor = { view: this.at, now: this.now() };
    this.rate = rate;
    // What is live passes as fast as it does: another speed begins here and now, and falls behind or catches up.
    if (this.anchor === null && rate < 1) this.anchor = { view: this.at, now: this.now() };
  }

  /** Show this moment, going on from it unless it stands still. */
  seek(view: number) {
    this.anchor = { view: Math.min(view, this.edge()), now: this.now() };
  }

  /** To what happens now. */
  live() {
    this.anchor = null;
    this.still = false;
    this.rate = 1;
  }
}
