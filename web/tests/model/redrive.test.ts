import { expect, test } from "vitest";
import { bodyOf, goingOn, MOST_IDS, maxOf, stillListed, toggled } from "../../src/model/redrive";

test("each choice is its own body, dry or not", () => {
  expect(bodyOf({ kind: "ids", ids: ["a", "b"] }, true)).toEqual({ ids: ["a", "b"], dryRun: true });
  expect(bodyOf({ kind: "queue", queue: "q", max: null }, false)).toEqual({ queue: "q", max: null, dryRun: false });
  expect(bodyOf({ kind: "queue", queue: "q", max: 3 }, true)).toEqual({ queue: "q", max: 3, dryRun: true });
  expect(bodyOf({ kind: "all" }, true)).toEqual({ all: true, dryRun: true });
});

test("what goes is what was named and not refused", () => {
  const answer = { redriven: 1, refused: [{ id: "b", reason: "the order is PAID" }], remaining: 0 };
  expect(goingOn({ kind: "ids", ids: ["a", "b"] }, answer)).toEqual(["a"]);
  expect(goingOn({ kind: "all" }, answer)).toBeNull();
});

test("no more are chosen than one request may name", () => {
  let chosen: ReadonlySet<string> = new Set();
  for (let id = 0; id < MOST_IDS + 5; id += 1) chosen = toggled(chosen, String(id));
  expect(chosen.size).toBe(MOST_IDS);
  expect(chosen.has(String(MOST_IDS))).toBe(false);
  chosen = toggled(chosen, "3");
  expect([chosen.size, chosen.has("3")]).toEqual([MOST_IDS - 1, false]);
});

test("what is no longer listed is no longer chosen", () => {
  expect([...stillListed(new Set(["a", "b"]), [{ id: "b" }, { id: "c" }])]).toEqual(["b"]);
});

test.each([
  ["", null],
  [" ", null],
  ["1", 1],
  ["500", 500],
  ["501", undefined],
  ["0", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["x", undefined],
])("at most %j is %s", (typed, max) => {
  expect(maxOf(typed)).toBe(max);
});
