// Follows one order until it ends, and shows each step with its time.

import { Unreachable, readOrder } from "./api.js";
import { showText } from "./money.js";

const FIRST_WAIT_MS = 150;
const LONGEST_WAIT_MS = 2_000;
const QUEUED_MS = 5_000;
const PATH = ["PENDING", "CONFIRMED", "PAID", "PROCESSED"];
const EXITS = new Set(["REJECTED", "FAILED", "CANCELLED"]);
const ENDS = new Set(["PROCESSED", "SHIPPED", "DELIVERED", ...EXITS]);

// The label, and what is said of the step once it is taken and while it is awaited.
const STEPS = {
  PENDING: ["Received", "Stored safely"],
  CONFIRMED: ["Confirmed", "Everything is reserved", "Reserving what you ordered…"],
  PAID: ["Paid", "The payment went through", "Taking the payment…"],
  PROCESSED: ["Processed", "Being prepared for you", "Completing the order…"],
  SHIPPED: ["Shipped", "Handed to the carrier"],
  DELIVERED: ["Delivered", "It has arrived"],
  REJECTED: ["Rejected", ""],
  FAILED: ["Failed", ""],
  CANCELLED: ["Cancelled", ""],
};
const REASONS = {
  OUT_OF_STOCK: "There is not enough in stock.",
  PAYMENT_DECLINED: "The payment was declined.",
  PAYMENT_ERROR: "The payment service did not work.",
  TIMEOUT: "It took too long.",
  INTERNAL: "Something went wrong on our side.",
};
const EXIT_TEXTS = {
  REJECTED: "We could not accept this order.",
  FAILED: "We could not complete this order.",
  CANCELLED: "This order was cancelled.",
};
// What becomes of the money after an exit, by the payment's status.
const MONEY = {
  NONE: "Nothing was charged.",
  DECLINED: "Nothing was charged.",
  REFUND_PENDING: "Anything charged is being refunded.",
  REFUNDED: "What was charged has been refunded.",
};

const $ = (id) => document.getElementById(`tracker-${id}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let followed = null;
let followedSince = 0;
let seen = false;

/** Show the order that POST /orders answered, and follow it; an order followed before is let go. */
export async function follow(placed) {
  followed = placed;
  followedSince = Date.now();
  seen = false;
  begin(placed);
  for (let wait = FIRST_WAIT_MS; followed === placed; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const held = await look(placed);
    if (held === null) return;
    await pause(Math.max(wait, held));
  }
}

/** Show no order any more. */
export function leave() {
  followed = null;
  document.getElementById("tracker").hidden = true;
}

/** One look at the order: how long to wait at least before the next, or null if there is no next. */
async function look(placed) {
  let answer;
  try {
    answer = await readOrder(placed);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return followed === placed ? trouble("The connection is lost. Your order is safe; we keep trying.") : null;
  }
  if (followed !== placed) return null;
  if (answer.status === 200) {
    seen = true;
    trouble("");
    render(answer.body);
    return ENDS.has(answer.body.status) && answer.body.compensation !== "RUNNING" ? null : 0;
  }
  // Where orders are queued first, the record appears a moment after the answer.
  if (answer.status === 404 && !seen) {
    return Date.now() - followedSince > QUEUED_MS ? trouble("Much is waiting. Your order is safe; its turn will come.") : 0;
  }
  if (answer.status === 429 || answer.status >= 500) {
    trouble("The server is busy. Your order is safe; we keep trying.");
    return answer.retryMs;
  }
  trouble("This order can no longer be shown here.");
  return null;
}

function trouble(text) {
  $("connection").hidden = text === "";
  if ($("connection").textContent !== text) $("connection").textContent = text;
  return 0;
}

function begin(placed) {
  document.getElementById("tracker").hidden = false;
  $("id").textContent = placed.orderId;
  $("copy").hidden = !navigator.clipboard;
  $("items").parentElement.hidden = true;
  $("total").textContent = showText(placed.total, placed.currency);
  trouble("");
  paint({ status: "PENDING", reason: null, history: [{ status: "PENDING", at: placed.timestamp, changed: [] }] });
}

function render(order) {
  $("total").textContent = showText(order.total, order.currency);
  $("items").textContent = order.items.map((line) => `${line.quantity} × ${line.product ?? line.sku}`).join(", ");
  $("items").parentElement.hidden = false;
  paint(order);
}

function paint(order) {
  const exit = EXITS.has(order.status);
  $("title").textContent = exit ? `Order ${STEPS[order.status][0].toLowerCase()}` : `Order ${heading(order.status)}`;
  $("status").textContent = order.status;
  $("status").classList.toggle("bad", exit);
  $("outcome").hidden = !exit;
  $("outcome").className = "note bad";
  $("outcome").textContent = exit ? outcome(order) : "";
  $("steps").replaceChildren(...steps(order));
  announce(exit ? `${$("title").textContent}. ${$("outcome").textContent}` : $("title").textContent);
}

const outcome = (order) =>
  [REASONS[order.reason] ?? EXIT_TEXTS[order.status], MONEY[order.payment?.status]].filter(Boolean).join(" ");

const heading = (status) => (ENDS.has(status) ? STEPS[status][0].toLowerCase() : "in progress");

function announce(text) {
  if ($("live").textContent !== text) $("live").textContent = text;
}

/** The list items: the steps taken in the current attempt, then those to come, or the exit. */
function steps(order) {
  const taken = order.history.filter((entry) => entry.changed.length === 0);
  const start = taken.findLastIndex((entry) => entry.status === "PENDING");
  const attempt = taken.slice(Math.max(start, 0));
  const began = Date.parse(attempt[0]?.at);
  const done = attempt.map((entry) => step(entry.status, EXITS.has(entry.status) ? "exit" : "done", entry.at, began));
  if (ENDS.has(order.status)) return done;
  const next = PATH.slice(PATH.indexOf(order.status) + 1);
  return [...done, ...next.map((status, index) => step(status, index === 0 ? "next" : "later"))];
}

function step(status, state, at, began) {
  const [label, about, awaited = ""] = STEPS[status] ?? [status, ""];
  const item = element("li", state);
  if (state === "next") item.setAttribute("aria-current", "step");
  if (at) item.append(element("span", "mark"));
  item.append(element("span", "label", label));
  if (at) {
    const time = element("time", "", new Date(at).toLocaleTimeString());
    time.dateTime = at;
    item.append(time);
  }
  item.append(element("span", "about", at ? about : state === "next" ? awaited : ""));
  const after = at ? Date.parse(at) - began : 0;
  if (after > 0) item.append(element("span", "after", after < 10_000 ? `+${after} ms` : `+${Math.round(after / 1000)} s`));
  return item;
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

$("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText($("id").textContent);
    $("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($("id"));
    $("copy").textContent = "Selected";
  }
  setTimeout(() => ($("copy").textContent = "Copy"), 2_000);
});
