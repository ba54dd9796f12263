import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { minutes } from "../../../src/core/instant.ts";
import { type Alarm, alarm } from "../../../src/edge/hosts/node/alarm.ts";
import { dueTimer } from "../../../src/edge/hosts/node/dueTimer.ts";
import { sweepLoop } from "../../../src/edge/hosts/node/sweepLoop.ts";
import { virtualTimers } from "../../flow/virtualTime.ts";
import { remembering } from "./raw.ts";

const clock = { now: () => 0 };
const idle = minutes(5);
/** More than any rhythm. */
const long = minutes(60);

/** A sweep that takes as long as the test wants. */
class Sweep {
  begun = 0;
  readonly #held = Promise.withResolvers<void>();
  readonly run = async () => {
    this.begun += 1;
    await this.#held.promise;
    return { nextDueAt: 0 };
  };
  end(): void {
    this.#held.resolve();
  }
  fail(): void {
    this.#held.reject(new Error("no store"));
  }
}

type Make = (sweep: Sweep, log?: ReturnType<typeof remembering>["log"]) => Alarm;
const ofSweep: Readonly<Record<"sweepLoop" | "dueTimer", Make>> = {
  sweepLoop: ({ run }, log = remembering().log) => sweepLoop({ sweep: run, idle, clock, log }),
  dueTimer: ({ run }, log = remembering().log) => dueTimer({ sweep: run, clock, log }),
};
const every: Readonly<Record<string, Make>> = {
  ...ofSweep,
  alarm: ({ run }) => alarm(clock, async () => void (await run())),
};

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

/** A timer whose sweep has begun. */
async function ringing(make: Make, sweep: Sweep, log?: Parameters<Make>[1]): Promise<Alarm> {
  const timer = make(sweep, log);
  timer.wakeAt(0);
  await jest.advanceTimersByTimeAsync(500);
  expect(sweep.begun).toBe(1);
  return timer;
}

describe.each(Object.entries(every))("%s", (_name, make) => {
  test("ends when the sweep that has begun has ended, and no other begins", async () => {
    const sweep = new Sweep();
    const timer = await ringing(make, sweep);
    let ended = false;
    const ending = timer.stop().then(() => {
      ended = true;
    });
    timer.wakeAt(0);
    await jest.advanceTimersByTimeAsync(long);
    expect(ended).toBe(false);
    sweep.end();
    await ending;
    timer.wakeAt(0);
    await jest.advanceTimersByTimeAsync(long);
    expect(sweep.begun).toBe(1);
  });

  test("ends at once where no sweep has begun, and none begins", async () => {
    const sweep = new Sweep();
    const timer = make(sweep);
    timer.wakeAt(0);
    await timer.stop();
    await jest.advanceTimersByTimeAsync(long);
    expect(sweep.begun).toBe(0);
  });
});

describe.each(Object.entries(ofSweep))("%s", (_name, make) => {
  test("ends when its sweep has failed, which is logged", async () => {
    const { lines, log } = remembering();
    const sweep = new Sweep();
    const timer = await ringing(make, sweep, log);
    const ending = timer.stop();
    expect(lines).toEqual([]);
    sweep.fail();
    await ending;
    expect(lines).toEqual([{ level: "error", message: "sweep failed", fields: { error: "no store" } }]);
  });
});
