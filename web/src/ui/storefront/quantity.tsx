/** How many: typed, or one more and one less. */

import { useId } from "preact/hooks";
import { stepped } from "./cart";

const STEP =
  "w-11 shrink-0 cursor-pointer border border-edge bg-ground text-lg leading-none hover:bg-wash hover:text-accent";

export function Quantity(props: {
  of: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  error?: string | undefined;
}) {
  const id = useId();
  const { of, value, onValue } = props;
  return (
    <div class="grid gap-1">
      <label for={id} class="sr-only">
        Quantity of {of}
      </label>
      <span class="flex h-11 w-fit">
        <button
          type="button"
          aria-label={`One less of ${of}`}
          class={`${STEP} rounded-l-control`}
          onClick={() => onValue(stepped(value, -1))}
        >
          −
        </button>
        <input
          id={id}
          type="text"
          inputMode="numeric"
          autocomplete="off"
          value={value}
          aria-invalid={Boolean(props.error)}
          aria-describedby={`${id}-hint ${id}-error`}
          onInput={(event) => onValue(event.currentTarget.value)}
          class="w-20 min-w-0 border-y border-edge bg-card text-center tabular-nums focus-visible:z-1 aria-invalid:border-bad"
        />
        <button
          type="button"
          aria-label={`One more of ${of}`}
          class={`${STEP} rounded-r-control`}
          onClick={() => onValue(stepped(value, 1))}
        >
          +
        </button>
      </span>
      <p id={`${id}-hint`} aria-live="polite" class="text-sm text-warn empty:hidden">
        {props.hint}
      </p>
      <p id={`${id}-error`} class="break-words text-sm font-medium text-bad empty:hidden">
        {props.error}
      </p>
    </div>
  );
}
