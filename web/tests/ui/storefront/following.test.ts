import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem, unreachable } from "../../../src/api/problem";
import type { Order } from "../../../src/ui/storefront/ask";
import { follow, type Read } from "../../../src/ui/storefront/following";

const order = (status: string, compensation = "NONE") => ({ status, compensation }) as unknown as Order;
const answer = (status: number, retryMs: number | null = null) =>
  new Problem(status, "No", "", "/problems/x", [], {}, retryMs);

let visible = true;
beforeEach(() => {
  visible = true;
  vi.useFakeTimers();
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => (visible ? "visible" : "hidden"));
});
afterEach(() => vi.useRealTimers());

/** Answers in this order, then the last for ever; an ETag names each. */
function following(...answers: (Order | Problem | null)[]) {
  const etags: (string | null)[] = [];
  const seen: string[] = [];
  const read: Read = async (etag) => {
    etags.push(etag);
    const now = answers.length > 1 ? answers.shift() : answers[0];
    if (now instanceof Problem) throw now;
    return now ? { order: now, etag: `"${etags.length}"` } : null;
  };
  const stop = follow(read, {
    shown: (found) => seen.push(found.status),
    trouble: (kind) => kind !== "" && seen.push(kind),
  });
  return { etags, seen, stop };
}

test("it asks with the ETag it has, and ends when nothing is to come", async () => {
  const { etags, seen } = following(order("PENDING"), null, order("CANCELLED", "RUNNING"), order("CANCELLED", "DONE"));
  await vi.runAllTimersAsync();
  expect(etags).toEqual([null, '"1"', '"1"', '"3"']);
  expect(seen).toEqual(["PENDING", "CANCELLED", "CANCELLED"]);
});

test("what is under way is looked at every two seconds, what only staff can move ever more seldom", async () => {
  const under = following(order("PENDING"));
  await vi.advanceTimersByTimeAsync(60_000);
  under.stop();
  expect(under.etags.length).toBeGreaterThan(25);
  expect(under.etags.length).toBeLessThan(45);

  const done = following(order("PROCESSED"));
  await vi.advanceTimersByTimeAsync(600_000);
  done.stop();
  expect(done.etags.length).toBeGreaterThan(8);
  expect(done.etags.length).toBeLessThan(20);
});

test("nothing is asked while nobody looks, and at once when somebody does", async () => {
  const { etags, stop } = following(order("PENDING"));
  await vi.advanceTimersByTimeAsync(1_000);
  visible = false;
  await vi.advanceTimersByTimeAsync(5_000);
  const before = etags.length;
  await vi.advanceTimersByTimeAsync(100_000);
  expect(etags).toHaveLength(before);
  visible = true;
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
  expect(etags).toHaveLength(before + 1);
  stop();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(etags).toHaveLength(before + 1);
});

test("an order that is not there yet is waited for; one that is gone is not", async () => {
  const { seen } = following(answer(404), answer(404), order("CONFIRMED"), answer(404));
  await vi.runAllTimersAsync();
  expect(seen).toEqual(["CONFIRMED", "gone"]);

  const queued = following(answer(404));
  await vi.advanceTimersByTimeAsync(20_000);
  queued.stop();
  expect(new Set(queued.seen)).toEqual(new Set(["queued"]));
});

test("trouble that passes is waited out, as long as the server says", async () => {
  const { etags, seen, stop } = following(answer(503, 10_000), unreachable(), order("PENDING"));
  await vi.advanceTimersByTimeAsync(9_000);
  expect(etags).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(4_000);
  stop();
  expect(seen.slice(0, 3)).toEqual(["busy", "lost", "PENDING"]);
});

test("what may not be read is not asked for again", async () => {
  const { etags, seen } = following(answer(401));
  await vi.runAllTimersAsync();
  expect([etags.length, seen]).toEqual([1, ["never"]]);
});
