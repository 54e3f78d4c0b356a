/** Asks to be told of deleted orders. What is known of an address is shown to nobody but who has the mailbox. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Problem } from "../../api/problem";
import { Button, TextField } from "../kit/controls";
import { Note } from "../kit/surfaces";
import { subscribe } from "./ask";
import { retryMs } from "./deliver";

type Said = { tone: "info" | "warn"; text: string };

const ACCEPTED = "Look into your mailbox: if the address is not subscribed yet, a link to confirm is on its way to it.";

/** What to say to a failure; null where it is about the address. */
export function failureText(error: unknown): string | null {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 422) return null;
  if (error.status === 0) return "No answer came. Please try again in a moment.";
  if (error.status === 429 || error.status === 503)
    return `Very busy right now. Please try again in ${Math.ceil(retryMs(error) / 1000)} s.`;
  return `${error.title}. Please try again later.`;
}

export function Subscribe() {
  const email = useSignal("");
  const wrong = useSignal("");
  const said = useSignal<Said | null>(null);
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async () => {
    if (busy.value) return;
    busy.value = true;
    said.value = null;
    wrong.value = "";
    try {
      await subscribe(email.value.trim());
      email.value = "";
      said.value = { tone: "info", text: ACCEPTED };
    } catch (error) {
      const text = failureText(error);
      if (text !== null) said.value = { tone: "warn", text };
      else {
        wrong.value = "Please enter one e-mail address, such as ada@example.org.";
        form.current?.querySelector("input")?.focus();
      }
    } finally {
      busy.value = false;
    }
  };
  return (
    <section aria-labelledby="subscribe-title">
      <h2 id="subscribe-title" class="text-base">
        Notices of deleted orders
      </h2>
      <p class="mb-3 mt-1 text-sm text-soft">
        A mail whenever an order is deleted, once you have confirmed your address.
      </p>
      <form
        ref={form}
        noValidate
        class="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField
          label="Your e-mail"
          type="email"
          autocomplete="email"
          value={email.value}
          error={wrong.value}
          onValue={(value) => {
            email.value = value;
            wrong.value = "";
          }}
        />
        <Button type="submit" busy={busy.value} class="justify-self-start">
          Subscribe
        </Button>
        {said.value && <Note tone={said.value.tone}>{said.value.text}</Note>}
      </form>
    </section>
  );
}
