import { expect, test } from "vitest";
import { type Faults, inForce, spent, timesWords, withFault, withoutFault } from "../../src/model/faults";

const FAIL = { mode: "fail", times: 3, at: "start", match: null, delayMs: 0, fired: 3 } as const;
const FAULTS: Faults = { mail: FAIL, process_order: { ...FAIL, times: null, fired: 9 } };

test("what has struck as often as it is to strikes no more", () => {
  expect([spent(FAIL), spent({ ...FAIL, fired: 2 }), spent({ ...FAIL, times: null })]).toEqual([true, false, false]);
  expect(inForce(FAULTS)).toEqual(["process_order"]);
  expect([FAIL, { ...FAIL, fired: 1 }, { ...FAIL, times: null }].map(timesWords)).toEqual([
    "3 times, 0 left",
    "3 times, 2 left",
    "always",
  ]);
});

test("one is set or cleared, and the others go on counting", () => {
  const { fired: _, ...fresh } = FAIL;
  expect(withFault(FAULTS, "mail", fresh)).toEqual({ ...FAULTS, mail: { ...FAIL, fired: 0 } });
  expect(withoutFault(FAULTS, "mail")).toEqual({ process_order: FAULTS.process_order });
});
