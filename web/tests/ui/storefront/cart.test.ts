import { beforeEach, expect, test } from "vitest";
import {
  cart,
  countText,
  type Line,
  linesOf,
  lineTotal,
  refusal,
  repriced,
  stepped,
  total,
  totalText,
  withLine,
  without,
  withProduct,
  withQuantity,
} from "../../../src/ui/storefront/cart";

const mug = { sku: "M", name: "Mug", price: "9.99", currency: "USD", stock: 3 };
const own: Line = { id: "own:1", sku: null, name: "Cake", unitPrice: "0.10", currency: "USD", quantity: "3" };

beforeEach(() => {
  localStorage.clear();
  cart.change(() => []);
});

test("a product that is added again is one more of it", () => {
  const lines = withProduct(withProduct(withLine([], own), mug), mug);
  expect(lines.map((line) => [line.name, line.quantity])).toEqual([
    ["Cake", "3"],
    ["Mug", "2"],
  ]);
  expect(totalText(lines)).toBe("$20.28");
  expect(countText(lines)).toBe("5");
  expect(without(lines, "sku:M")).toEqual([own]);
  expect(withLine(lines, { ...own, quantity: "1" })).toHaveLength(2);
});

test("totals are exact, and none where a quantity cannot be read", () => {
  const many = withQuantity([own], "own:1", "1000000");
  expect(total(many)).toBe(10_000_000n);
  for (const wrong of ["", "1.5", "-1", "two", "1e3", "9".repeat(16)])
    expect(lineTotal({ ...own, quantity: wrong }), wrong).toBeNull();
  expect(totalText(withQuantity([own], "own:1", "x"))).toBe("–");
  expect(total([own, { ...own, id: "own:2", currency: "EUR" }])).toBeNull();
  expect(countText([{ ...own, quantity: "5000" }])).toBe("999+");
});

test("steps stay within what an order takes", () => {
  expect([stepped("1", -1), stepped("1000000", 1), stepped("x", 1), stepped("41", 1)]).toEqual([
    "1",
    "1000000",
    "1",
    "42",
  ]);
});

test("an order has one currency, and fifty lines", () => {
  expect(refusal([], "EUR")).toBeNull();
  expect(refusal([own], "EUR")).toContain("your cart is in USD");
  expect(refusal([own], "EUR", own.id)).toBeNull();
  const full = Array.from({ length: 50 }, (_, index) => ({ ...own, id: `own:${index}` }));
  expect(refusal(full, "USD", "own:50")).toContain("at most 50 lines");
  expect(refusal(full, "USD", "own:49")).toBeNull();
});

test("the catalogue's prices of now count, and one's own stay", () => {
  const lines = repriced([...withProduct([], mug), own], [{ ...mug, price: "12.00" }]);
  expect(lines.map((line) => line.unitPrice)).toEqual(["12.00", "0.10"]);
});

test("the cart is kept, with what another tab has put into it", () => {
  cart.change((lines) => withProduct(lines, mug));
  localStorage.setItem("ordermill.cart", JSON.stringify([own]));
  cart.change((lines) => withProduct(lines, mug));
  expect(linesOf(JSON.parse(localStorage.getItem("ordermill.cart") ?? "")).map((line) => line.id)).toEqual([
    "own:1",
    "sku:M",
  ]);
  localStorage.setItem("ordermill.cart", "[]");
  dispatchEvent(new StorageEvent("storage", { key: "ordermill.cart" }));
  expect(cart.at.value).toEqual([]);
});

test("what stands in the store and is no line is left out", () => {
  expect(linesOf([own, null, 1, { id: "x" }, { ...own, quantity: 3 }])).toEqual([own]);
  expect([linesOf(null), linesOf("x"), linesOf({})]).toEqual([[], [], []]);
});
