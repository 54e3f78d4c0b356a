/** What is pressed, typed into and chosen from: plain elements with one look, labelled and tied to their errors. */

import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

type Tone = "primary" | "secondary" | "danger" | "quiet";

const TONES: Record<Tone, string> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border-edge bg-card text-ink hover:border-accent hover:text-accent",
  danger: "border-bad bg-card text-bad hover:bg-bad-wash",
  quiet: "border-transparent text-accent hover:underline",
};
const BUTTON =
  "inline-flex items-center justify-center gap-2 rounded-control border font-semibold no-underline " +
  "disabled:cursor-not-allowed disabled:opacity-55 aria-busy:cursor-progress cursor-pointer text-sm";

/** `busy`: what it does is under way; pressed again it does nothing. */
export function Button(
  props: { tone?: Tone; busy?: boolean; small?: boolean } & Omit<JSX.IntrinsicElements["button"], "size">,
) {
  const { tone = "secondary", busy = false, small = false, class: extra = "", children, onClick, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      class={`${BUTTON} ${TONES[tone]} ${small ? "min-h-9 px-3" : "min-h-11 px-4"} ${extra}`}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink(props: { tone?: Tone } & JSX.IntrinsicElements["a"]) {
  const { tone = "secondary", class: extra = "", children, ...rest } = props;
  return (
    <a {...rest} class={`${BUTTON} ${TONES[tone]} min-h-11 px-4 ${extra}`}>
      {children}
    </a>
  );
}

/** Something is under way; who hears the page is told by what surrounds it. */
export const Spinner = () => (
  <span
    aria-hidden="true"
    class="size-4 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent motion-reduce:[animation-duration:4s]"
  />
);

export const INPUT =
  "min-h-11 w-full rounded-control border border-edge bg-card px-3 py-2 text-ink placeholder:text-soft " +
  "hover:border-ink aria-invalid:border-bad aria-invalid:shadow-[inset_0_0_0_1px_var(--color-bad)] disabled:opacity-60";

type Described = { id: string; "aria-describedby": string; "aria-invalid": boolean };

/** A label, a hint and what is wrong, around the control that `children` makes of the given attributes. */
export function Field(props: {
  label: string;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  optional?: boolean;
  children: (described: Described) => ComponentChildren;
}) {
  const id = useId();
  return (
    <div class="grid min-w-0 content-start gap-1.5">
      <label for={id} class="text-sm font-medium">
        {props.label} {props.optional && <span class="font-normal text-soft">optional</span>}
      </label>
      {props.children({ id, "aria-describedby": `${id}-hint ${id}-error`, "aria-invalid": Boolean(props.error) })}
      <p id={`${id}-hint`} class="text-sm text-soft empty:hidden">
        {props.hint}
      </p>
      <p id={`${id}-error`} class="break-words text-sm font-medium text-bad empty:hidden">
        {props.error}
      </p>
    </div>
  );
}

/** What else a field of text may be told. */
type Typing = {
  type?: "text" | "email" | "search" | "date" | "datetime-local" | "number";
  inputMode?: "decimal" | "numeric";
  autocomplete?: string;
  placeholder?: string;
  disabled?: boolean;
  list?: string;
  class?: string;
};

/** A field of text. */
export function TextField(
  props: {
    label: string;
    value: string;
    onValue: (value: string) => void;
    hint?: ComponentChildren;
    error?: string | null | undefined;
    optional?: boolean;
  } & Typing,
) {
  const { label, value, onValue, hint, error, optional = false, class: extra = "", ...typing } = props;
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(described) => (
        <input
          autocomplete="off"
          {...typing}
          {...described}
          class={`${INPUT} ${extra}`}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A choice of few. */
export function SelectField(props: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | null | undefined;
}) {
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(described) => (
        <select
          {...described}
          class={INPUT}
          value={props.value}
          onChange={(event) => props.onValue(event.currentTarget.value)}
        >
          {props.options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
