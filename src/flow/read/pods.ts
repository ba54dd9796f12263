import { annotations } from "../../core/annotations.ts";
import type { PodFacts, RestartMark, Termination } from "../../core/evidence.ts";
import type { KubeObject } from "../../ports/cluster.ts";
import { asArray, asInstant, asNumber, asObject, asString, at, type Json } from "./json.ts";

/** The Pod's container that runs KEDA: the named one, else the first (a service mesh may inject others). */
function statusOf(pod: KubeObject, container: string | undefined): Json {
  const statuses = asArray(at(pod.status, "containerStatuses")).map(asObject);
  return statuses.find((s) => s["name"] === container) ?? statuses[0] ?? {};
}

function termination(status: Json): Termination | undefined {
  const ended = asObject(at(status, "lastState", "terminated") ?? at(status, "state", "terminated"));
  const reason = asString(ended["reason"]);
  if (reason === undefined) return undefined;
  const startedAt = asInstant(ended["startedAt"]);
  const finishedAt = asInstant(ended["finishedAt"]);
  return {
    reason,
    exitCode: asNumber(ended["exitCode"]) ?? -1,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

/** Containers by which meshes take over a Pod's traffic: Istio, Linkerd, Consul, Kuma, NGINX, App Mesh. */
const sidecars = ["istio-proxy", "linkerd-proxy", "consul-dataplane", "kuma-sidecar", "nginx-mesh-sidecar", "envoy"];
/** Istio without sidecars: the node's ztunnel takes the Pod's traffic. */
const ambient = "ambient.istio.io/redirection";

/** A sidecar is a container, or, since Kubernetes 1.29, an init container that goes on running. */
function meshOf(pod: KubeObject): string | undefined {
  const all = [at(pod.spec, "containers"), at(pod.spec, "initContainers")].flatMap(asArray).map(asObject);
  const found = sidecars.find((name) => all.some((container) => container["name"] === name));
  return found ?? (pod.metadata.annotations?.[ambient] === "enabled" ? ambient : undefined);
}

/** Our marks among the annotations of a Pod template, or of a Pod made from it. */
export function restartMark(found: Json): RestartMark | undefined {
  const generation = asString(found[annotations.restartedFor]);
  const at = asInstant(found[annotations.restartedAt]);
  return generation === undefined ? undefined : { generation, ...(at === undefined ? {} : { at }) };
}

/** Pod status as kubelet reports it. `lastState` persists until the next end, so an OOM kill is found by looking. */
export function readPod(pod: KubeObject, container: string | undefined): PodFacts {
  const status = statusOf(pod, container);
  const startedAt = asInstant(at(status, "state", "running", "startedAt"));
  const waiting = asString(at(status, "state", "waiting", "reason"));
  const ip = asString(at(pod.status, "podIP"));
  const lastTermination = termination(status);
  const mesh = meshOf(pod);
  const restarted = restartMark(asObject(pod.metadata.annotations));
  const conditions = asArray(at(pod.status, "conditions")).map(asObject);
  return {
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? "",
    createdAt: asInstant(pod.metadata.creationTimestamp) ?? 0,
    deleting: pod.metadata.deletionTimestamp !== undefined,
    ready: conditions.some((c) => c["type"] === "Ready" && c["status"] === "True"),
    restarts: asNumber(status["restartCount"]) ?? 0,
    ...(ip === undefined || ip === "" ? {} : { ip }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(lastTermination === undefined ? {} : { lastTermination }),
    ...(restarted === undefined ? {} : { restarted }),
    ...(mesh === undefined ? {} : { mesh }),
  };
}

/** Whether every label of the selector is on the object. An empty selector selects nothing: empty scope is no scope. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>> | undefined): boolean {
  const wanted = Object.entries(asObject(selector));
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value);
}
