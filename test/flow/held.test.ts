import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { hours } from "../../src/core/instant.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

const why = "Observing only: Pods cannot be reached from here.";
const never = async (): Promise<boolean> => false;

describe("a process in mode act that is held back", () => {
  test("writes nothing to the cluster and says so in front of every decision", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { settings: { held: () => why }, policy: { endStalePodsEarly: true } });
    await processes.hpaFailed();
    await processes.run(hours(1), never);
    const incident = await processes.incident();
    expect(incident).toMatchObject({ phase: "watching", decision: { kind: "restart", code: "MetricsApiserverStale" } });
    expect(incident.decision?.sentence.startsWith(`${why} The metrics-apiserver`)).toBe(true);
    expect(incident.plan).toBeUndefined();
    expect(world.writes).toEqual([]);
  });

  test("refuses as restart what another process asks for, in the same words", async () => {
    const world = World.metricsApiserverStale();
    const acting = new Processes(world, { policy: { endStalePodsEarly: true } });
    await acting.hpaFailed();
    const held = new Processes(world, {
      store: acting.store,
      settings: { held: () => why },
      policy: { endStalePodsEarly: true },
    });
    for (const event of acting.bus) await held.deliverOne(event);
    const refusals = held.emitted.filter((e) => e.type === "dev.kedamedic.restart.refused.v1");
    expect(refusals.map((e) => e.data)).toMatchObject([{ code: "NotAllowed", sentence: why }]);
    const { name: incident, generation } = await acting.incident();
    await held.of("restart").restart({ incident, component: "metrics-apiserver", generation, action: "endStalePods" });
    expect(world.writes).toEqual([]);
  });

  test("acts as soon as nothing holds it back", async () => {
    const world = World.metricsApiserverStale();
    let held: string | undefined = why;
    const processes = new Processes(world, { settings: { held: () => held } });
    await processes.hpaFailed();
    expect(world.writes).toEqual([]);
    held = undefined;
    await processes.run(hours(1));
    expect(world.writes.length).toBeGreaterThan(0);
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
  });

  test("in mode observe nothing needs to be said", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { settings: { held: () => why }, policy: { mode: "observe" } });
    await processes.hpaFailed();
    expect((await processes.incident()).decision?.sentence).not.toContain(why);
  });
});
