import { beforeEach, expect, test } from "vitest";
import { dice } from "../../../src/ui/storefront/art";
import type { Order } from "../../../src/ui/storefront/ask";
import { find, mine } from "../../../src/ui/storefront/mine";
import { matching, stockText } from "../../../src/ui/storefront/products";
import { arrive, brokenLink, linkOf, route, routeOf } from "../../../src/ui/storefront/route";
import { afterText, headline, outcome, paid, stepsOf } from "../../../src/ui/storefront/steps";

const at = (second: number) => `2026-11-22T10:00:0${second}.000Z`;
const entry = (seq: number, status: string, changed: string[] = []) => ({ seq, status, at: at(seq), changed });
const whole = (status: string, history: object[], more: object = {}) =>
  ({
    orderId: "ord_1",
    status,
    currency: "USD",
    reason: null,
    compensation: "NONE",
    payment: { status: "NONE", captured: "0.00", refunded: "0.00" },
    history,
    ...more,
  }) as unknown as Order;

beforeEach(() => {
  mine.change(() => []);
  history.replaceState(null, "", "/");
});

test("the steps are those of the last attempt, and what is to come", () => {
  const taken = [entry(1, "PENDING"), entry(2, "FAILED"), entry(3, "PENDING"), entry(4, "PENDING", ["note"])];
  const found = stepsOf(whole("CONFIRMED", [...taken, entry(5, "CONFIRMED")]));
  expect(found.map((step) => [step.label, step.state, step.afterMs])).toEqual([
    ["Received", "done", 0],
    ["Confirmed", "done", 2_000],
    ["Paid", "next", 0],
    ["Processed", "later", 0],
  ]);
  expect(stepsOf(whole("REJECTED", [entry(1, "PENDING"), entry(2, "REJECTED")])).map((step) => step.state)).toEqual([
    "done",
    "exit",
  ]);
});

test("without the history the status alone tells", () => {
  const seen = { orderId: "o", status: "PAID", timestamp: at(1), updatedAt: at(2) } as unknown as Order;
  expect(stepsOf(seen).map((step) => step.state)).toEqual(["done", "done", "done", "next"]);
  expect(stepsOf({ ...seen, status: "SHIPPED" }).map((step) => step.label)).toEqual(["Received", "Shipped"]);
});

test("an exit is told with its reason and what becomes of the money", () => {
  const left = whole("FAILED", [], { reason: "TIMEOUT", payment: { status: "REFUND_PENDING", captured: "5.00" } });
  expect(outcome(left)).toBe("It took too long. Anything charged is being refunded.");
  expect(outcome({ ...left, compensation: "STUCK" } as Order)).toContain("taking longer");
  expect(outcome(whole("REJECTED", [], { reason: "A_NEW_ONE" }))).toBe(
    "We could not accept this order. Nothing was charged.",
  );
  expect([outcome(whole("PAID", [])), headline("PAID"), headline("FAILED")]).toEqual([
    "",
    "Order in progress",
    "Order failed",
  ]);
  const back = { payment: { status: "REFUNDED", captured: "5.00", refunded: "5.00" } };
  expect([paid(whole("PAID", [])), paid(whole("CANCELLED", [], back))]).toEqual([null, "$5.00, refunded $5.00"]);
  expect([0, 38, 7_334, 12_345, 600_000].map(afterText)).toEqual(["", "+38 ms", "+7.3 s", "+12 s", "+10 min"]);
});

test("a link's token leaves the address and is kept here, and never takes the place of one that works", () => {
  history.replaceState(null, "", "/#order=ord_1&token=t1");
  arrive();
  expect([location.hash, route.value]).toEqual(["#/orders/ord_1", { view: "order", orderId: "ord_1" }]);
  expect(find("ord_1")).toMatchObject({ orderToken: "t1", linked: true });
  mine.change((now) => now.map((each) => ({ ...each, linked: false })));
  history.replaceState(null, "", "/#order=ord_1&token=wrong");
  arrive();
  expect(find("ord_1")?.orderToken).toBe("t1");
});

test("a link that was not copied whole shows the shop, and says so", () => {
  for (const hash of ["#order=ord_1", "#order=&token=t", "#order=ord_1&token=a b", `#order=${"x".repeat(200)}&token=t`])
    expect(linkOf(hash), hash).toBe("broken");
  history.replaceState(null, "", "/#order=ord_1");
  arrive();
  expect([location.hash, route.value, brokenLink.value]).toEqual(["", { view: "shop" }, true]);
});

test("every address shows something", () => {
  expect(["", "#/", "#/cart", "#/orders", "#/nothing", "#x"].map((hash) => routeOf(hash).view)).toEqual([
    "shop",
    "shop",
    "cart",
    "orders",
    "shop",
    "shop",
  ]);
  expect(routeOf("#/orders/%E0%A4%A")).toEqual({ view: "order", orderId: "%E0%A4%A" });
});

test("products are found by all words, and a picture is always the same", () => {
  const product = (name: string, stock: number | null) => ({ sku: "A-1", name, price: "1.00", currency: "USD", stock });
  const list = [product("Desk Lamp", 0), product("Desk", 3), product("Chair", 11)];
  expect(matching(list, " LAMP desk").map((each) => each.name)).toEqual(["Desk Lamp"]);
  expect(matching(list, "a-1")).toHaveLength(3);
  expect(list.map(stockText)).toEqual(["Sold out", "Only 3 left", null]);
  const rolls = (name: string) => Array.from({ length: 8 }, dice(name).bind(null, 100));
  expect(rolls("Mug")).toEqual(rolls("Mug"));
  expect(rolls("Mug")).not.toEqual(rolls("Lamp"));
});
