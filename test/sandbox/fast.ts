import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { scalingActive } from "../../src/sandbox/picture.ts";
import type { WorldOptions } from "../../src/sandbox/worldOptions.ts";

/** A minute passes in 0.8 s. */
export const fast: WorldOptions = { speed: 75, timing: { requestTimeout: 30_000, propagationDelay: 10_000 } };

export const TIMEOUT = "the server was unable to return a response in the time allotted, but may still be processing";
export const UNAVAILABLE = "the server is currently unable to handle the request";
export const VALID = "the HPA was able to successfully calculate a replica count from external metric";

/** Runs a play in a fast world of its own, and closes it whatever happens. */
export async function play(options: WorldOptions, run: (world: InProcessWorld) => Promise<void>): Promise<void> {
  const world = await createWorld({ ...fast, ...options, timing: { ...fast.timing, ...options.timing } });
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

export async function everyHpaSays(world: InProcessWorld, text: string): Promise<boolean> {
  const hpas = await world.hpas();
  return hpas.every((hpa) => scalingActive(hpa)?.message?.includes(text));
}

export const untilEveryHpaSays = (world: InProcessWorld, text: string): Promise<void> =>
  world.until(`every HPA to say "${text}"`, () => everyHpaSays(world, text));

/** Lets world time pass. */
export const pass = (world: InProcessWorld, length: number): Promise<void> => world.clock.sleep(length);

/** The Secret has reached every Pod and the APIService; hop A works again. */
export async function untilSettled(world: InProcessWorld): Promise<void> {
  await pass(world, 30_000);
  await untilEveryHpaSays(world, VALID);
}

/** The logs of all metrics-apiserver Pods as one text. */
export async function adapterLogs(world: InProcessWorld): Promise<string> {
  const pods = await world.pods("metrics-apiserver");
  return (await Promise.all(pods.map((pod) => world.logs(pod.metadata.name)))).join("\n");
}

/** Certificates rotate, then the operator is killed: every HPA of KEDA fails. */
export async function outage(world: InProcessWorld): Promise<void> {
  await world.rotateSecret("selfSignedRekey");
  await untilSettled(world);
  await world.oomKill("operator");
  await untilEveryHpaSays(world, TIMEOUT);
}
