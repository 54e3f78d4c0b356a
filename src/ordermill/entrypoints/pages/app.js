// The order form: sends what was filled in under one idempotency key until there is an answer, then follows the order.

import { Unreachable, placeOrder, readOrder, readProducts } from "./api.js";
import * as fields from "./fields.js";
import { filling, refused, renew, sending, settled } from "./filling.js";
import { follow, leave } from "./tracker.js";

const MOST_TRIES = 6;
const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let busy = false;

async function submit(event) {
  event?.preventDefault();
  if (busy) return;
  setBusy(true);
  forget();
  fields.blame([]);
  try {
    const body = fields.read();
    const ordered = await deliver(body);
    if (ordered !== null && ordered !== body) tellEarlier(ordered);
  } finally {
    setBusy(false);
  }
}

/** Send until there is an answer that settles it; the body that became the order, or null. */
async function deliver(body) {
  for (let tries = 1; ; tries += 1) {
    sending(body);
    let answer;
    try {
      answer = await placeOrder(filling().key, body);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return offerRetry("No answer came, so we do not know whether your order arrived.");
    }
    const { status, retryMs, body: problem } = answer;
    if (status === 202) {
      placed(problem);
      return body;
    }
    const slug = String(problem.type ?? "").split("/").pop();
    const passing = status === 429 || status === 503 || slug === "idempotency-in-progress";
    if (passing && tries < MOST_TRIES) {
      say(`Very busy right now. Trying again in ${retryMs / 1000} s; please keep this page open.`, "warn");
      await pause(retryMs);
      continue;
    }
    if (passing) return offerRetry("Still too busy.");
    if (status >= 500) return offerRetry("Something went wrong on our side.");
    refused(body);
    if (slug === "idempotency-key-reused") return earlier();
    reject(problem);
    return null;
  }
}

/** Another body has taken the key: an earlier try whose answer got lost. Ask for its order. */
function earlier() {
  const body = filling().unanswered.at(-1);
  if (body !== undefined) return deliver(body);
  renew();
  return offerRetry("This form had already been sent as another order.", "Send as a new order");
}

function tellEarlier(body) {
  fields.write(body);
  say("Your first try had arrived after all and is shown here; the changes you made after it were not ordered.", "warn");
  $("summary").hidden = false;
}

function placed(order) {
  settled(order);
  forget();
  shown(order);
  $("tracker-title").focus({ preventScroll: true });
  $("tracker").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function shown(order) {
  $("summary").hidden = true;
  void follow(order);
}

function reject(problem) {
  setBusy(false); // What is inert takes no focus.
  const errors = Array.isArray(problem.errors) ? problem.errors : [];
  const rest = fields.blame(errors);
  const atFields = errors.length - rest.length;
  if (atFields > 0) say(atFields === 1 ? "One field needs your attention." : `${atFields} fields need your attention.`, "bad");
  if (errors.length === 0) rest.push(problem.title ? `${problem.title}.` : "The order was refused.");
  if (rest.length === 0) return;
  $("problem").replaceChildren(rest.join(" "), ...link(problem));
  $("problem").hidden = false;
  if (atFields === 0) $("problem").focus();
}

function link(problem) {
  if (!String(problem.type).startsWith("/problems/")) return [];
  const anchor = document.createElement("a");
  anchor.href = problem.type;
  anchor.textContent = "What does this mean?";
  return [" ", anchor];
}

function offerRetry(text, label = "Try again") {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => submit());
  say(`${text} You can safely try again: it will not be ordered twice.`, "warn", button);
  return null;
}

function say(text, tone, ...more) {
  $("notice").className = `note ${tone}`;
  $("notice").replaceChildren(text, ...more);
  $("notice").hidden = false;
}

function forget() {
  $("notice").hidden = true;
  $("notice").replaceChildren();
  $("problem").hidden = true;
  $("problem").replaceChildren();
}

function setBusy(on) {
  busy = on;
  if (on) $("submit").focus();
  $("form").inert = on;
  // Not `disabled`: the button would lose the focus.
  $("submit").setAttribute("aria-disabled", String(on));
  $("submit-text").textContent = on ? "Placing your order…" : "Place order";
}

function edited(event) {
  if (filling().placed) {
    renew();
    forget();
    $("summary").hidden = false;
  }
  if ($("notice").classList.contains("bad")) forget();
  fields.forgive(event.target.id);
  fields.refresh();
}

function again() {
  renew();
  leave();
  forget();
  fields.clear();
  $("summary").hidden = false;
  $("product").focus();
}

async function loadProducts() {
  $("product-hint").replaceChildren();
  let list = null;
  try {
    const answer = await readProducts();
    if (answer.status === 200) list = answer.body.products;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
  }
  fields.offer(list ?? []);
  if (list !== null) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Load them again";
  button.addEventListener("click", () => loadProducts());
  $("product-hint").replaceChildren("The products could not be loaded. ", button);
}

/** The order that a mail links to: `#order=…&token=…`, which no server sees; taken out of the address at once. */
async function showLinked() {
  const link = new URLSearchParams(location.hash.slice(1));
  const orderId = link.get("order");
  const orderToken = link.get("token");
  if (!orderId || !orderToken) return false;
  history.replaceState(null, "", location.pathname);
  try {
    const answer = await readOrder({ orderId, orderToken });
    if (answer.status === 200) shown({ ...answer.body, orderToken });
    else say("This link shows no order. Was it copied whole?", "warn");
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    say("No answer came. Open the link again in a moment.", "warn");
  }
  return true;
}

async function start() {
  $("form").addEventListener("submit", submit);
  $("form").addEventListener("input", edited);
  $("again").addEventListener("click", again);
  addEventListener("hashchange", showLinked);
  const { placed: order, unanswered } = filling();
  if (!(await showLinked()) && order) shown(order);
  await loadProducts();
  if (unanswered.length === 0) return;
  fields.write(unanswered.at(-1));
  offerRetry("This order was sent, but no answer came before the page was left.");
}

void start();
