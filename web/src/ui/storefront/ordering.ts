/** Ordering what is in the cart, from the press of the button to the order's page. */

import { batch, signal } from "@preact/signals";
import { shown, shownText } from "../kit/money";
import { placeOrder } from "./ask";
import { attempt } from "./attempt";
import { cart, type Line, total } from "./cart";
import { type Delivered, deliver } from "./deliver";
import { bodyOf, draft, used } from "./draft";
import { type Faults, faultsOf, forgiven, NO_FAULTS, PICTURE_DIFFERS } from "./faults";
import { remember } from "./mine";
import { hashOf } from "./route";

/** `retry`: what was sent can be sent again, which finds out what became of it. */
export type Notice = { tone: "warn" | "bad"; text: string; retry: boolean };

const SAFE = "You can safely try again: it will not be ordered twice.";

export const busy = signal(false);
export const faults = signal<Faults>(NO_FAULTS);
/** The page of the problem's type, and how often the server has refused: then the first wrong field gets the focus. */
export const refusal = signal<{ count: number; type: string }>({ count: 0, type: "" });
export const notice = signal<Notice | null>(
  attempt.value.unanswered.length === 0
    ? null
    : { tone: "warn", text: `An order was sent, but no answer came before the page was left. ${SAFE}`, retry: true },
);
/** What is to be said of an order on its page. */
export const remark = signal<{ orderId: string; text: string } | null>(null);

/** A field was changed: what the server found wrong with it is no longer so. */
export const forgive = (field: string) => {
  faults.value = forgiven(faults.value, field);
  if (notice.value?.tone === "bad") notice.value = null;
};

/** Order what is in the cart. A second call while the first is under way does nothing. */
export async function order() {
  const lines = cart.at.value;
  const { picture } = draft.at.value;
  if (busy.value || lines.length === 0) return;
  if (picture?.judged.verdict === "MISMATCH" && !picture.confirmed) {
    refuse({ at: new Map([["picture", PICTURE_DIFFERS]]), rest: [] }, "");
    return;
  }
  await send(bodyOf(lines, draft.at.value), lines);
}

/** Send again what no answer came to. */
export async function findOut() {
  const body = attempt.value.unanswered.at(-1);
  if (busy.value) return;
  if (body === undefined) return order();
  const lines = cart.at.value;
  await send(body, bodyOf(lines, draft.at.value) === body ? lines : []);
}

async function send(body: string, lines: readonly Line[]) {
  batch(() => {
    busy.value = true;
    faults.value = NO_FAULTS;
    notice.value = null;
  });
  try {
    settle(await deliver(body, { post: placeOrder, pause, waiting }), body, lines);
  } finally {
    busy.value = false;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const waiting = (ms: number) => {
  const text = `Very busy right now. Trying again in ${Math.ceil(ms / 1000)} s; please keep this page open.`;
  notice.value = { tone: "warn", text, retry: false };
};

function settle(done: Delivered, body: string, lines: readonly Line[]) {
  // What is inert takes no focus.
  busy.value = false;
  if (done.kind === "placed") return placed(done, body, lines);
  if (done.kind === "open") {
    notice.value = { tone: "warn", text: `${done.why} ${SAFE}`, retry: true };
    return;
  }
  refuse(faultsOf(done.problem, lines), done.problem.type);
}

function refuse(found: Faults, type: string) {
  const fields = found.at.size;
  const text = fields === 1 ? "One field needs your attention." : `${fields} fields need your attention.`;
  batch(() => {
    faults.value = found;
    refusal.value = { count: refusal.value.count + 1, type };
    notice.value = fields === 0 ? null : { tone: "bad", text, retry: false };
  });
}

function placed({ order, body }: Delivered & { kind: "placed" }, sent: string, lines: readonly Line[]) {
  const { orderId, orderToken, timestamp, status, total: cost, currency } = order;
  const isSent = body === sent && lines.length > 0;
  const expected = total(lines);
  remember({ orderId, orderToken, timestamp, status, total: cost, currency, linked: false });
  remark.value = null;
  if (isSent) {
    cart.change((now) => now.filter((line) => !lines.some((each) => JSON.stringify(each) === JSON.stringify(line))));
    used();
    if (expected !== null && shown(expected, currency) !== shownText(cost, currency))
      remark.value = { orderId, text: "Prices have changed since the shop was opened: this is the total that counts." };
  } else if (cart.at.value.length > 0) {
    remark.value = {
      orderId,
      text: "Your first try had arrived after all. What is in the cart now was not ordered with it.",
    };
  }
  notice.value = null;
  location.hash = hashOf(orderId);
}
