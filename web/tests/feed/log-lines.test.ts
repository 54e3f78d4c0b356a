import { expect, test } from "vitest";
import { appended, gapOf, type LogLine, lineOf, matches } from "../../src/feed/log-lines";

const line = (seq: number, said: object = {}) => lineOf(String(seq), JSON.stringify(said)) as LogLine;

test("a line has its members, and the rest beside them", () => {
  expect(line(7, { level: "warning", event: "hop", function: "send_email", attempt: 2, orderId: 5 })).toEqual({
    seq: 7,
    timestamp: null,
    level: "warning",
    logger: null,
    event: "hop",
    orderId: null,
    function: "send_email",
    outcome: null,
    more: { attempt: 2 },
    missing: null,
  });
});

test.each(["", "no json", "[]", "null", "3"])("what is no line is none: %s", (text) => {
  expect(lineOf("1", text)).toBeNull();
});

test("only the latest lines are kept, each once, in order", () => {
  let lines: LogLine[] = [];
  for (let seq = 0; seq < 5000; seq += 1) lines = appended(lines, [line(seq), line(seq)], 100);
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => 4900 + index));
  expect(appended(lines, [line(4950), line(5000)], 3).map(({ seq }) => seq)).toEqual([4998, 4999, 5000]);
});

test("a gap is told, and what comes after it is shown", () => {
  const gap = gapOf("9", JSON.stringify({ after: 3, from: 10, reason: "overflow" }));
  expect(gap.event).toBe("Lines are missing here: more came than is kept");
  expect(appended([line(3)], [gap, line(10)], 10).map(({ seq }) => seq)).toEqual([3, 9, 10]);
  expect(matches(gap, { text: "nothing of it", outcome: "dead" })).toBe(true);
});

test("text is sought in all that is said, in any case, as it stands", () => {
  const found = line(1, { event: "it failed", outcome: "dead", detail: 'say "Hi" \\ there', nested: { a: "Ünder" } });
  for (const text of ["FAILED", '"hi"', "\\ there", "ünder", "dead"]) expect(matches(found, { text })).toBe(true);
  for (const text of ["missing", "null", "seq"]) expect(matches(found, { text })).toBe(false);
  expect(matches(found, { outcome: "ok" })).toBe(false);
  expect(matches(found, { outcome: "dead", text: "failed" })).toBe(true);
  expect(matches(found, {})).toBe(true);
});
