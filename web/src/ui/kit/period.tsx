/** A time from which and a time before which: typed in the reader's own zone, in addresses and for the API exact. */

import { Button, TextField } from "./controls";

/** RFC 3339 in UTC, or empty where it is open. */
export type Period = { from: string; to: string };

const two = (value: number) => String(value).padStart(2, "0");

/** As a field of date and time wants it, in the local zone; empty where it is no time. Seconds only where there are. */
export function localText(at: string): string {
  const time = new Date(at);
  if (at === "" || Number.isNaN(time.getTime())) return "";
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const seconds = time.getSeconds() + time.getMilliseconds() ? `:${two(time.getSeconds())}` : "";
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}${seconds}`;
}

/** What such a field holds as the API's time; empty where nothing whole is typed. */
export function exactText(local: string): string {
  const time = new Date(local);
  return !/^\d{4,}-\d\d-\d\dT/.test(local) || Number.isNaN(time.getTime()) ? "" : time.toISOString();
}

/** Common periods up to `now`, by the local calendar; `to` is open where it is now. */
export function presets(now: Date): readonly (readonly [text: string, period: Period])[] {
  const midnight = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toISOString();
  const month = (months: number) => new Date(now.getFullYear(), now.getMonth() + months, 1).toISOString();
  return [
    ["Today", { from: midnight(0), to: midnight(1) }],
    ["7 days", { from: midnight(-6), to: midnight(1) }],
    ["This month", { from: month(0), to: month(1) }],
    ["Last month", { from: month(-1), to: month(0) }],
  ];
}

/** The two fields; `what` is what happened then: "placed", "deleted". */
export function PeriodFields(props: {
  what: string;
  value: Period;
  onValue: (value: Period) => void;
  error?: string | null;
}) {
  const { value, onValue } = props;
  const backwards = value.from && value.to && value.from >= value.to ? "This is not after the beginning." : null;
  return (
    <div class="grid min-w-0 gap-2">
      <div class="grid gap-4 sm:grid-cols-2">
        <TextField
          type="datetime-local"
          label={`From: ${props.what} then or later`}
          value={localText(value.from)}
          onValue={(from) => onValue({ ...value, from: exactText(from) })}
        />
        <TextField
          type="datetime-local"
          label={`To: ${props.what} before`}
          value={localText(value.to)}
          error={backwards ?? props.error}
          onValue={(to) => onValue({ ...value, to: exactText(to) })}
        />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be a box around buttons. */}
      <div role="group" aria-label="Common periods" class="flex flex-wrap gap-1">
        {presets(new Date()).map(([text, period]) => (
          <Button key={text} small tone="quiet" onClick={() => onValue(period)}>
            {text}
          </Button>
        ))}
        {(value.from || value.to) && (
          <Button small tone="quiet" onClick={() => onValue({ from: "", to: "" })}>
            Any time
          </Button>
        )}
      </div>
    </div>
  );
}
