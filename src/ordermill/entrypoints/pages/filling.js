// One filling of the form: its idempotency key, what was sent under it without an answer, and the order it made.
// It survives a reload of the tab, so that an answer that was lost can still be asked for.

const SLOT = "ordermill.filling";

const fresh = () => ({ key: freshKey(), unanswered: [], placed: null });

let current = load();

/** {key, unanswered: [JSON text], placed: the 202's body or null}. */
export const filling = () => current;

/** Begin anew, under a new key. */
export const renew = () => save(fresh());

/** `body` goes out: until an answer comes, it may be what made an order. */
export function sending(body) {
  save({ ...current, unanswered: [...current.unanswered.filter((other) => other !== body), body] });
}

/** The server refused `body`, so it made no order. */
export function refused(body) {
  save({ ...current, unanswered: current.unanswered.filter((other) => other !== body) });
}

/** The key has its order. */
export const settled = (placed) => save({ ...current, unanswered: [], placed });

function save(next) {
  current = next;
  try {
    sessionStorage.setItem(SLOT, JSON.stringify(next));
  } catch {
    // Without storage the page still works; only a reload forgets.
  }
}

function load() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(SLOT));
    if (typeof stored?.key === "string" && Array.isArray(stored.unanswered)) return stored;
  } catch {
    // Nothing there, or not ours.
  }
  return fresh();
}

function freshKey() {
  // randomUUID exists only where the page is served securely or from this machine.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
