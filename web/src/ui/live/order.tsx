/** One order: look it up, follow it, and see all of it again. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Button, TextField } from "../kit/controls";
import { Note } from "../kit/surfaces";
import { Following } from "./following";
import type { Show } from "./show";
import { clock, duration, OUTCOME_WORDS } from "./words";

const ORDER_ID = /ord_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

export function OrderSearch(props: { show: Show }) {
  const { show } = props;
  const text = useSignal("");
  const error = useSignal<string | null>(null);
  const follow = (event: Event) => {
    event.preventDefault();
    const found = ORDER_ID.exec(text.value.trim().toLowerCase())?.[0];
    error.value = found ? null : "An order's id looks like ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";
    if (!found) return;
    if (show.replay.value) show.endReplay();
    show.followed.value = found;
    show.touch();
  };
  return (
    <form class="grid gap-2" onSubmit={follow}>
      <TextField
        label="Follow an order"
        type="search"
        placeholder="ord_…"
        hint="Paste an id, or pick a packet in the picture."
        value={text.value}
        error={error.value}
        onValue={(value) => {
          text.value = value;
        }}
      />
      <Button small type="submit" class="justify-self-start">
        Follow
      </Button>
    </form>
  );
}

/** The order that is followed, every step of it. `asks`: whether there is a server to ask for it. */
export function OrderTimeline(props: { show: Show; orderId: string; asks: boolean }) {
  const { show, orderId, asks } = props;
  const following = useMemo(() => new Following(orderId, (hop) => show.extendReplay(hop)), [orderId, show]);
  useEffect(() => (asks ? following.start() : undefined), [following, asks]);
  void show.at.value;
  const known = asks ? following.hops.value : show.main.log.flightsOf(orderId).map(({ hop }) => hop);
  const hops = known.filter((hop) => !hop.edge.startsWith("GET "));
  const status = following.status.value;
  const replayed = show.replay.value?.orderId === orderId;
  const leave = () => {
    if (show.replay.value) show.endReplay();
    show.followed.value = null;
    show.touch();
  };
  return (
    <section aria-label="The order that is followed" class="grid gap-3" data-followed={orderId}>
      <div class="flex flex-wrap items-center justify-between gap-2">
        <h2 class="text-base">Order</h2>
        <a class="break-all font-mono text-xs text-accent" href={`/console/orders/${orderId}`}>
          {orderId}
        </a>
      </div>
      <div class="flex flex-wrap gap-2">
        <Button small tone="primary" disabled={hops.length === 0} onClick={() => show.startReplay(orderId, hops)}>
          {replayed ? "Replay again" : "Replay"}
        </Button>
        {replayed && (
          <Button small onClick={() => show.endReplay()}>
            Back to {show.mode === "live" ? "live" : "the recording"}
          </Button>
        )}
        <Button small tone="quiet" onClick={leave}>
          Stop following
        </Button>
      </div>
      {asks && status.kind === "closed" && <Note tone="bad">{status.why}</Note>}
      {asks && status.kind === "waiting" && <Note tone="warn">{status.why}</Note>}
      {hops.length === 0 && (
        <p class="text-sm text-soft">
          {asks && status.kind !== "open" ? "Asking…" : "Nothing is known of this order yet. Is the id right?"}
        </p>
      )}
      <ol
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
        tabIndex={0}
        aria-label="Every step of the order"
        class="grid max-h-72 gap-1 overflow-y-auto font-mono text-xs"
        data-testid="order-hops"
      >
        {hops.map((hop) => (
          <li key={hop.seq} class="grid grid-cols-[auto_1fr] gap-x-2" data-edge={hop.edge} data-outcome={hop.outcome}>
            <span class="text-soft">{clock(hop.at)}</span>
            <span class="min-w-0 break-words">
              {hop.edge}{" "}
              <span class={hop.outcome === "ok" ? "text-accent" : hop.outcome === "retry" ? "text-warn" : "text-bad"}>
                {OUTCOME_WORDS[hop.outcome]}
                {hop.error ? `: ${hop.error}` : ""}
              </span>{" "}
              <span class="text-soft">
                {hop.event ? `${hop.event}, from the event log` : duration(hop.durationMs)}
                {hop.attempt > 1 ? `, attempt ${hop.attempt}` : ""}
              </span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
