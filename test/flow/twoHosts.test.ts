import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { minutes, seconds } from "../../src/core/instant.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

/** Two hosts on one store and one cluster: both get every event, and `gate` decides at every await who goes next. */
async function race(
  world: World,
  gate: (name: string) => Promise<unknown>,
  settle: (all: Promise<unknown>) => Promise<unknown>,
) {
  const store = memoryStore();
  let calm = false;
  const options = { store, gate: (name: string) => (calm ? Promise.resolve() : gate(name)) };
  const hosts = [new Processes(world, options), new Processes(world, options)] as const;
  await settle(Promise.all(hosts.flatMap((host) => [host.hpaFailed(), host.sweep()])));
  for (let round = 0; round < 8; round += 1) {
    world.now += seconds(4);
    const events = hosts.flatMap((host) => host.bus.splice(0));
    const delivered = events.flatMap((event) => hosts.map((host) => host.deliverOne(event)));
    await settle(Promise.all([...delivered, ...hosts.map((host) => host.sweep())]));
  }
  calm = true;
  const [first] = hosts;
  await first.run(minutes(60));
  return { hosts, first, writes: hosts.reduce((sum, host) => sum + host.writes.length, 0) };
}

describe("two hosts at once", () => {
  test.each([
    ["metrics-apiserver stale", World.metricsApiserverStale, ["metrics-apiserver"]],
    ["both stale", World.bothStale, ["operator", "metrics-apiserver"]],
  ] as const)(
    "%s: one restart per component in every interleaving, and no livelock",
    async (_name, make, restarted) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const world = make();
          const { first, writes } = await race(
            world,
            (name) => scheduler.schedule(Promise.resolve(), name),
            (all) => scheduler.waitFor(all),
          );
          expect(world.patches.map((patch) => patch.component)).toEqual(restarted);
          expect((await first.incident()).outcome?.result).toBe("recovered");
          expect(writes).toBeLessThan(150);
        }),
        { numRuns: 40 },
      );
    },
  );
});
