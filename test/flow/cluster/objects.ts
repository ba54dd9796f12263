import type { Component } from "../../../src/core/evidence.ts";
import { formatInstant } from "../../../src/core/instant.ts";
import type { KubeObject } from "../../../src/ports/cluster.ts";
import { calm, deploymentOf, hpasSaying, names, namespace, timedOut } from "../../builders/recorded.ts";
import { exists, runs, startedBy, type TestPod } from "./pods.ts";

type Json = Record<string, unknown>;
export interface TestDeployment {
  readonly component: Component;
  uid: string;
  version: number;
  generation: number;
  revision: number;
  replicas: number;
  paused: boolean;
  readonly annotations: Record<string, string>;
  readonly templateAnnotations: Record<string, string>;
}

function statusOf(deployment: TestDeployment, pods: readonly TestPod[], now: number): Json {
  const alive = pods.filter((pod) => exists(pod, now) && pod.deletedAt > now);
  const updated = alive.filter((pod) => pod.revision === deployment.revision);
  const ready = alive.filter((pod) => pod.readyAt <= now);
  return {
    observedGeneration: deployment.generation,
    replicas: alive.length,
    updatedReplicas: updated.length,
    readyReplicas: ready.length,
    availableReplicas: ready.length,
    conditions: [],
  };
}

/** Changes with every write and with everything that happens to its Pods, as an API server's does. */
export function resourceVersion(deployment: TestDeployment, pods: readonly TestPod[], now: number): string {
  const happened = pods.flatMap((pod) => [pod.createdAt, pod.readyAt, pod.deletedAt]).filter((at) => at <= now);
  return String(deployment.version * 1000 + happened.length);
}

export function deploymentObject(deployment: TestDeployment, pods: readonly TestPod[], now: number): KubeObject {
  const base = deploymentOf(deployment.component);
  const spec = structuredClone(base?.spec) as { template: { metadata: Json } } & Json;
  spec.template.metadata["annotations"] = { ...deployment.templateAnnotations };
  const { managedFields: _written, ...metadata } = base?.metadata ?? { name: names[deployment.component] };
  return {
    metadata: {
      ...metadata,
      uid: deployment.uid,
      generation: deployment.generation,
      resourceVersion: resourceVersion(deployment, pods, now),
      annotations: { ...deployment.annotations },
    },
    spec: { ...spec, replicas: deployment.replicas, ...(deployment.paused ? { paused: true } : {}) },
    status: statusOf(deployment, pods, now),
  };
}

export function podObject(pod: TestPod, now: number): KubeObject {
  const started = runs(pod, now) ? startedBy(pod, now) : undefined;
  const restarts = Math.max(0, pod.starts.filter((at) => at <= now).length - 1);
  const ready = started !== undefined && pod.readyAt <= now;
  const killed = { terminated: { reason: "OOMKilled", exitCode: 137, finishedAt: formatInstant(started ?? 0) } };
  return {
    metadata: {
      name: pod.name,
      namespace,
      uid: pod.uid,
      creationTimestamp: formatInstant(pod.createdAt),
      labels: { app: names[pod.component] },
      ...(pod.deletedAt <= now ? { deletionTimestamp: formatInstant(pod.goneAt) } : {}),
    },
    status: {
      podIP: `10.244.0.${pod.uid.slice(-2)}`,
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [
        {
          name: names[pod.component],
          state:
            started === undefined
              ? { waiting: { reason: "ContainerCreating" } }
              : { running: { startedAt: formatInstant(started) } },
          lastState: restarts === 0 ? {} : killed,
          restartCount: restarts,
        },
      ],
    },
  };
}

export const hpaObjects = (active: boolean, since: number): readonly KubeObject[] =>
  hpasSaying(active ? calm : timedOut, since);
