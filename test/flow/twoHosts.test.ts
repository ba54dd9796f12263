import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { newInstallation } from "../../src/core/installation.ts";
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
  const asked = hosts.flatMap((host) => host.emitted.filter((e) => e.type.includes("requested")).map((e) => e.id));
  calm = true;
  const [first] = hosts;
  await first.run(minutes(60));
  return { asked, first, writes: hosts.reduce((sum, host) => sum + host.writes.length, 0) };
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
          const { asked, first, writes } = await race(
            world,
            (name) => scheduler.schedule(Promise.resolve(), name),
            (all) => scheduler.waitFor(all),
          );
          expect(world.patches.map((patch) => patch.component)).toEqual(restarted);
          expect((await first.incident()).outcome?.result).toBe("recovered");
          expect(asked).toEqual([...new Set(asked)]);
          expect(writes).toBeLessThan(150);
        }),
        { numRuns: 40 },
      );
    },
  );

  test("a reservation that loses a race is made anew before anything is asked for", async () => {
    const world = World.metricsApiserverStale();
    let raced = false;
    const gate = async (name: string) => {
      if (name !== "respond: saveInstallation" || raced) return;
      raced = true;
      await processes.store.saveInstallation({ ...newInstallation("test.keda", world.now), dueAt: 1 }, undefined);
    };
    const processes: Processes = new Processes(world, { gate });
    await processes.hpaFailed();
    const { generation } = await processes.incident();
    const installation = (await processes.store.loadInstallation("test.keda"))?.document;
    expect(installation?.reservations).toMatchObject([{ generation, components: ["metrics-apiserver"] }]);
    expect(processes.emitted.filter((e) => e.type.includes("requested"))).toHaveLength(1);
  });
});
