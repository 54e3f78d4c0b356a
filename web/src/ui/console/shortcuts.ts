/** Keys that work everywhere in the console but where something is typed. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "./navigation";

const KEPT = "ordermill.keys";
/** How long a `g` waits for what follows. */
const PAIR_MS = 1_500;

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

/** Whether single keys do anything: who speaks to the computer may type them unawares. */
export const singleKeys = signal(kept());

export function setSingleKeys(on: boolean) {
  singleKeys.value = on;
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // Then it lasts as long as the page.
  }
}

export type Does = { palette: () => void; help: () => void; go: (path: string) => void };

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest("input, textarea, select, dialog, [role=combobox]") !== null);

/** Listen while the component is shown. */
export function useShortcuts(does: Does) {
  const latest = useRef(does);
  latest.current = does;
  useEffect(() => {
    let since = Number.NEGATIVE_INFINITY;
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        latest.current.palette();
        return;
      }
      if (!singleKeys.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const follows = event.timeStamp - since < PAIR_MS;
      since = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      const path = follows ? KEYS[event.key] : undefined;
      if (path !== undefined) latest.current.go(path);
      else if (event.key === "?") latest.current.help();
      else if (event.key === "/") latest.current.palette();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
