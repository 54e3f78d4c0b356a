import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem, unreachable } from "../../../src/api/problem";
import { attempt, renew } from "../../../src/ui/storefront/attempt";
import type { Line } from "../../../src/ui/storefront/cart";
import { deliver, type Placed } from "../../../src/ui/storefront/deliver";
import { bodyOf, draftOf, wordsOf } from "../../../src/ui/storefront/draft";
import { faultsOf, forgiven } from "../../../src/ui/storefront/faults";

const line: Line = { id: "sku:M", sku: "M", name: "Mug", unitPrice: "9.99", currency: "USD", quantity: " 2 " };
const own: Line = { id: "own:1", sku: null, name: "Cake", unitPrice: "0.10", currency: "USD", quantity: "some" };
const placed = { orderId: "ord_1" } as Placed;
const refusal = (slug: string, status: number, errors: Problem["errors"] = [], retryMs: number | null = null) =>
  new Problem(status, "No", "", `/problems/${slug}`, errors, {}, retryMs);

beforeEach(() => renew());
afterEach(() => sessionStorage.clear());

/** Answers in this order; what was sent and how long was waited. */
function means(...answers: (Placed | Problem)[]) {
  const sent: [key: string, body: string][] = [];
  const waits: number[] = [];
  const post = async (key: string, body: string) => {
    sent.push([key, body]);
    const answer = answers.shift() ?? unreachable();
    if (answer instanceof Problem) throw answer;
    return answer;
  };
  const pause = async (ms: number) => void waits.push(ms);
  return { sent, waits, post, pause, waiting: vi.fn() };
}

test("while it is busy the same order is sent again under the same key, when the server says", async () => {
  const way = means(refusal("overloaded", 503, [], 3_000), refusal("rate-limited", 429), placed);
  expect(await deliver("{}", way)).toEqual({ kind: "placed", order: placed, body: "{}" });
  expect(way.waits).toEqual([3_000, 2_000]);
  expect(new Set(way.sent.map(([key]) => key)).size).toBe(1);
  expect(attempt.value.key).not.toBe(way.sent[0]?.[0]);
});

test("it gives up asking after six tries, and keeps the key", async () => {
  const busy = () => refusal("overloaded", 503, [], 120_000);
  const way = means(busy(), busy(), busy(), busy(), busy(), busy());
  expect((await deliver("{}", way)).kind).toBe("open");
  expect(way.waits).toEqual([30_000, 30_000, 30_000, 30_000, 30_000]);
  expect(attempt.value).toEqual({ key: way.sent[0]?.[0], unanswered: ["{}"] });
});

test("without an answer key and body outlive a reload", async () => {
  const way = means(unreachable());
  expect(await deliver("{}", way)).toMatchObject({ kind: "open", why: expect.stringContaining("do not know") });
  expect(JSON.parse(sessionStorage.getItem("ordermill.attempt") ?? "")).toEqual(attempt.value);
  expect(await deliver("{}", means(refusal("internal", 500)))).toMatchObject({ kind: "open" });
});

test("a key that another body has taken leads to the order of that body", async () => {
  await deliver("first", means(unreachable()));
  const way = means(refusal("idempotency-key-reused", 422), placed);
  expect(await deliver("second", way)).toEqual({ kind: "placed", order: placed, body: "first" });
  expect(way.sent.map(([, body]) => body)).toEqual(["second", "first"]);
});

test("a refused body is none that could have become an order", async () => {
  const problem = refusal("invalid-order", 422);
  expect(await deliver("{}", means(problem))).toEqual({ kind: "refused", problem });
  expect(attempt.value.unanswered).toEqual([]);
});

test("a key taken by nobody knows what is given up for a new one", async () => {
  const { key } = attempt.value;
  expect((await deliver("{}", means(refusal("idempotency-key-reused", 422)))).kind).toBe("open");
  expect(attempt.value.key).not.toBe(key);
});

test("the body has what was typed, for the server to judge", () => {
  const filled = { ...draftOf({ email: " a@b.c ", note: "x" }), paymentToken: "tok_decline" };
  expect(JSON.parse(bodyOf([line, own], filled))).toEqual({
    customerName: null,
    email: "a@b.c",
    note: "x",
    description: null,
    currency: "USD",
    items: [
      { sku: "M", quantity: 2 },
      { product: "Cake", quantity: "some", unitPrice: "0.10" },
    ],
    imageId: null,
    confirmMismatch: null,
    paymentToken: "tok_decline",
  });
  expect(JSON.parse(bodyOf([line], draftOf(null))).paymentToken).toBeNull();
});

test("a draft that cannot be read is empty, and a picture is kept only whole", () => {
  expect(draftOf("x")).toEqual(draftOf(null));
  expect(draftOf({ paymentToken: "pm_1", picture: { name: "x" } })).toMatchObject({
    paymentToken: "tok_approve",
    picture: null,
  });
  const judged = { imageId: "img_1", verdict: "MISMATCH", confidence: 0.9, labels: [], warning: "a cat" };
  const picture = { name: "x.png", words: "Mug", judged, confirmed: true };
  expect(draftOf({ picture }).picture).toEqual(picture);
  expect(JSON.parse(bodyOf([line], draftOf({ picture })))).toMatchObject({ imageId: "img_1", confirmMismatch: true });
  expect(wordsOf([line, own, line], " ")).toBe("Mug, Cake");
  expect(wordsOf([line], "a white mug")).toBe("a white mug");
});

test("every error stands at its field, and the rest above", () => {
  const errors = [
    { pointer: "/items/1/quantity", code: "out-of-range", detail: "a whole number from 1 to 1,000,000" },
    { pointer: "/items/1/unitPrice", code: "invalid-price", detail: "a price" },
    { pointer: "/items/0/sku", code: "unknown-product", detail: "a product of the catalogue" },
    { pointer: "/email", code: "invalid-email", detail: "one e-mail address" },
    { pointer: "/imageId", code: "unknown-image", detail: "an id" },
    { pointer: "/items", code: "out-of-range", detail: "a total of at most 9 minor units" },
    { pointer: "/items/7/quantity", code: "odd", detail: "odd" },
  ];
  const found = faultsOf(refusal("invalid-order", 422, errors), [line, own]);
  expect(Object.fromEntries(found.at)).toEqual({
    "line own:1": "Please enter a whole number from 1 to 1,000,000. Please enter a price.",
    "line sku:M": "This shop sells only what is in its catalogue.",
    email: "Please enter one e-mail address.",
    picture: "The picture is not there any more. Please upload it again.",
  });
  expect(found.rest).toEqual(["Please enter a total of at most 9 minor units.", "Odd."]);
  expect([...forgiven(found, "email").at.keys()]).toEqual(["line own:1", "line sku:M", "picture"]);
});

test("a problem without places says its title, and a mismatch is the picture's", () => {
  expect(faultsOf(refusal("too-deep", 400), [line]).rest).toEqual(["No."]);
  const mismatch = faultsOf(refusal("image-mismatch", 422), [line]);
  expect([[...mismatch.at.keys()], mismatch.rest]).toEqual([["picture"], []]);
});
