import { expect, test } from "@jest/globals";
import { seconds } from "../../src/core/instant.ts";
import { sawAt, seenValue } from "../../src/core/seen.ts";
import { gather } from "../../src/flow/gather.ts";
import type { KubeObject } from "../../src/ports/cluster.ts";
import { World } from "./world.ts";

const question = { settings: { readSecret: true }, askRawMetric: true };
const looking = (world: World) => ({ cluster: world, probe: world, clock: { now: () => world.now } });
const itemsOf = async (world: World): Promise<readonly KubeObject[]> => seenValue(await world.hpas())?.items ?? [];

test("a list of HPAs that was cut is a sample, a whole one is not", async () => {
  for (const more of [true, false]) {
    const world = World.metricsApiserverStale();
    const items = await itemsOf(world);
    world.hpas = async () => sawAt({ items, more }, world.now);
    expect((await gather(looking(world), question)).hpas).toMatchObject({ value: { complete: !more } });
  }
});

test("evidence is of when the last look ended", async () => {
  const world = World.metricsApiserverStale();
  const logs = world.logs.bind(world);
  world.logs = async (query) => {
    const log = await logs(query);
    return log.seen ? { ...log, at: log.at + seconds(3) } : log;
  };
  expect((await gather(looking(world), question)).at).toBe(world.now + seconds(3));
});

test("a metric that nobody asks for is not asked for as a proof", async () => {
  const world = World.metricsApiserverStale();
  const idle = (await itemsOf(world)).map((hpa) => ({
    ...hpa,
    status: { conditions: [{ type: "ScalingActive", status: "False", reason: "ScalingDisabled" }] },
  }));
  world.hpas = async () => sawAt({ items: idle, more: false }, world.now);
  expect((await gather(looking(world), question)).rawMetric).toMatchObject({ seen: false, reason: "NotAsked" });
});
