import type { Loose } from "../api/client.ts";
import { type Audited, audited, patchesOf } from "./audit.ts";
import type { Stage } from "./stage.ts";

/** How long a cure took, in seconds; absent for what did not happen. */
export interface Figures {
  /** First failing HPA to our patch. */
  readonly toPatch?: number;
  /** Our patch to every HPA's ValidMetricFound. */
  readonly toHealed?: number;
  /** What the cluster needs by itself: the old Pods' grace, a new Pod's start and one HPA period. */
  readonly floor?: number;
  /** Kubernetes requests and kilobytes of answers per decision, by the API server's audit log. */
  readonly requests?: number;
  readonly kilobytes?: number;
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

export async function figuresOf(stage: Stage, hpaPeriod: number): Promise<Figures> {
  const { world, witness } = stage;
  const requests = await audited(world.cluster.controlPlane.auditLog);
  const patch = patchesOf(requests).at(-1);
  const decisions = Math.max(1, witness.decisions.length);
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  return {
    ...(patch === undefined ? {} : await curing(stage, patch, { requests, hpaPeriod })),
    requests: Math.round(requests.length / decisions),
    kilobytes: Math.round(bytes / decisions / 1024),
  };
}

interface Reckoning {
  readonly requests: readonly Audited[];
  readonly hpaPeriod: number;
}

async function curing(
  { world, symptoms }: Stage,
  patch: Audited,
  { requests, hpaPeriod }: Reckoning,
): Promise<Figures> {
  const { failedAt, healedAt } = symptoms;
  const component = patch.name === world.names.operator ? "operator" : "metrics-apiserver";
  const pods: readonly Loose[] = await world.pods(component);
  const start = podStart(pods);
  // Pods that were ended early have no grace to wait for.
  const early = requests.some(
    ({ verb, resource, status }) => verb === "delete" && resource === "pods" && status === 200,
  );
  const grace = early ? 0 : (pods[0]?.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  return {
    ...(failedAt === undefined ? {} : { toPatch: seconds(patch.at - failedAt) }),
    ...(healedAt === undefined ? {} : { toHealed: seconds(healedAt - patch.at) }),
    ...(start === undefined ? {} : { floor: seconds(grace + start + hpaPeriod) }),
  };
}

/** From a Pod's creation to Ready, the slowest. */
function podStart(pods: readonly Loose[]): number | undefined {
  const lengths = pods.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find(
      (condition: Loose) => condition.type === "Ready" && condition.status === "True",
    );
    return ready === undefined ? [] : [Date.parse(ready.lastTransitionTime) - Date.parse(metadata.creationTimestamp)];
  });
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}
