/** What to break, how, where and how often. */

import { useSignal } from "@preact/signals";
import { type FaultView, MODE_HINTS, MODES, type Mode, PLACE_HINTS, PLACES, type Place } from "../../../model/faults";
import { Button, SelectField, TextField } from "../../kit/controls";

type Wanted = Omit<FaultView, "fired">;

/** What was typed as a whole number within bounds; undefined for what is none. */
function whole(typed: string, least: number, most: number): number | undefined {
  const value = Number(typed);
  return typed.trim() !== "" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

export function FaultForm(props: {
  names: readonly string[];
  name: string | undefined;
  mode: string | undefined;
  busy: boolean;
  onSet: (name: string, fault: Wanted) => void;
}) {
  const name = useSignal(props.names.find((each) => each === props.name) ?? props.names[0] ?? "");
  const mode = useSignal<Mode>(MODES.find(([each]) => each === props.mode)?.[0] ?? "fail");
  const at = useSignal<Place>("start");
  const times = useSignal("");
  const match = useSignal("");
  const delay = useSignal("0");
  const often = times.value.trim() === "" ? null : whole(times.value, 1, 1_000_000_000);
  const delayMs = whole(delay.value, 0, 600_000);
  const set = (event: Event) => {
    event.preventDefault();
    if (often === undefined || delayMs === undefined) return;
    props.onSet(name.value, { mode: mode.value, at: at.value, times: often, match: match.value || null, delayMs });
  };
  return (
    <form class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3" onSubmit={set}>
      <SelectField
        label="Function or service"
        value={name.value}
        options={props.names.map((each) => [each, each])}
        onValue={(value) => {
          name.value = value;
        }}
      />
      <SelectField
        label="How"
        value={mode.value}
        options={MODES}
        hint={MODE_HINTS[mode.value]}
        onValue={(value) => {
          mode.value = value as Mode;
        }}
      />
      <SelectField
        label="Where"
        value={at.value}
        options={PLACES}
        hint={PLACE_HINTS[at.value]}
        onValue={(value) => {
          at.value = value as Place;
        }}
      />
      <TextField
        label="How often"
        type="number"
        optional
        placeholder="always"
        value={times.value}
        error={often === undefined ? "A whole number from 1, or nothing for always" : null}
        onValue={(value) => {
          times.value = value;
        }}
      />
      <TextField
        label="Delay in milliseconds"
        type="number"
        value={delay.value}
        error={delayMs === undefined ? "A whole number from 0 to 600000" : null}
        hint="How much later it comes, or how long a time-out takes."
        onValue={(value) => {
          delay.value = value;
        }}
      />
      <TextField
        label="Only messages with this text"
        optional
        value={match.value}
        hint="Such as an order's id: a text that the message has, as JSON."
        onValue={(value) => {
          match.value = value;
        }}
      />
      <div class="sm:col-span-2 lg:col-span-3">
        <Button type="submit" tone="primary" busy={props.busy} disabled={often === undefined || delayMs === undefined}>
          Break {name.value}
        </Button>
      </div>
    </form>
  );
}
