import { annotations } from "../../core/annotations.ts";
import type { Component, PodFacts, RestartMark, WorkloadFacts } from "../../core/evidence.ts";
import { parseVersion } from "../../core/version.ts";
import type { KubeObject } from "../../ports/cluster.ts";
import { asArray, asInstant, asNumber, asObject, asString, at, type Json } from "./json.ts";
import { restartMark } from "./pods.ts";

/** Command and arguments of a container, word by word. */
export const commandLine = (container: Json): readonly string[] =>
  [...asArray(container["command"]), ...asArray(container["args"])].map((word) => asString(word) ?? "");

export const containersOf = (deployment: KubeObject): readonly Json[] =>
  asArray(at(deployment.spec, "template", "spec", "containers")).map(asObject);

const counts = (deployment: KubeObject) => {
  const number = (key: string) => asNumber(at(deployment.status, key)) ?? 0;
  return {
    wanted: asNumber(at(deployment.spec, "replicas")) ?? 1,
    all: number("replicas"),
    updated: number("updatedReplicas"),
    available: number("availableReplicas"),
    observed: number("observedGeneration"),
  };
};

/** As `kubectl rollout status`: observed, all updated, no old ones left, all available. */
function rolloutOf(deployment: KubeObject): WorkloadFacts["rollout"] {
  const { wanted, all, updated, available, observed } = counts(deployment);
  // What the status says of an earlier template says nothing of this one.
  if (observed < (deployment.metadata.generation ?? 0)) return "running";
  const conditions = asArray(at(deployment.status, "conditions")).map(asObject);
  if (conditions.some((c) => c["type"] === "Progressing" && c["reason"] === "ProgressDeadlineExceeded")) return "stuck";
  return updated >= wanted && all <= updated && available >= updated ? "complete" : "running";
}

/** Tag of the image, else the version label: a digest or `main` is no version. */
function versionOf(deployment: KubeObject, container: Json): string | undefined {
  const image = asString(container["image"]) ?? "";
  const tag = /:([^:/@]+)(?:@|$)/.exec(image)?.[1];
  const label = deployment.metadata.labels?.["app.kubernetes.io/version"];
  return [tag, label].find((text) => parseVersion(text) !== undefined)?.replace(/^v/, "");
}

function approvalOf(deployment: KubeObject): WorkloadFacts["approval"] {
  const [hash, time] = (deployment.metadata.annotations?.[annotations.approved] ?? "").split(" ");
  const given = asInstant(time);
  return hash === undefined || given === undefined ? undefined : { hash, at: given };
}

/** The newest of our marks. Who puts the template back (`helm upgrade --force`) takes its mark away, not that of the Pods. */
function newestMark(deployment: KubeObject, pods: readonly PodFacts[]): RestartMark | undefined {
  const template = restartMark(asObject(at(deployment.spec, "template", "metadata", "annotations")));
  const marks = [template, ...pods.map(({ restarted }) => restarted)].filter((mark) => mark !== undefined);
  return marks.sort((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
}

function ownMarks(deployment: KubeObject, pods: readonly PodFacts[]): Partial<WorkloadFacts> {
  const restarted = newestMark(deployment, pods);
  const pausedByPerson = deployment.metadata.annotations?.[annotations.paused];
  const approval = approvalOf(deployment);
  return {
    ...(restarted === undefined ? {} : { restartedFor: restarted.generation }),
    ...(restarted?.at === undefined ? {} : { restartedAt: restarted.at }),
    ...(pausedByPerson === undefined || pausedByPerson === "false" ? {} : { pausedByPerson }),
    ...(approval === undefined ? {} : { approval }),
  };
}

/** KEDA's flag is off unless it is given (cmd/operator/main.go); its release manifests give it, its chart does unless cert-manager issues. */
function rotates(container: Json): boolean {
  const given = commandLine(container)
    .filter((word) => /^--?enable-cert-rotation(=|$)/.test(word))
    .at(-1);
  return given !== undefined && !/=(0|f|false)$/i.test(given);
}

export interface DeploymentReading {
  readonly component: Component;
  readonly deployment: KubeObject;
  readonly container: Json;
  readonly pods: readonly PodFacts[];
}

export function readDeployment({ component, deployment, container, pods }: DeploymentReading): WorkloadFacts {
  const version = versionOf(deployment, container);
  const memoryLimit = asString(at(container, "resources", "limits", "memory"));
  return {
    component,
    namespace: deployment.metadata.namespace ?? "",
    name: deployment.metadata.name,
    uid: deployment.metadata.uid ?? "",
    resourceVersion: deployment.metadata.resourceVersion ?? "",
    replicas: asNumber(at(deployment.spec, "replicas")) ?? 1,
    paused: at(deployment.spec, "paused") === true,
    rollout: rolloutOf(deployment),
    gracePeriodSeconds: asNumber(at(deployment.spec, "template", "spec", "terminationGracePeriodSeconds")) ?? 30,
    pods,
    ...(version === undefined ? {} : { version }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(component === "operator" && rotates(container) ? { rotatesCertificates: true as const } : {}),
    ...ownMarks(deployment, pods),
  };
}
