import type { Condition, KubeObject } from "../ports/cluster.ts";
import { field, textField } from "./apiserver/call.ts";

/** What a world looks like, in a few lines: for the message of a wait that was in vain. */
export const picture = (hpas: readonly KubeObject[], pods: readonly KubeObject[]): string =>
  [...hpas.map(describeHpa), ...pods.map(describePod)].map((line) => `  ${line}`).join("\n");

export function scalingActive(hpa: { readonly status?: unknown }): Condition | undefined {
  const conditions = (field(hpa.status, "conditions") ?? []) as readonly Condition[];
  return conditions.find((condition) => condition.type === "ScalingActive");
}

function describeHpa(hpa: KubeObject): string {
  const active = scalingActive(hpa);
  return `${hpa.metadata.name}: ${active?.reason ?? "not looked at yet"} ${(active?.message ?? "").slice(-160)}`;
}

function describePod(pod: KubeObject): string {
  const status = field(pod.status, "containerStatuses", "0");
  const ending = pod.metadata.deletionTimestamp === undefined ? "" : ", ending";
  const state = JSON.stringify(field(status, "state") ?? "none yet");
  const last = textField(status, "lastState", "terminated", "reason") ?? "none";
  return `${pod.metadata.name}: ready ${field(status, "ready")}, ${state}, last ${last}${ending}`;
}
