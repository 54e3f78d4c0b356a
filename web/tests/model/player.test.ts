import { expect, test } from "vitest";
import { Player, Skew } from "../../src/model/player";
import { IDLE_MS, Squeeze } from "../../src/model/squeeze";

function playing() {
  const time = { now: 0, edge: 10_000 };
  return {
    time,
    player: new Player(
      () => time.now,
      () => time.edge,
    ),
  };
}

test("live is at the edge; what is paused stays; playing goes on from there and catches up", () => {
  const { time, player } = playing();
  expect([player.isLive, player.at]).toEqual([true, 10_000]);
  player.pause();
  time.now += 500;
  time.edge += 500;
  expect([player.isLive, player.paused, player.at]).toEqual([false, true, 10_000]);
  player.play();
  player.setSpeed(4);
  time.now += 100;
  time.edge += 100;
  expect(player.at).toBe(10_400);
  time.now += 1000;
  player.settle();
  expect([player.isLive, player.speed, player.at]).toEqual([true, 1, time.edge]);
});

test("a moment can be sought, standing still or not, and never beyond the edge", () => {
  const { time, player } = playing();
  player.pause();
  player.seek(2000);
  time.now += 1000;
  expect(player.at).toBe(2000);
  player.setSpeed(0.5);
  player.play();
  time.now += 1000;
  expect(player.at).toBe(2500);
  player.seek(99_999);
  expect(player.at).toBe(10_000);
  player.live();
  expect(player.isLive).toBe(true);
});

test("slower than life falls behind at once", () => {
  const { time, player } = playing();
  player.setSpeed(0.5);
  time.now += 1000;
  time.edge += 1000;
  expect(player.at).toBe(10_500);
});

test("clocks may differ, networks may be slow", () => {
  const skew = new Skew();
  expect(skew.ms).toBe(0);
  for (const late of [900, 40, 2000]) skew.take(0, late);
  expect(skew.ms).toBe(0);
  const ahead = new Skew();
  for (const late of [60_900, 60_040]) ahead.take(0, late);
  expect(ahead.ms).toBe(60_040);
  const behind = new Skew();
  for (const late of [-700, -820]) behind.take(0, late);
  expect(behind.ms).toBe(-820);
});

test("idle time is left out of a replay, and the real time is told all the same", () => {
  const squeeze = new Squeeze();
  expect([1000, 1100, 3_600_000, 3_600_050, 3_600_010].map((at) => squeeze.take(at))).toEqual([
    1000,
    1100,
    1100 + IDLE_MS,
    1150 + IDLE_MS,
    1150 + IDLE_MS,
  ]);
  expect([1000, 1050, 1100 + IDLE_MS, 1150 + IDLE_MS + 7].map((view) => squeeze.real(view))).toEqual([
    1000, 1050, 3_600_000, 3_600_057,
  ]);
});
