import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { minutes } from "../../src/core/instant.ts";
import { mapSeen } from "../../src/core/seen.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

describe("the story of one incident", () => {
  test("a stale metrics-apiserver is restarted once and the incident ends as recovered", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.run(minutes(30));
    const incident = await processes.incident();
    expect(incident).toMatchObject({ phase: "recovered", outcome: { result: "recovered" }, foundBy: "event" });
    expect([world.restarts("operator"), world.restarts("metrics-apiserver")]).toEqual([0, 1]);
    expect(world.healthy()).toBe(true);
  });

  test("the raw metric is asked for only while a restart is being verified", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    expect(world.looks).not.toContain("externalMetric");
    await processes.deliver();
    expect((await processes.incident()).phase).toBe("verifying");
    expect(world.looks).toContain("externalMetric");
    await processes.run(minutes(30));
    const asked = world.looks.length;
    world.now += minutes(1);
    await processes.sweep();
    expect(world.looks.slice(asked)).not.toContain("externalMetric");
  });

  test("the generation that was seen before a rotation makes the logged text predictable", async () => {
    const world = new World();
    const processes = new Processes(world);
    await processes.sweep();
    world.rotate();
    world.now += minutes(5);
    world.oomKill("operator");
    world.now += minutes(5);
    await processes.hpaFailed();
    const incident = await processes.incident();
    expect(incident.diagnosis?.code).toBe("MetricsApiserverStale");
    const installation = await processes.store.loadInstallation(incident.installation);
    expect(installation?.document.generations).toHaveLength(2);
    expect(installation?.document.rotations).toHaveLength(1);
  });

  test.each([
    ["stops us", true, "TextContradicts"],
    ["is not known to be wrong when that was never seen", false, "MetricsApiserverStale"],
  ])("a logged text that contradicts the generation before it %s", async (_what, sawIt, code) => {
    const world = new World();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    if (sawIt) await processes.sweep();
    world.rotate();
    world.now += minutes(5);
    world.oomKill("operator");
    world.now += minutes(5);
    const logs = world.logs.bind(world);
    world.logs = async (query) =>
      mapSeen(await logs(query), (text) => text.replaceAll('certificate \\"keda-operator', 'certificate \\"another'));
    await processes.hpaFailed();
    expect((await processes.incident()).diagnosis?.code).toBe(code);
  });

  test("a Secret that is written again byte for byte makes nobody older", async () => {
    const world = World.operatorStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.sweep();
    expect((await processes.incident()).decision?.code).toBe("OperatorStale");
    world.repairSecret();
    world.now += minutes(3);
    await processes.sweep();
    expect((await processes.incident()).decision?.code).toBe("OperatorStale");
  });
});
