/** An edit of an order that others may change meanwhile: what of it is sent, and what to decide after a 412. */

export const EDITED = ["customerName", "email", "note"] as const;
export type EditedName = (typeof EDITED)[number];

/** What the form holds: text, empty where the order has none. */
export type Draft = Readonly<Record<EditedName, string>>;

type Editable = Readonly<Record<EditedName, string | null>>;

export const draftOf = (order: Editable): Draft => ({
  customerName: order.customerName ?? "",
  email: order.email ?? "",
  note: order.note ?? "",
});

/** The merge patch that makes the order what was typed: changed members alone, null for what was emptied. */
export function patchOf(base: Editable, typed: Draft): Partial<Record<EditedName, string | null>> {
  const was = draftOf(base);
  return Object.fromEntries(
    EDITED.filter((name) => typed[name] !== was[name]).map((name) => [name, typed[name] === "" ? null : typed[name]]),
  );
}

/** A member that somebody else changed: `clash` where it was typed over here too, with something else. */
export type Changed = { name: EditedName; was: string; theirs: string; mine: string; clash: boolean };

/** What somebody else changed between `base` and `now`, against what was typed over `base`. */
export function changedSince(base: Editable, now: Editable, typed: Draft): Changed[] {
  const [was, theirs] = [draftOf(base), draftOf(now)];
  return EDITED.filter((name) => was[name] !== theirs[name]).map((name) => ({
    name,
    was: was[name],
    theirs: theirs[name],
    mine: typed[name],
    clash: typed[name] !== was[name] && typed[name] !== theirs[name],
  }));
}

/** What the form holds next: what was typed stays, and what was not touched becomes what it is now. */
export function merged(base: Editable, now: Editable, typed: Draft): Draft {
  const [was, theirs] = [draftOf(base), draftOf(now)];
  const next = (name: EditedName) => (typed[name] === was[name] ? theirs[name] : typed[name]);
  return { customerName: next("customerName"), email: next("email"), note: next("note") };
}
