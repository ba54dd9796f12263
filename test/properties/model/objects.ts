import { formatInstant, type Instant } from "../../../src/core/instant.ts";
import type { KubeObject } from "../../../src/ports/cluster.ts";
import {
  apiService,
  calm,
  deploymentOf,
  established,
  failedConnect,
  failingWith,
  hpasSaying,
  names,
  namespace,
  stamp,
  timedOut,
} from "../../builders/recorded.ts";
import type { Model } from "./cluster.ts";
import type { HpaState } from "./hpaTruth.ts";
import { leaderOf, retries } from "./links.ts";
import { began } from "./pairs.ts";
import type { ModelPod } from "./pods.ts";
import type { ModelDeployment } from "./state.ts";

type Json = Record<string, unknown>;
export const secretName = "kedaorg-certs";
const certificateName = "keda-operator-tls-certificates";

export function apiServiceObject(model: Model): KubeObject {
  const status = model.weather.hopA ? "False" : "True";
  const reason = model.weather.hopA ? "FailedDiscoveryCheck" : "Passed";
  return { ...apiService, status: { conditions: [{ type: "Available", status, reason, message: reason }] } };
}

interface Spec extends Json {
  readonly template: { readonly metadata: Json; readonly spec: { readonly containers: readonly Json[] } & Json };
}

const specs = new Map<string, Spec>();

function specOf({ component }: ModelDeployment, { install }: Model): Spec {
  const key = `${component} ${install.version} ${install.subPath}`;
  const known = specs.get(key);
  if (known !== undefined) return known;
  const base = deploymentOf(component);
  const text = JSON.stringify(base?.spec)
    .replaceAll(":2.13.1", `:${install.version}`)
    .replaceAll('"mountPath":"/certs"', `"mountPath":"/certs"${install.subPath ? ',"subPath":"all"' : ""}`);
  const made: Spec = JSON.parse(text);
  specs.set(key, made);
  return made;
}

export function deploymentObject(deployment: ModelDeployment, model: Model): KubeObject {
  const { component, uid, generation, resourceVersion, annotations, template, replicas, paused } = deployment;
  const spec = specOf(deployment, model);
  const status = model.statusOf(deployment);
  const stuck = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
  return {
    metadata: {
      name: names[component],
      namespace,
      uid,
      generation,
      resourceVersion: String(resourceVersion),
      annotations: { ...annotations },
    },
    spec: {
      ...spec,
      replicas,
      ...(paused ? { paused } : {}),
      template: { ...spec.template, metadata: { ...spec.template.metadata, annotations: { ...template } } },
    },
    status: {
      observedGeneration: generation,
      replicas: status.replicas,
      updatedReplicas: status.updated,
      readyReplicas: status.ready,
      availableReplicas: status.ready,
      conditions: model.isStuck(deployment) ? [stuck] : [],
    },
  };
}

function containerState(pod: ModelPod): Json {
  if (pod.startedAt !== undefined) return { running: { startedAt: formatInstant(pod.startedAt) } };
  const reason = pod.ended?.reason === "Error" && pod.restarts > 2 ? "CrashLoopBackOff" : "ContainerCreating";
  return { waiting: { reason } };
}

function lastState({ ended }: ModelPod): Json {
  if (ended === undefined) return {};
  const { reason, exitCode, at, startedAt } = ended;
  return { terminated: { reason, exitCode, startedAt: formatInstant(startedAt), finishedAt: formatInstant(at) } };
}

export function podObject(pod: ModelPod, now: Instant): KubeObject {
  const isReady = pod.startedAt !== undefined && pod.readyAt <= now;
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
      podIP: `10.244.${Number(pod.uid.slice(4)) >> 8}.${Number(pod.uid.slice(4)) & 255}`,
      conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
      containerStatuses: [
        {
          name: names[pod.component],
          state: containerState(pod),
          lastState: lastState(pod),
          restartCount: pod.restarts,
        },
      ],
    },
  };
}

export function leaseObject(model: Model, name: string): KubeObject {
  const holder = leaderOf(model);
  return {
    metadata: { name, namespace },
    spec: {
      holderIdentity: holder?.name ?? "",
      leaseDurationSeconds: 15,
      renewTime: formatInstant(holder === undefined ? model.now - 25_000 : model.now),
      acquireTime: formatInstant(holder?.startedAt ?? model.now),
    },
  };
}

const messages: Readonly<Record<HpaState, string>> = {
  ok: calm,
  Timeout: timedOut,
  Unavailable: failingWith(
    "the server is currently unable to handle the request (get s0-metric-api-value.external.metrics.k8s.io)",
  ),
  Scaler: failingWith(
    "rpc error: code = Unknown desc = error when getting metric values no matching metrics found for s0-metric-api-value",
  ),
};

export const hpaObjects = (state: HpaState, since: Instant): readonly KubeObject[] =>
  hpasSaying(messages[state], since);

export function certificateObject(model: Model): KubeObject {
  return {
    metadata: { name: certificateName, namespace },
    spec: { secretName },
    status: {
      conditions: [
        { type: "Ready", status: "True", message: "Certificate is up to date" },
        ...(model.weather.issuing ? [{ type: "Issuing", status: "True" }] : []),
      ],
    },
  };
}

const base64 = (text: string | undefined): string => Buffer.from(text ?? "").toString("base64");

export function requestObjects(model: Model): readonly KubeObject[] {
  return model.secret.map(({ pair, at }, i) => ({
    metadata: {
      name: `${certificateName}-${i}`,
      namespace,
      creationTimestamp: formatInstant(at),
      annotations: {
        "cert-manager.io/certificate-name": certificateName,
        "cert-manager.io/certificate-revision": String(i + 1),
      },
    },
    status: {
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: formatInstant(at) }],
      certificate: base64(pair.tlsCrt),
      ca: base64(pair.caCrt),
    },
  }));
}

const waits =
  'E1123 17:00:00.000000 1 provider.go:91] "timeout while waiting to establish gRPC connection to KEDA Metrics Service server" server="keda-operator.keda.svc.cluster.local:9666"';

/** What the container has logged since it started, and what nobody may quote. */
export function logOf(pod: ModelPod, model: Model, secret: string): string {
  const lines = [...pod.lines, ...retries(pod, model.now)].map(
    ({ at, text }) => `${stamp(at)} ${text === "established" ? established : failedConnect(text)}`,
  );
  const waiting = model.weather.stuck ? [`${stamp(model.now - 5000)} ${waits}`] : [];
  return [`${stamp(began)} I1123 17:00:00 1 main.go:1] debug dump ${secret}`, ...lines, ...waiting].join("\n");
}
