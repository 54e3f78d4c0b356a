import { expect, test } from "vitest";
import { changedSince, draftOf, merged, patchOf } from "../../../src/ui/console/order/edit-conflict";

const base = { customerName: "Ada", email: "ada@example.org", note: null };

test("only what was changed is sent, and null for what was emptied", () => {
  expect(patchOf(base, draftOf(base))).toEqual({});
  expect(patchOf(base, { ...draftOf(base), email: "", note: "Ring twice" })).toEqual({
    email: null,
    note: "Ring twice",
  });
});

test("somebody else's change of another member is taken over, and what was typed stays", () => {
  const now = { ...base, email: "new@example.org" };
  const typed = { ...draftOf(base), note: "mine" };
  expect(merged(base, now, typed)).toEqual({ customerName: "Ada", email: "new@example.org", note: "mine" });
  expect(changedSince(base, now, typed)).toEqual([
    { name: "email", was: "ada@example.org", theirs: "new@example.org", mine: "ada@example.org", clash: false },
  ]);
  // What is sent next undoes nothing of theirs.
  expect(patchOf(now, merged(base, now, typed))).toEqual({ note: "mine" });
});

test("the same member changed by both is a clash, unless both meant the same", () => {
  const now = { ...base, note: "theirs" };
  const typed = { ...draftOf(base), note: "mine" };
  expect(changedSince(base, now, typed)).toEqual([
    { name: "note", was: "", theirs: "theirs", mine: "mine", clash: true },
  ]);
  expect(merged(base, now, typed).note).toBe("mine");
  expect(changedSince(base, now, { ...typed, note: "theirs" })[0]?.clash).toBe(false);
});
