/** What things stand on: cards, pages' heads, notes, empty lists, dialogs. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { place } from "../../api/place";
import { Problem } from "../../api/problem";
import { signIn } from "../../api/session";
import { Button } from "./controls";

/** A card; with a `title` it is a section of that name. */
export function Card(props: {
  title?: string;
  actions?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section
      aria-label={props.title}
      class={`min-w-0 rounded-card border border-line bg-card p-4 shadow-card sm:p-6 ${props.class ?? ""}`}
    >
      {props.title !== undefined && (
        <div class="mb-4 flex flex-wrap items-center justify-between gap-3">
          <h2 class="text-lg">{props.title}</h2>
          {props.actions}
        </div>
      )}
      {props.children}
    </section>
  );
}

/** What a view begins with. Its heading has the focus once the view is opened, so that it is read. */
export function PageHead(props: { title: string; about?: ComponentChildren; actions?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · Ordermill`;
    heading.current?.focus({ preventScroll: true });
  }, [props.title]);
  return (
    <div class="mb-6 flex flex-wrap items-end justify-between gap-4">
      <div class="min-w-0">
        <h1 ref={heading} tabIndex={-1} class="break-words text-2xl outline-none sm:text-3xl">
          {props.title}
        </h1>
        {props.about !== undefined && <p class="mt-1 max-w-prose text-soft">{props.about}</p>}
      </div>
      <div class="flex flex-wrap gap-2 empty:hidden">{props.actions}</div>
    </div>
  );
}

const NOTES = {
  info: "bg-wash",
  warn: "bg-warn-wash text-warn",
  bad: "bg-bad-wash text-bad",
};

/** A remark; `bad` ones are announced at once. */
export function Note(props: { tone?: keyof typeof NOTES; children: ComponentChildren }) {
  const tone = props.tone ?? "info";
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      class={`break-words rounded-control px-4 py-3 text-sm ${NOTES[tone]}`}
    >
      {props.children}
    </div>
  );
}

/** What went wrong and what to try. */
export function ProblemNote(props: { error: unknown; retry?: (() => void) | undefined }) {
  const { error } = props;
  const problem = error instanceof Problem ? error : null;
  return (
    <Note tone="bad">
      <p class="font-semibold">{problem?.title ?? "Something in this page failed"}</p>
      <p>{problem ? problem.detail : String(error)}</p>
      {problem && problem.errors.length > 0 && (
        <ul class="mt-2 list-disc pl-5">
          {problem.errors.map((each) => (
            <li key={each.pointer + each.code}>
              {each.pointer && <code class="font-mono">{each.pointer} </code>}
              {each.detail}
            </li>
          ))}
        </ul>
      )}
      {problem?.status === 401 && <SignedOut />}
      {props.retry && (
        <Button small class="mt-3" onClick={props.retry}>
          Try again
        </Button>
      )}
    </Note>
  );
}

function SignedOut() {
  const here = place();
  if (here.kind === "aws")
    return (
      <p class="mt-2">
        You are no longer signed in.{" "}
        <button
          type="button"
          class="cursor-pointer underline"
          onClick={() => signIn(here.home, location.pathname + location.search)}
        >
          Sign in again
        </button>
      </p>
    );
  return (
    <p class="mt-2">
      Your session is over. Print a new link with <code class="font-mono">ordermill sign-in</code>.
    </p>
  );
}

/** A list without entries says what to do next. */
export function Empty(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="grid justify-items-center gap-2 px-4 py-12 text-center">
      <p class="text-lg font-semibold">{props.title}</p>
      <div class="max-w-prose text-soft">{props.children}</div>
    </div>
  );
}

/** A dialog over the page; Escape and `onClose` close it. */
export function Dialog(props: { title: string; open: boolean; onClose: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const { open } = props;
  useEffect(() => {
    if (open && !element.current?.open) element.current?.showModal();
    if (!open && element.current?.open) element.current.close();
  }, [open]);
  return (
    <dialog
      ref={element}
      aria-label={props.title}
      onClose={props.onClose}
      class="m-auto w-[min(100%-2rem,36rem)] rounded-card border border-line bg-card p-6 text-ink shadow-card backdrop:bg-black/40"
    >
      <h2 class="mb-4 text-lg">{props.title}</h2>
      {open && props.children}
    </dialog>
  );
}
