import type { KubeObject } from "../../../src/ports/cluster.ts";
import { picture as pictureOf, scalingActive } from "../../../src/sandbox/picture.ts";
import type { World } from "../../../src/sandbox/world.ts";
import type { Loose } from "../api/client.ts";

/** The HPA fails as in the incident: its metric was not answered in time. */
export const hasTimedOut = (hpa: KubeObject): boolean =>
  scalingActive(hpa)?.message?.includes("in the time allotted") ?? false;

export function isRolledOut({ metadata, spec, status }: KubeObject): boolean {
  const [wanted, now] = [spec as Loose, status as Loose];
  return (
    now?.observedGeneration === metadata.generation &&
    now.readyReplicas === wanted.replicas &&
    now.updatedReplicas === wanted.replicas &&
    (now.unavailableReplicas ?? 0) === 0
  );
}

/** Every HPA has a valid metric, and both Deployments are rolled out. */
export async function isHealthy(world: World): Promise<boolean> {
  const hpas = await world.hpas();
  const active = hpas.length === 2 && hpas.every((hpa) => scalingActive(hpa)?.status === "True");
  return active && (await world.deployments()).every(isRolledOut);
}

/** What the world looks like, in a few lines: for the message of a wait that was in vain. */
export async function picture(world: World): Promise<string> {
  try {
    const pods = [...(await world.pods("operator")), ...(await world.pods("metrics-apiserver"))];
    return pictureOf(await world.hpas(), pods);
  } catch (error) {
    return `  no picture: ${String(error)}`;
  }
}
