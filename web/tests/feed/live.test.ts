import { expect, test } from "vitest";
import { type FeedEvent, readEvent } from "../../src/feed/events";
import type { Clock, FeedStatus } from "../../src/feed/feed";
import { type Listening, liveFeed, type Transport } from "../../src/feed/live";
import { recordedFeed } from "../../src/feed/recorded";

const HOP = {
  seq: 7,
  at: "2026-11-20T12:00:00.000Z",
  orderId: null,
  edge: "a>b",
  function: "b",
  outcome: "ok",
  attempt: 1,
  durationMs: 2,
};

function watched(status = 200) {
  const urls: string[] = [];
  const listeners: Listening[] = [];
  const timers: { ms: number; then: () => void }[] = [];
  const said: FeedStatus[] = [];
  const events: FeedEvent[] = [];
  const answer = { status };
  const transport: Transport = {
    open: (url, listening) => {
      urls.push(url);
      listeners.push(listening);
      return () => urls.push("closed");
    },
    ask: async () => answer.status,
  };
  const clock: Clock = {
    now: () => 5,
    after: (ms, then) => {
      timers.push({ ms, then });
      return () => timers.pop();
    },
  };
  const start = (wish = {}) =>
    liveFeed(wish, "", transport, clock).start({
      event: (event) => events.push(event),
      status: (each) => said.push(each),
    });
  const lost = async () => {
    listeners.at(-1)?.lost();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { urls, listeners, timers, said, events, answer, start, lost };
}

test("it goes on after the last event that it saw", async () => {
  const { urls, listeners, timers, said, events, start, lost } = watched();
  start({ replay: 200 });
  listeners[0]?.opened();
  listeners[0]?.message("hop", JSON.stringify(HOP), "7");
  await lost();
  expect(said.map(({ kind }) => kind)).toEqual(["connecting", "open", "waiting"]);
  timers[0]?.then();
  expect(urls).toEqual(["/live?replay=200", "/live?replay=200&lastEventId=7"]);
  expect(events).toEqual([{ kind: "hop", hop: { ...HOP, at: Date.parse(HOP.at), error: null, event: null } }]);
});

test("it waits longer each time that nothing comes, up to a quarter of a minute", async () => {
  const { timers, start, lost } = watched(0);
  start();
  for (let time = 0; time < 6; time += 1) {
    await lost();
    timers.at(-1)?.then();
  }
  expect(timers.map(({ ms }) => ms)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});

test("who is signed out is told, and not asked again; where too many watch it tries later", async () => {
  const { timers, said, answer, start, lost } = watched(503);
  start();
  await lost();
  expect(said.at(-1)).toMatchObject({ kind: "waiting", why: expect.stringContaining("Too many") });
  answer.status = 401;
  timers[0]?.then();
  await lost();
  expect(said.at(-1)).toMatchObject({ kind: "closed", reason: "signed-out" });
  expect(timers).toHaveLength(1);
});

test("what is stopped says nothing more", async () => {
  const { urls, said, events, listeners, start, lost } = watched();
  const stop = start();
  stop();
  listeners[0]?.message("hop", JSON.stringify(HOP), "7");
  await lost();
  expect([urls.at(-1), said.length, events.length]).toEqual(["closed", 1, 0]);
});

test("frames and gaps are read; what is of no known form is left out", () => {
  const edges = { "a>b": { ok: 3, retry: 0, failed: 1, dead: 0, p50Ms: 1, p99Ms: 2 }, bad: 3 };
  const frame = readEvent("frame", JSON.stringify({ from: 1, to: 4, at: HOP.at, edges, samples: [HOP, { seq: 1 }] }));
  expect(frame).toMatchObject({ kind: "frame", frame: { from: 1, to: 4, samples: [{ seq: 7 }] } });
  expect(frame?.kind === "frame" && [...frame.frame.edges]).toEqual([["a>b", { ok: 3, retry: 0, failed: 1, dead: 0 }]]);
  expect(readEvent("gap", '{"after": 1, "from": 9, "reason": "restart"}')).toEqual({
    kind: "gap",
    gap: { after: 1, from: 9, reason: "restart" },
  });
  for (const [name, data] of [
    ["hop", "{"],
    ["hop", "null"],
    ["hop", '{"seq": 1}'],
    ["news", "{}"],
  ] as const)
    expect(readEvent(name, data)).toBe(null);
});

test("a recording is a feed that ends, whether it is there or still comes", async () => {
  async function* slowly() {
    yield { kind: "gap", gap: { after: 0, from: 1, reason: "" } } as const;
  }
  for (const recording of [[{ kind: "gap", gap: { after: 0, from: 1, reason: "" } } as const], slowly()]) {
    const events: FeedEvent[] = [];
    const over = await new Promise<FeedStatus>((done) => {
      recordedFeed(recording).start({
        event: (event) => events.push(event),
        status: (status) => status.kind === "closed" && done(status),
      });
    });
    expect([over.kind === "closed" && over.reason, events.length]).toEqual(["ended", 1]);
  }
});
