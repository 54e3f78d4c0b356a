import { expect, test } from "vitest";
import { asked, orderIdIn, readFilters, refusal } from "../../../src/ui/console/orders/filters";
import { exactText, localText, presets } from "../../../src/ui/kit/period";
import { queryText } from "../../../src/ui/kit/query";

const ID = "ord_01a200c9-1af8-7892-b55d-a15b7310cbf0";
const back = (query: string) => readFilters(Object.fromEntries(new URLSearchParams(query)));

test.each([
  { status: "FAILED", customer: "", from: "2026-11-01T00:00:00.000Z", to: "", cursor: "" },
  { status: "", customer: "a+b&c=d @ é#?%", from: "", to: "2026-12-01T00:00:00.000Z", cursor: "x/y=" },
  { status: "", customer: "", from: "", to: "", cursor: "" },
])("filters go into the address and come back: %j", (filters) => {
  expect(back(queryText(filters))).toEqual(filters);
});

test("what is not asked for is in no query", () => {
  expect(queryText({ status: "", customer: null, cursor: undefined })).toBe("");
  expect(asked(back("?status=failed&other=1"))).toEqual({ status: "FAILED" });
});

test("what no list can answer is said before it is asked", () => {
  expect(refusal(back("?status=FAILED&customer=c1"))).toMatch(/not by both/);
  expect(refusal(back("?status=LOST"))).toMatch(/no status LOST/);
  expect(refusal(back("?from=2026-12-01&to=2026-11-01"))).toMatch(/ends before/);
  expect(refusal(back("?from=yesterday"))).toMatch(/no time/);
  expect(refusal(back("?status=FAILED&from=2026-11-01&to=2026-12-01"))).toBeNull();
  expect(refusal(back("?customer=c1&to=2026-12-01"))).toBeNull();
});

test("an order's id is found in what was pasted", () => {
  expect(orderIdIn(`  http://127.0.0.1/console/orders/${ID.toUpperCase()}?x `)).toBe(ID);
  expect(orderIdIn("ord_1")).toBeNull();
});

test("a time that is typed is the local one, and comes back as it was typed", () => {
  for (const typed of ["2026-11-01T00:00", "2026-03-29T12:34:56"]) expect(localText(exactText(typed))).toBe(typed);
  expect(exactText("2026-11-01T00:00")).toBe(new Date(2026, 10, 1).toISOString());
  expect([exactText(""), exactText("2026-"), localText("never")]).toEqual(["", "", ""]);
});

test("periods end where the next begins", () => {
  const of = Object.fromEntries(presets(new Date(2026, 0, 31, 12)));
  expect(of["This month"]).toEqual({ from: exactText("2026-01-01T00:00"), to: exactText("2026-02-01T00:00") });
  expect(of["Last month"]).toEqual({ from: exactText("2025-12-01T00:00"), to: exactText("2026-01-01T00:00") });
  expect(of.Today).toEqual({ from: exactText("2026-01-31T00:00"), to: exactText("2026-02-01T00:00") });
});
