/** `/console/logs`: the log as it is written, from its latest lines on. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { LEVELS, type LogLine, matches } from "../../feed/log-lines";
import { enabled } from "../../model/wiring";
import { Button, SelectField, TextField } from "../kit/controls";
import { useQuery } from "../kit/query";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { LogList } from "./system/log-list";
import { readWiring } from "./system/read-wiring";
import { LINES_MAX, type TailState, useLogTail } from "./system/use-log-tail";

const STATES: Record<TailState, string> = {
  connecting: "Connecting…",
  open: "Live",
  broken: "The connection is gone; trying again…",
  refused: "The log can't be shown",
};
/** On a phone the lines come first. */
const WIDE = matchMedia("(min-width: 40rem)").matches;
const OUTCOMES = ["ok", "retry", "failed", "dead"] as const;
const options = (all: string, values: readonly string[]): [string, string][] => [
  ["", all],
  ...values.map((value): [string, string] => [value, value]),
];

export default function View() {
  const { query, go } = useQuery();
  const { orderId, function: name, level, outcome, text } = query;
  const tail = useLogTail({ orderId, function: name, level });
  const held = useSignal<readonly LogLine[] | null>(null);
  const paused = held.value !== null;
  const lines = (held.value ?? tail.lines).filter((line) =>
    matches(line, { ...(text && { text }), ...(outcome && { outcome }) }),
  );
  const missed = paused ? tail.lines.filter(({ seq }) => seq > (held.value?.at(-1)?.seq ?? -1)).length : 0;
  return (
    <>
      <PageHead
        title="Logs"
        about={`What the log says, as it says it: the latest lines, at most ${LINES_MAX.toLocaleString("en")} of them. Orders that went well are summed up while there are many.`}
        actions={
          <>
            <Button
              aria-pressed={paused}
              onClick={() => {
                held.value = paused ? null : tail.lines;
              }}
            >
              {paused ? `Go on${missed > 0 ? ` (${missed} new)` : ""}` : "Pause"}
            </Button>
            <Button
              onClick={() => {
                tail.clear();
                if (paused) held.value = [];
              }}
            >
              Clear
            </Button>
          </>
        }
      />
      <div class="grid gap-4">
        {tail.error !== null && <ProblemNote error={tail.error} retry={tail.again} />}
        <Card>
          <details open={WIDE || Object.keys(query).length > 0}>
            <summary class="mb-4 cursor-pointer font-semibold">Filters</summary>
            <Filters query={query} go={go} />
          </details>
        </Card>
        <Card>
          <p role="status" class="mb-3 text-sm text-soft">
            {paused ? "Paused" : STATES[tail.state]}, {lines.length.toLocaleString("en")}{" "}
            {lines.length === 1 ? "line" : "lines"} shown
          </p>
          {lines.length > 0 ? (
            <Tail lines={lines} still={paused} />
          ) : (
            tail.state === "open" && (
              <Empty title={tail.lines.length > 0 ? "No line matches" : "Nothing was logged yet"}>
                <p>
                  {tail.lines.length > 0
                    ? "Other lines came. Show all of them by clearing the fields above."
                    : "It shows as it happens: place an order, or run ordermill demo."}
                </p>
              </Empty>
            )
          )}
        </Card>
      </div>
    </>
  );
}

type Go = ReturnType<typeof useQuery>["go"];

function Filters(props: { query: Readonly<Record<string, string>>; go: Go }) {
  const { query, go } = props;
  const wired = useResource("wiring", readWiring);
  const order = useSignal(query.orderId ?? "");
  const text = useSignal(query.text ?? "");
  useEffect(() => {
    order.value = query.orderId ?? "";
    text.value = query.text ?? "";
  }, [query.orderId, query.text, order, text]);
  const to = (change: Record<string, string>) =>
    go({ ...query, orderId: order.value.trim(), text: text.value, ...change });
  const names = wired.data.value ? Object.keys(enabled(wired.data.value.wiring, wired.data.value.pipeline)).sort() : [];
  const known = query.function && !names.includes(query.function) ? [query.function, ...names] : names;
  return (
    <form
      class="grid items-end gap-4 sm:grid-cols-2 lg:grid-cols-3"
      onSubmit={(event) => {
        event.preventDefault();
        to({});
      }}
    >
      <TextField
        label="Order"
        type="search"
        placeholder="ord_…"
        value={order.value}
        onValue={(value) => {
          order.value = value;
        }}
      />
      <TextField
        label="Text"
        type="search"
        value={text.value}
        onValue={(value) => {
          text.value = value;
        }}
      />
      <SelectField
        label="Function"
        value={query.function ?? ""}
        options={options("All", known)}
        onValue={(value) => to({ function: value })}
      />
      <SelectField
        label="At least"
        value={query.level ?? ""}
        options={options("Any level", LEVELS)}
        onValue={(level) => to({ level })}
      />
      <SelectField
        label="Outcome"
        value={query.outcome ?? ""}
        options={options("Any", OUTCOMES)}
        onValue={(outcome) => to({ outcome })}
      />
      <div class="flex gap-3">
        <Button type="submit">Show</Button>
        <Button tone="quiet" onClick={() => go({})}>
          Show all
        </Button>
      </div>
    </form>
  );
}

/** Follows the end, unless somebody has scrolled up to read. */
function Tail(props: { lines: readonly LogLine[]; still: boolean }) {
  const box = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time lines came.
  useEffect(() => {
    if (box.current && atEnd.current && !props.still) box.current.scrollTop = box.current.scrollHeight;
  }, [props.lines]);
  return (
    <section
      ref={box}
      class="h-[60dvh] min-h-80 overflow-y-auto rounded-control border border-line bg-ground px-3"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
      tabIndex={0}
      aria-label="Lines of the log"
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollTop + clientHeight > scrollHeight - 24;
      }}
    >
      <LogList lines={props.lines} />
    </section>
  );
}
