import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Component } from "../../src/core/evidence.ts";
import { minutes } from "../../src/core/instant.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type Options, Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

interface Scenario {
  readonly name: string;
  readonly world: () => World;
  readonly policy?: Partial<Policy>;
  readonly restarted: readonly Component[];
}

const scenarios: readonly Scenario[] = [
  { name: "metrics-apiserver stale", world: World.metricsApiserverStale, restarted: ["metrics-apiserver"] },
  { name: "operator stale", world: World.operatorStale, restarted: ["operator"] },
  { name: "both stale", world: World.bothStale, restarted: ["operator", "metrics-apiserver"] },
  {
    name: "latent, restartOnLatent",
    world: World.latent,
    policy: { restartOnLatent: true },
    restarted: ["operator", "metrics-apiserver"],
  },
  {
    name: "both stale, endStalePodsEarly",
    world: World.bothStale,
    policy: { endStalePodsEarly: true },
    restarted: ["operator", "metrics-apiserver"],
  },
];

async function play({ world: make, policy = {} }: Scenario, options: Options = {}): Promise<Processes> {
  const processes = new Processes(make(), { ...options, policy });
  await processes.hpaFailed();
  await processes.run(minutes(60));
  return processes;
}

async function expectCured(processes: Processes, { restarted }: Scenario): Promise<void> {
  const { world } = processes;
  expect(world.patches.map((patch) => patch.component)).toEqual(restarted);
  expect(world.healthy()).toBe(true);
  expect(await processes.over()).toBe(true);
  const incident = await processes.incident();
  expect(incident.outcome?.result).toBe("recovered");
  expect(processes.reports()).toContain("dev.kedamedic.incident.recovered.v1");
}

describe.each(scenarios)("$name", (scenario) => {
  test("restarts each stale side exactly once, operator first, and sees the recovery", async () => {
    const processes = await play(scenario);
    await expectCured(processes, scenario);
  });

  test("a process that dies right after any write loses nothing and repeats no restart", async () => {
    const calm = await play(scenario);
    for (let i = 1; i <= calm.writes.length; i += 1) {
      const processes = await play(scenario, { killAfterWrite: i });
      try {
        await expectCured(processes, scenario);
      } catch (cause) {
        throw new Error(`killed after write ${i} (${processes.writes[i - 1]}): ${String(cause)}`, { cause });
      }
    }
  });

  test("every process dies after the same write again and again, for ten writes in a row", async () => {
    const processes = new Processes(scenario.world(), scenario.policy === undefined ? {} : { policy: scenario.policy });
    for (let i = 1; i <= 10; i += 1) {
      processes.killAfterWrite = processes.writes.length + 1;
      await processes.hpaFailed();
      await processes.run(minutes(2));
    }
    processes.killAfterWrite = Number.POSITIVE_INFINITY;
    await processes.run(minutes(60));
    await expectCured(processes, scenario);
  });

  test.each([
    [
      "loses every report of restart",
      (type: string) => (type.startsWith("dev.kedamedic.restart.re") && !type.includes("requested") ? 0 : 1),
    ],
    ["delivers everything twice", () => 2],
  ])("a broker that %s changes nothing", async (_what, copies) => {
    const processes = await play(scenario, { deliver: (event) => Array(copies(event.type)).fill(event) });
    await expectCured(processes, scenario);
  });

  test("a broker that loses the first request costs one retry time", async () => {
    let lost = 0;
    const processes = await play(scenario, {
      deliver: (event) => (event.type.includes("requested") && lost++ === 0 ? [] : [event]),
    });
    expect(lost).toBeGreaterThan(1);
    await expectCured(processes, scenario);
  });

  test("a broker that reorders and delays changes nothing", async () => {
    const held: Parameters<NonNullable<Options["deliver"]>>[0][] = [];
    const processes = await play(scenario, {
      deliver: (event) => {
        held.push(event);
        return held.length % 3 === 0 ? held.splice(0).reverse() : [];
      },
    });
    await expectCured(processes, scenario);
  });

  test("a sink that refuses the first ten events gets all of them in the end", async () => {
    let refused = 0;
    const processes = await play(scenario, { sinkTakes: () => ++refused > 10 });
    await expectCured(processes, scenario);
  });

  test("losing all documents right after any write never repeats a restart and ends well", async () => {
    const calm = await play(scenario);
    for (let i = 1; i <= calm.writes.length; i += 1) {
      const processes: Processes = new Processes(scenario.world(), {
        policy: scenario.policy ?? {},
        killAfterWrite: i,
        onWrite: (number) => {
          if (number === i) processes.forget();
        },
      });
      await processes.hpaFailed();
      await processes.run(minutes(60));
      const { world } = processes;
      expect({ i, restarted: world.patches.map((patch) => patch.component) }).toEqual({
        i,
        restarted: scenario.restarted,
      });
      expect({ i, healthy: world.healthy() }).toEqual({ i, healthy: true });
    }
  });
});
