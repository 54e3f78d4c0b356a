/** Many real orders at once, a bounded number of them under way. */

import { signal } from "@preact/signals";

/** So many are under way at most. */
export const UNDER_WAY = 100;

export type Progress = { wanted: number; done: number; accepted: number; failures: ReadonlyMap<string, number> };

const NOTHING: Progress = { wanted: 0, done: 0, accepted: 0, failures: new Map() };

/** `place` places one order, and rejects with what went wrong, which `name` calls by a name. */
export class Burst {
  readonly progress = signal<Progress>(NOTHING);
  readonly running = signal(false);
  private stopped = false;

  constructor(
    private readonly place: () => Promise<unknown>,
    private readonly name: (error: unknown) => string,
  ) {}

  async run(wanted: number): Promise<void> {
    if (this.running.value) return;
    this.running.value = true;
    this.stopped = false;
    this.progress.value = { ...NOTHING, wanted };
    let begun = 0;
    const work = async () => {
      while (begun < wanted && !this.stopped) {
        begun += 1;
        await this.one();
      }
    };
    await Promise.all(Array.from({ length: Math.min(UNDER_WAY, wanted) }, work));
    this.running.value = false;
  }

  /** What is under way is waited for; no more begin. */
  stop() {
    this.stopped = true;
  }

  private async one() {
    let failure: string | null = null;
    try {
      await this.place();
    } catch (error) {
      failure = this.name(error);
    }
    const { wanted, done, accepted, failures } = this.progress.value;
    const counted = failure === null ? failures : new Map(failures).set(failure, (failures.get(failure) ?? 0) + 1);
    this.progress.value = { wanted, done: done + 1, accepted: accepted + Number(failure === null), failures: counted };
  }
}
