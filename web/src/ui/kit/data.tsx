/** How values are shown: statuses, times, identifiers, tables. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export type Tone = "good" | "bad" | "warn" | "info" | "plain";

const PILLS: Record<Tone, string> = {
  good: "bg-wash text-accent",
  bad: "bg-bad-wash text-bad",
  warn: "bg-warn-wash text-warn",
  info: "bg-info-wash text-info",
  plain: "bg-ground text-soft",
};
const STATUSES: Record<string, Tone> = {
  PENDING: "info",
  CONFIRMED: "info",
  PAID: "info",
  PROCESSED: "good",
  SHIPPED: "good",
  DELIVERED: "good",
  REJECTED: "warn",
  CANCELLED: "plain",
  FAILED: "bad",
};

export const Pill = (props: { tone?: Tone; children: ComponentChildren }) => (
  <span
    class={`inline-block rounded-full px-2.5 py-0.5 font-mono text-xs font-semibold ${PILLS[props.tone ?? "plain"]}`}
  >
    {props.children}
  </span>
);

/** An order's status. */
export const StatusPill = (props: { status: string }) => (
  <Pill tone={STATUSES[props.status] ?? "plain"}>{props.status}</Pill>
);

const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A time of the API, in the reader's own zone; the exact one on hover. */
export const Time = (props: { at: string | null | undefined }) =>
  props.at ? (
    <time dateTime={props.at} title={props.at} class="whitespace-nowrap tabular-nums">
      {SHORT.format(new Date(props.at))}
    </time>
  ) : (
    <span class="text-soft">–</span>
  );

/** Something to copy: an id, a command. */
export function Copied(props: { text: string; label?: string }) {
  const [said, say] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
      say("Copied");
    } catch {
      say("Select and copy it by hand");
    }
    setTimeout(() => say(""), 2000);
  };
  return (
    <button
      type="button"
      onClick={copy}
      class="cursor-pointer rounded border border-line px-2 py-0.5 text-xs hover:border-accent hover:text-accent"
    >
      <span aria-live="polite">{said || (props.label ?? "Copy")}</span>
    </button>
  );
}

export type Column<Row> = {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand to the right. */
  numeric?: boolean;
};

/** A table that scrolls by itself where it is too wide; `caption` is for who hears it. */
export function Table<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
    <section class="overflow-x-auto" tabIndex={0} aria-label={props.caption}>
      <table class="w-full text-left text-sm">
        <caption class="sr-only">{props.caption}</caption>
        <thead>
          <tr class="border-b border-line text-soft">
            {props.columns.map((column) => (
              <th key={column.head} scope="col" class={`py-2 pr-4 font-medium ${column.numeric ? "text-right" : ""}`}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowKey(row)} class="border-b border-line last:border-0">
              {props.columns.map((column) => (
                <td
                  key={column.head}
                  class={`py-2.5 pr-4 align-top ${column.numeric ? "text-right tabular-nums" : ""}`}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Names with their values. */
export const Facts = (props: { of: readonly (readonly [string, ComponentChildren])[] }) => (
  <dl class="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-6 gap-y-2 text-sm">
    {props.of.map(([name, value]) => (
      <>
        <dt class="text-soft">{name}</dt>
        <dd class="min-w-0 break-words">{value}</dd>
      </>
    ))}
  </dl>
);
