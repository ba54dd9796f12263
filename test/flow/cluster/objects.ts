import { readFileSync } from "node:fs";
import type { Component } from "../../../src/core/evidence.ts";
import { formatInstant } from "../../../src/core/instant.ts";
import type { KubeObject } from "../../../src/ports/cluster.ts";
import { exists, runs, startedBy, type TestPod } from "./pods.ts";

type Json = Record<string, unknown>;
interface Recorded {
  readonly services: { readonly items: readonly KubeObject[] };
  readonly deployments: { readonly items: readonly KubeObject[] };
  readonly hpas: { readonly items: readonly KubeObject[] };
  readonly apiservice: KubeObject;
}

/** A healthy KEDA 2.13.1 as recorded on real components: what does not change in a test comes from here. */
const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../../fixtures/recordings/keda-2.13.1-self-signed/1-healthy.json", import.meta.url), "utf8"),
);

export const namespace = "keda";
export const names: Readonly<Record<Component, string>> = {
  operator: "keda-operator",
  "metrics-apiserver": "keda-metrics-apiserver",
};

export const apiService: KubeObject = recorded.apiservice;
export const serviceNamed = (name: string): KubeObject | undefined =>
  recorded.services.items.find((service) => service.metadata.name === name);

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
  const base = recorded.deployments.items.find((d) => d.metadata.name === names[deployment.component]);
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

const timedOut =
  "the HPA was unable to compute the replica count: unable to get external metric: unable to fetch metrics from external metrics API: the server was unable to return a response in the time allotted, but may still be processing the request (get s0-metric-api-value.external.metrics.k8s.io)";

export const hpaObjects = (active: boolean, since: number): readonly KubeObject[] =>
  recorded.hpas.items.map(({ metadata: { managedFields: _written, ...metadata }, spec }) => ({
    metadata,
    spec,
    status: {
      conditions: [
        {
          type: "ScalingActive",
          status: active ? "True" : "False",
          reason: active ? "ValidMetricFound" : "FailedGetExternalMetric",
          message: active ? "the HPA was able to successfully calculate a replica count" : timedOut,
          lastTransitionTime: formatInstant(since),
        },
      ],
    },
  }));
