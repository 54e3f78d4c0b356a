/** Which dead letters are to be sent on, and what came, or would come, of it. */

/** Those named, the oldest of one queue, or the oldest of all. */
export type Wanted =
  | { kind: "ids"; ids: readonly string[] }
  | { kind: "queue"; queue: string; max: number | null }
  | { kind: "all" };
export type Redriven = {
  redriven: number;
  refused: readonly { id: string; reason: string }[];
  remaining: number;
};

/** How many one request may name, and how many of a queue or of all it takes at most. */
export const MOST_IDS = 200;
export const MOST_AT_ONCE = 500;

/** The body of `POST /dead-letters/redrive`. */
export function bodyOf(wanted: Wanted, dryRun: boolean) {
  if (wanted.kind === "ids") return { ids: [...wanted.ids], dryRun };
  if (wanted.kind === "all") return { all: true as const, dryRun };
  return { queue: wanted.queue, max: wanted.max, dryRun };
}

/** The ids that go, where they were named; null where only their number is known. */
export function goingOn(wanted: Wanted, answer: Redriven): string[] | null {
  if (wanted.kind !== "ids") return null;
  const stays = new Set(answer.refused.map(({ id }) => id));
  return wanted.ids.filter((id) => !stays.has(id));
}

/** With `id` chosen, or no longer; no more than one request may name. */
export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id) && next.size < MOST_IDS) next.add(id);
  return next;
}

/** Of the chosen ones those that are still listed: what was sent on meanwhile is not asked for again. */
export const stillListed = (chosen: ReadonlySet<string>, listed: readonly { id: string }[]): ReadonlySet<string> =>
  new Set(listed.map(({ id }) => id).filter((id) => chosen.has(id)));

/** What `max` was typed as: null for none, or undefined where it is no number that may be sent. */
export function maxOf(typed: string): number | null | undefined {
  if (typed.trim() === "") return null;
  const max = Number(typed);
  return Number.isInteger(max) && max >= 1 && max <= MOST_AT_ONCE ? max : undefined;
}
