import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { Installation } from "../../src/core/installation.ts";
import { minutes } from "../../src/core/instant.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

async function installationOf(processes: Processes): Promise<{ document: Installation; version: string }> {
  const found = await processes.store.loadInstallation((await processes.incident()).installation);
  if (found === undefined) throw new Error("no installation is on record");
  return found;
}

/** What restart answered to the request on the bus, on a record with so many rotations, the present generation unseen. */
async function answered(rotations: number): Promise<{ readonly codes: readonly unknown[]; readonly patches: number }> {
  const world = World.metricsApiserverStale();
  const processes = new Processes(world);
  await processes.hpaFailed();
  const { document, version } = await installationOf(processes);
  const generations = document.generations.map((g) => ({ ...g, generation: "f".repeat(64), leafPem: "", caPem: "" }));
  const earlier = Array.from({ length: rotations }, (_, i) => world.now - minutes(20 - i));
  await processes.store.saveInstallation({ ...document, generations, rotations: earlier, reservations: [] }, version);
  for (const event of processes.bus.splice(0)) await processes.deliverOne(event);
  const codes = processes.emitted
    .filter(({ type }) => /restart\.(performed|refused)/.test(type))
    .map(({ data }) => (data as { code?: string }).code);
  return { codes, patches: world.patches.length };
}

test("restart counts the generation that its own look has seen, as respond does: the fourth in half an hour is a storm", async () => {
  expect(await answered(3)).toEqual({ codes: ["StormBrake"], patches: 0 });
  expect(await answered(2)).toEqual({ codes: ["Restarted"], patches: 1 });
});

test("a restart that was seen stays on record with the installation, whatever becomes of its mark and its incident", async () => {
  const world = World.metricsApiserverStale();
  const processes = new Processes(world);
  await processes.hpaFailed();
  await processes.run(minutes(30));
  const { generation, plan } = await processes.incident();
  const made = plan?.steps[0]?.performedAt;
  const record = [{ generation, metricsApiserver: made }];
  expect((await installationOf(processes)).document.restarts).toEqual(record);
  world.recreate("metrics-apiserver");
  await processes.run(minutes(30), async () => false);
  expect((await installationOf(processes)).document.restarts).toEqual(record);
});
