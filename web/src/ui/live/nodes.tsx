/** Every part with its state, as a list: the way through the picture without a pointer, or without seeing it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Stage } from "../../model/types";
import type { Show } from "./show";
import { inOrder, stateOf } from "./words";

const PLANES = ["The way of an order", "Dead letters and alerts", "All else"];

export function Nodes(props: { show: Show; stage: Stage | null }) {
  const { show, stage } = props;
  void show.at.value;
  void show.control.value;
  const frame = show.frame();
  const nodes = inOrder(show.layout.nodes);
  return (
    <details class="text-sm" data-testid="nodes">
      <summary class="cursor-pointer font-medium">All parts as a list ({nodes.length})</summary>
      {PLANES.map((title, plane) => (
        <div key={title} class="mt-3">
          <h3 class="text-xs font-semibold uppercase tracking-wider text-soft">{title}</h3>
          <ol class="mt-1 grid gap-0.5 sm:grid-cols-2 lg:grid-cols-3">
            {nodes
              .filter((node) => (node.plane ?? 0) === plane)
              .map((node) => (
                <li key={node.id}>
                  <button
                    type="button"
                    data-node-button={node.id}
                    aria-pressed={show.pinned.value === node.id}
                    onClick={() => {
                      show.pin(show.pinned.value === node.id ? null : node.id);
                      stage?.focus(show.pinned.value);
                    }}
                    class="flex min-h-9 w-full cursor-pointer items-center justify-between gap-3 rounded-control px-2 text-left hover:bg-ground aria-pressed:bg-wash aria-pressed:font-semibold"
                  >
                    <span class="min-w-0 break-words">
                      {node.label} <span class="text-soft">{node.kind}</span>
                    </span>
                    <span class="shrink-0 text-soft">{stateOf(frame, node.id)}</span>
                  </button>
                </li>
              ))}
          </ol>
        </div>
      ))}
    </details>
  );
}

const SAID_MS = 3000;

/** What happens, said now and then for who hears the page. */
export function Spoken(props: { show: Show }) {
  const { show } = props;
  const said = useSignal("");
  useEffect(() => {
    const timer = setInterval(() => {
      const id = show.active;
      if (id === null || document.hidden || show.track.player.paused) return;
      const label = show.layout.nodes.find((node) => node.id === id)?.label ?? id;
      said.value = `${label}: ${stateOf(show.frame(), id)}`;
    }, SAID_MS);
    return () => clearInterval(timer);
  }, [show, said]);
  return (
    <p class="sr-only" aria-live="polite">
      {said.value}
    </p>
  );
}
