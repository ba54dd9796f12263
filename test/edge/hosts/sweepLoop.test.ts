import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, jest, test } from "@jest/globals";
import type { Alarm } from "../../../src/edge/hosts/node/alarm.ts";
import { dueTimer } from "../../../src/edge/hosts/node/dueTimer.ts";
import { sweepLoop } from "../../../src/edge/hosts/node/sweepLoop.ts";
import type { Log } from "../../../src/ports/log.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;
const clock = { now: () => Date.now() };

let loop: Alarm | undefined;
afterEach(() => loop?.stop());

test("a sweep that failed is tried again after half a minute, not after the idle rhythm", async () => {
  jest.useFakeTimers({ now: 0 });
  try {
    const at: number[] = [];
    const sweep = async () => {
      at.push(Date.now());
      if (at.length === 1) throw new Error("no route to the store");
      return { nextDueAt: undefined };
    };
    loop = sweepLoop({ sweep, idle: 600_000, clock, log: silent });
    await jest.advanceTimersByTimeAsync(31_000);
    expect(at).toEqual([500, 30_500]);
  } finally {
    jest.useRealTimers();
  }
});

test("a loop that was stopped in the middle of a sweep makes no other one", async () => {
  jest.useFakeTimers({ now: 0 });
  try {
    let sweeps = 0;
    const sweep = async () => {
      sweeps += 1;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return { nextDueAt: undefined };
    };
    loop = sweepLoop({ sweep, idle: 60_000, clock, log: silent });
    await jest.advanceTimersByTimeAsync(600);
    loop.stop();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(sweeps).toBe(1);
  } finally {
    jest.useRealTimers();
  }
});

test("a sweep that failed when something fell due is told to the log", async () => {
  jest.useFakeTimers({ now: 0 });
  try {
    const error = jest.fn();
    const sweep = () => Promise.reject(new Error("no route to the store"));
    loop = dueTimer({ sweep, clock, log: { ...silent, error } });
    loop.wakeAt(1000);
    await jest.advanceTimersByTimeAsync(1000);
    expect(error.mock.calls).toEqual([["sweep failed", { error: "no route to the store" }]]);
  } finally {
    jest.useRealTimers();
  }
});

test("a wake-up in the middle of a sweep leads to another sweep, and the loop goes on", async () => {
  let sweeps = 0;
  const sweep = async () => {
    sweeps += 1;
    if (sweeps === 1) await sleep(1200);
    return { nextDueAt: undefined };
  };
  loop = sweepLoop({ sweep, idle: 60_000, clock, log: silent });
  await sleep(700);
  expect(sweeps).toBe(1);
  loop.wakeAt(Date.now());
  await sleep(2500);
  expect(sweeps).toBe(2);
  loop.wakeAt(Date.now());
  await sleep(800);
  expect(sweeps).toBe(3);
});
