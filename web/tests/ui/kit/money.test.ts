import { expect, test } from "vitest";
import { digitsOf, shown, shownText, toMinor, toText } from "../../../src/ui/kit/money";

test("decimal text is read digit by digit, in the digits that its currency has", () => {
  expect(toMinor("9.99", "USD")).toBe(999n);
  expect(toMinor("0.1", "USD")).toBe(10n);
  expect(toMinor("90071992547409931.07", "USD")).toBe(9007199254740993107n);
  expect([toMinor("500", "JPY"), toMinor("500.0", "JPY")]).toEqual([500n, null]);
  expect(toMinor("1.234", "KWD")).toBe(1234n);
  for (const wrong of ["", " 1", "1,5", "1e3", "-1", "01", ".5", "5.", "0.105", "١"])
    expect(toMinor(wrong, "USD"), wrong).toBeNull();
});

test("amounts keep every digit when they are shown", () => {
  expect(shown(1998n, "USD")).toBe("$19.98");
  expect(shown(30n, "USD")).toBe("$0.30");
  expect(shown(9007199254740993107n, "USD")).toBe("$90,071,992,547,409,931.07");
  expect(shown(1234567n, "JPY")).toBe("¥1,234,567");
  expect([toText(5n, "USD"), toText(5n, "JPY"), toText(1234n, "KWD")]).toEqual(["0.05", "5", "1.234"]);
});

test("what cannot be read is shown as it is", () => {
  expect(shownText("much", "USD")).toBe("much USD");
  expect(shown(1998n, "no currency")).toBe("19.98 no currency");
  expect(digitsOf("no currency")).toBe(2);
});
