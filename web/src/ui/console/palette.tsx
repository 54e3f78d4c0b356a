/** The palette: views, orders and actions by typing, from anywhere in the console. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useLocation } from "preact-iso";
import { INPUT } from "../kit/controls";
import { queryText } from "../kit/query";
import { Dialog } from "../kit/surfaces";
import { setTheme, theme } from "../kit/theme";
import { GROUPS, HOME } from "./navigation";
import { orderIdIn, STATUSES } from "./orders/filters";
import { offered } from "./palette/actions";
import { type Entry, matching } from "./palette/match";

const MOST = 12;

/** What the frame itself offers, beside the view. */
export type FrameActions = { help: () => void; requests: () => void };

/** What there is to choose from for what was typed: the order or customer that it names comes first. */
export function entriesFor(typed: string, go: (path: string) => void, frame: FrameActions): Entry[] {
  const at = (path: string, text: string, kind: string): Entry => ({
    id: path,
    text,
    kind,
    run: () => go(path),
  });
  const acting = [...offered.value.values()].flat();
  const known: Entry[] = [
    ...acting.map((each, place) => ({ id: `action ${place}`, kind: "This view", ...each })),
    ...[HOME, ...GROUPS.flatMap(([, entries]) => entries)].map(([path, text]) => at(path, text, "View")),
    ...STATUSES.map((status) => at(`/console/orders${queryText({ status })}`, `Orders that are ${status}`, "Orders")),
    { id: "theme", kind: "Action", text: theme.value === "dark" ? "Bright" : "Dark", run: otherTheme },
    { id: "requests", kind: "Action", text: "Requests of this view as curl", run: frame.requests },
    { id: "help", kind: "Action", text: "Help and shortcuts", run: frame.help },
  ];
  const named: Entry[] = [];
  const id = orderIdIn(typed);
  if (id) named.push(at(`/console/orders/${id}`, `Open ${id}`, "Order"));
  else if (typed.includes("@")) {
    const customer = typed.trim();
    named.push(at(`/console/orders${queryText({ customer })}`, `Orders of ${customer}`, "Customer"));
  }
  return [...named, ...matching(known, typed)].slice(0, typed.trim() ? MOST : known.length);
}

const otherTheme = () => setTheme(theme.value === "dark" ? "bright" : "dark");

export function Palette(props: { open: boolean; onClose: () => void; frame: FrameActions }) {
  return (
    <Dialog title="Go to, find or do" open={props.open} onClose={props.onClose}>
      <Chooser {...props} />
    </Dialog>
  );
}

function Chooser(props: { onClose: () => void; frame: FrameActions }) {
  const { route } = useLocation();
  const typed = useSignal("");
  const chosen = useSignal(0);
  const id = useId();
  const entries = entriesFor(typed.value, route, props.frame);
  const current = Math.min(chosen.value, entries.length - 1);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    props.onClose();
    entry.run();
  };
  const move = (to: number) => {
    chosen.value = (to + entries.length) % Math.max(entries.length, 1);
    document.getElementById(`${id}-${chosen.value}`)?.scrollIntoView({ block: "nearest" });
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") move(current + 1);
    else if (event.key === "ArrowUp") move(current - 1);
    else if (event.key === "Enter" && !event.isComposing) run(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="grid gap-3">
      <input
        role="combobox"
        aria-label="View, order's id, customer's e-mail or action"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={entries.length > 0 ? `${id}-${current}` : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder="View, ord_…, e-mail, action"
        class={INPUT}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={keyed}
      />
      <p role="status" class="sr-only">
        {entries.length} {entries.length === 1 ? "choice" : "choices"}
      </p>
      <div role="listbox" id={`${id}-list`} aria-label="Choices" class="max-h-[50dvh] overflow-y-auto">
        {entries.map((entry, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's, which names the option.
          <div
            key={entry.id}
            id={`${id}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === current}
            onClick={() => run(entry)}
            class="flex min-h-11 cursor-pointer items-center justify-between gap-3 rounded-control px-3 text-sm hover:bg-ground aria-selected:bg-wash aria-selected:font-semibold"
          >
            <span class="min-w-0 break-all">{entry.text}</span>
            <span class="shrink-0 text-xs text-soft">{entry.kind}</span>
          </div>
        ))}
        {entries.length === 0 && <p class="p-3 text-sm text-soft">Nothing is called that.</p>}
      </div>
    </div>
  );
}
