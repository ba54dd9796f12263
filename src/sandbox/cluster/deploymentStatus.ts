import type { Condition } from "../../ports/cluster.ts";
import { field } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import { toSecond } from "../stamps.ts";

export interface Counts {
  readonly total: number;
  readonly updated: number;
  readonly ready: number;
  readonly terminating: number;
}

export interface Progress {
  readonly counts: Counts;
  readonly replicaSet: string;
  readonly now: number;
  /** True once the rollout has made no progress for progressDeadlineSeconds. */
  readonly late: boolean;
}

interface DatedCondition extends Condition {
  readonly lastUpdateTime?: string;
}

/** `status` of a Deployment. Zero counts are left out, as Kubernetes does. */
export function deploymentStatus(deployment: StoredObject, progress: Progress): unknown {
  const { total, updated, ready, terminating } = progress.counts;
  const replicas = Number(field(deployment.spec, "replicas") ?? 1);
  const counts = {
    replicas: total,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, Math.max(replicas, total) - ready),
  };
  return {
    observedGeneration: deployment.metadata.generation,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: terminating,
    conditions: [available(ready >= replicas), progressing(deployment, progress, replicas)].map((condition) =>
      dated(condition, previous(deployment, condition.type), toSecond(progress.now)),
    ),
  };
}

const available = (enough: boolean): Condition => ({
  type: "Available",
  status: enough ? "True" : "False",
  reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
  message: `Deployment ${enough ? "has" : "does not have"} minimum availability.`,
});

function progressing(deployment: StoredObject, progress: Progress, replicas: number): Condition {
  const { replicaSet, late } = progress;
  if (field(deployment.spec, "paused") === true) {
    return { type: "Progressing", status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" };
  }
  const named = `ReplicaSet "${replicaSet}"`;
  if (isComplete(progress.counts, replicas)) {
    const message = `${named} has successfully progressed.`;
    return { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", message };
  }
  return late
    ? {
        type: "Progressing",
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: `${named} has timed out progressing.`,
      }
    : { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", message: `${named} is progressing.` };
}

/** As `kubectl rollout status` means it; Pods that are still ending do not count. */
export const isComplete = ({ total, updated, ready }: Counts, replicas: number): boolean =>
  updated === replicas && total === replicas && ready === replicas;

const previous = (deployment: StoredObject, type: string): DatedCondition | undefined =>
  ((field(deployment.status, "conditions") ?? []) as readonly DatedCondition[]).find((old) => old.type === type);

function dated(condition: Condition, old: DatedCondition | undefined, now: string): DatedCondition {
  const same = old?.status === condition.status;
  const unchanged = same && old.reason === condition.reason && old.message === condition.message;
  return {
    ...condition,
    lastUpdateTime: unchanged ? (old.lastUpdateTime ?? now) : now,
    lastTransitionTime: same ? (old.lastTransitionTime ?? now) : now,
  };
}
