// Asks to be told of deleted orders. What is known of an address is shown to nobody but who has the mailbox.

import { Unreachable, subscribe } from "./api.js";

const $ = (id) => document.getElementById(id);

let busy = false;

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  setBusy(true);
  blame("");
  $("subscribe-said").hidden = true;
  try {
    told(await subscribe($("subscriber").value.trim()));
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    say("No answer came. Please try again in a moment.", "warn");
  } finally {
    setBusy(false);
  }
}

function told({ status, retryMs, body }) {
  if (status === 202) {
    $("subscribe-form").reset();
    say("Look into your mailbox: if the address is not subscribed yet, a link to confirm is on its way to it.", "");
  } else if (status === 422) {
    blame("Please enter one e-mail address, such as ada@example.org.");
  } else if (status === 429 || status === 503) {
    say(`Very busy right now. Please try again in ${Math.ceil(retryMs / 1000)} s.`, "warn");
  } else {
    say(`${body.title ?? "Something went wrong"}. Please try again later.`, "warn");
  }
}

function say(text, tone) {
  $("subscribe-said").className = `note ${tone}`.trim();
  $("subscribe-said").textContent = text;
  $("subscribe-said").hidden = false;
}

function blame(text) {
  $("subscriber-error").textContent = text;
  $("subscriber").toggleAttribute("aria-invalid", false);
  if (text === "") return;
  $("subscriber").setAttribute("aria-invalid", "true");
  $("subscriber").focus();
}

function setBusy(on) {
  busy = on;
  // Not `disabled`: the button would lose the focus.
  $("subscribe-submit").setAttribute("aria-disabled", String(on));
}

$("subscribe-form").addEventListener("submit", submit);
$("subscriber").addEventListener("input", () => blame(""));
