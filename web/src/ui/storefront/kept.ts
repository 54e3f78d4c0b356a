/** What this browser keeps, as JSON: for the tab (`session`) or until it is taken away (`local`). */

import { type Signal, signal } from "@preact/signals";

export type Area = "local" | "session";

const storage = (area: Area) => (area === "local" ? localStorage : sessionStorage);

/** What was kept under a name; null where nothing is, or it cannot be read. */
export function recall(area: Area, name: string): unknown {
  try {
    return JSON.parse(storage(area).getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** Keep it. Without storage, or with a full one, the page still works; only a reload forgets. */
export function keep(area: Area, name: string, value: unknown) {
  try {
    storage(area).setItem(name, JSON.stringify(value));
  } catch {
    // Then it lasts as long as the page.
  }
}

export type Kept<T> = {
  at: Signal<T>;
  /** Change what is kept, on top of what another tab has made of it. */
  change: (how: (now: T) => T) => void;
};

/** A value that is kept and shown: `read` makes it of whatever stands there, whoever wrote that. */
export function kept<T>(area: Area, name: string, read: (stored: unknown) => T): Kept<T> {
  const at = signal(read(recall(area, name)));
  let works = true;
  try {
    storage(area).getItem(name);
  } catch {
    works = false;
  }
  addEventListener("storage", (event) => {
    if (area === "local" && (event.key === name || event.key === null)) at.value = read(recall(area, name));
  });
  const change = (how: (now: T) => T) => {
    const shared = works && area === "local" ? recall(area, name) : null;
    at.value = how(shared === null ? at.value : read(shared));
    keep(area, name, at.value);
  };
  return { at, change };
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
