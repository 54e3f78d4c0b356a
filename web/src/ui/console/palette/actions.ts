/** What the view that is shown lets one do, for the palette. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export type PaletteAction = { text: string; run: () => void };

/** Those of the view, by whoever offers them. */
export const offered = signal<ReadonlyMap<string, readonly PaletteAction[]>>(new Map());

/** Offer these while the component is shown; `key` changes whenever what is offered does. */
export function usePaletteActions(key: string, actions: readonly PaletteAction[]) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    // What runs is what the last render made of it.
    const bound = latest.current.map(({ text }, at) => ({ text, run: () => latest.current[at]?.run() }));
    offered.value = new Map(offered.value).set(key, bound);
    return () => {
      const rest = new Map(offered.value);
      rest.delete(key);
      offered.value = rest;
    };
  }, [key]);
}
