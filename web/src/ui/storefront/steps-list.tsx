/** The steps of an order, drawn as a line from one to the next. */

import { afterText, type Step } from "./steps";

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const MARKS: Record<Step["state"], string> = {
  done: "border-accent bg-accent text-on-accent",
  next: "border-accent border-r-transparent animate-spin motion-reduce:[animation-duration:4s]",
  later: "border-line",
  exit: "border-bad bg-bad text-card",
};

const Mark = (props: { state: Step["state"] }) => (
  <span
    aria-hidden="true"
    class={`absolute top-0 left-0 grid size-6 place-items-center rounded-full border-2 ${MARKS[props.state]}`}
  >
    {(props.state === "done" || props.state === "exit") && (
      <svg aria-hidden="true" viewBox="0 0 16 16" class="size-3.5 fill-none stroke-current stroke-[2.5]">
        {props.state === "done" ? <path d="m3 8.5 3.2 3.2L13 5" /> : <path d="m4 4 8 8m0-8-8 8" />}
      </svg>
    )}
  </span>
);

export const Steps = (props: { steps: readonly Step[] }) => (
  <ol aria-label="Steps">
    {props.steps.map((step, index) => (
      <li
        key={step.key}
        data-state={step.state}
        aria-current={step.state === "next" ? "step" : undefined}
        class="relative grid grid-cols-[1fr_auto] gap-x-4 pb-6 pl-10 last:pb-0"
      >
        {index < props.steps.length - 1 && (
          <span
            aria-hidden="true"
            class={`absolute top-6 bottom-0 left-[0.6875rem] w-0.5 ${step.state === "done" ? "bg-accent" : "bg-line"}`}
          />
        )}
        <Mark state={step.state} />
        <span
          class={`font-semibold ${step.state === "later" ? "text-soft" : step.state === "exit" ? "text-bad" : "text-ink"}`}
        >
          {step.label}
          {step.state === "done" && <span class="sr-only">: done</span>}
        </span>
        {step.at !== null && (
          <time dateTime={step.at} title={step.at} class="text-right text-sm text-soft tabular-nums">
            {TIME.format(new Date(step.at))}
          </time>
        )}
        <span class="col-start-1 text-sm text-soft">{step.about}</span>
        {step.afterMs > 0 && (
          <span class="col-start-2 text-right text-xs text-soft tabular-nums">{afterText(step.afterMs)}</span>
        )}
      </li>
    ))}
  </ol>
);
