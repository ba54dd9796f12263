import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import type { Alarm } from "../../../src/edge/hosts/node/alarm.ts";
import { sweepLoop } from "../../../src/edge/hosts/node/sweepLoop.ts";
import type { Log } from "../../../src/ports/log.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;
const clock = { now: () => Date.now() };

let loop: Alarm | undefined;
afterEach(() => loop?.stop());

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
