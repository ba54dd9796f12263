import type { HpaFacts, ScaledObjectFacts } from "../../core/evidence.ts";
import { metricFailureOf } from "../../core/metricFailure.ts";
import type { KubeObject } from "../../ports/cluster.ts";
import { asArray, asInstant, asObject, asString, at, type Json } from "./json.ts";

const status = (text: unknown): "True" | "False" | "Unknown" =>
  text === "True" || text === "False" ? text : "Unknown";

function condition(object: KubeObject, type: string): Json {
  const conditions = asArray(at(object.status, "conditions")).map(asObject);
  return conditions.find((c) => c["type"] === type) ?? {};
}

function externalMetric(hpa: KubeObject): string | undefined {
  const metrics = asArray(at(hpa.spec, "metrics")).map(asObject);
  return metrics.map((m) => asString(at(m, "external", "metric", "name"))).find((name) => name !== undefined);
}

/** KEDA scales 0 <-> 1 itself; the HPA says `ScalingDisabled` then and tells nothing about metrics. */
const idleReasons: readonly string[] = ["ScalingDisabled"];

export function readHpa(hpa: KubeObject): HpaFacts {
  const active = condition(hpa, "ScalingActive");
  const reason = asString(active["reason"]) ?? "";
  const message = asString(active["message"]) ?? "";
  const scaledObject = hpa.metadata.labels?.["scaledobject.keda.sh/name"];
  const metric = externalMetric(hpa);
  const failing = reason === "FailedGetExternalMetric";
  return {
    namespace: hpa.metadata.namespace ?? "",
    name: hpa.metadata.name,
    scalingActive: status(active["status"]),
    reason,
    since: asInstant(active["lastTransitionTime"]) ?? 0,
    message: message.slice(0, 600),
    idle: idleReasons.includes(reason),
    ...(failing ? { failure: metricFailureOf(message) } : {}),
    ...(scaledObject === undefined ? {} : { scaledObject }),
    ...(metric === undefined ? {} : { metric }),
  };
}

export function readScaledObject(object: KubeObject): ScaledObjectFacts {
  const ready = condition(object, "Ready");
  return {
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    ready: status(ready["status"]),
    reason: asString(ready["reason"]) ?? "",
    message: (asString(ready["message"]) ?? "").slice(0, 300),
  };
}
