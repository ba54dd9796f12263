import type { StaleSide } from "./diagnosis.ts";
import type { WorkloadFacts } from "./evidence.ts";
import type { PlanStep, StalePod } from "./incident.ts";

const most = 8;

/** The Pods of a stale side with their UIDs, to be recorded when its restart is reserved. */
export function provenStale(side: StaleSide | undefined, workload: WorkloadFacts | undefined): readonly StalePod[] {
  const named = new Set(side?.pods ?? []);
  return (workload?.pods ?? [])
    .filter((pod) => named.has(pod.name) && pod.uid !== "")
    .slice(0, most)
    .map(({ name, uid }) => ({ name, uid }));
}

/**
 * Pods that only keep others waiting: recorded as proven stale, on their way out, and every replacement is Ready. Empty
 * as long as the restart is not seen done.
 */
export function podsToEnd(
  step: PlanStep | undefined,
  workload: WorkloadFacts | undefined,
  generation: string,
): readonly StalePod[] {
  if (step?.state !== "performed" || workload?.restartedFor !== generation) return [];
  const staying = workload.pods.filter((pod) => !pod.deleting);
  const replaced = workload.rollout === "complete" && staying.length > 0 && staying.every((pod) => pod.ready);
  if (!replaced) return [];
  const leaving = new Set(workload.pods.filter((pod) => pod.deleting).map((pod) => pod.uid));
  return (step.stalePods ?? []).filter((pod) => leaving.has(pod.uid));
}
