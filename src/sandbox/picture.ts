import type { Condition } from "../ports/cluster.ts";
import { field, textField } from "./apiserver/call.ts";
import type { Objects, StoredObject } from "./apiserver/objects.ts";

/** What the world looks like, in a few lines: for the message of a wait that was in vain. */
export function picture(objects: Objects): string {
  const hpas = objects.list("horizontalpodautoscalers").slice(0, 5).map(describeHpa);
  const pods = objects.list("pods").map(describePod);
  return [...hpas, ...pods].map((line) => `  ${line}`).join("\n");
}

export function scalingActive(hpa: { readonly status?: unknown }): Condition | undefined {
  const conditions = (field(hpa.status, "conditions") ?? []) as readonly Condition[];
  return conditions.find((condition) => condition.type === "ScalingActive");
}

function describeHpa(hpa: StoredObject): string {
  const active = scalingActive(hpa);
  return `${hpa.metadata.name}: ${active?.reason ?? "not looked at yet"} ${(active?.message ?? "").slice(-160)}`;
}

function describePod(pod: StoredObject): string {
  const status = field(pod.status, "containerStatuses", "0");
  const ending = pod.metadata.deletionTimestamp === undefined ? "" : ", ending";
  const state = JSON.stringify(field(status, "state"));
  const last = textField(status, "lastState", "terminated", "reason") ?? "none";
  return `${pod.metadata.name}: ready ${field(status, "ready")}, ${state}, last ${last}${ending}`;
}
