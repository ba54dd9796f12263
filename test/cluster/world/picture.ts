import type { Condition, KubeObject } from "../../../src/ports/cluster.ts";
import type { World } from "../../../src/sandbox/world.ts";
import type { Loose } from "../api/client.ts";

const statusOf = (object: KubeObject): Loose => object.status ?? {};

export const scalingActive = (hpa: KubeObject): Condition | undefined =>
  (statusOf(hpa).conditions ?? []).find((condition: Condition) => condition.type === "ScalingActive");

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

function podLine(pod: KubeObject): string {
  const container = statusOf(pod).containerStatuses?.[0];
  const ending = pod.metadata.deletionTimestamp === undefined ? "" : ", ending";
  const state = JSON.stringify(container?.state ?? "none yet");
  const last = container?.lastState?.terminated?.reason ?? "none";
  return `${pod.metadata.name}: ready ${container?.ready}, ${state}, last ${last}${ending}`;
}

/** What the world looks like, in a few lines: for the message of a wait that was in vain. */
export async function picture(world: World): Promise<string> {
  try {
    const hpas = (await world.hpas()).map((hpa) => {
      const active = scalingActive(hpa);
      return `${hpa.metadata.name}: ${active?.reason ?? "not looked at yet"} ${(active?.message ?? "").slice(-160)}`;
    });
    const pods = [...(await world.pods("operator")), ...(await world.pods("metrics-apiserver"))].map(podLine);
    return [...hpas, ...pods].map((line) => `  ${line}`).join("\n");
  } catch (error) {
    return `  no picture: ${String(error)}`;
  }
}
