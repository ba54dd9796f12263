import { annotations } from "../../../src/core/annotations.ts";
import type { Plan } from "../../../src/core/incident.ts";
import type { Patch } from "../ledger.ts";
import { marksOf } from "../model/writes.ts";
import type { History } from "./invariant.ts";

export const generationOf = (patch: Patch): string => marksOf(patch.call)[annotations.restartedFor] ?? "";
export const incidentOf = (patch: Patch): string => marksOf(patch.call)[annotations.incident] ?? "";

/** The incident as it was on record when the patch was sent. */
export function onRecord({ ledger }: History, patch: Patch) {
  const name = incidentOf(patch);
  let found: Extract<(typeof ledger.entries)[number], { kind: "incident" }> | undefined;
  for (const entry of ledger.entries) {
    if (entry === patch) break;
    if (entry.kind === "forget" || entry.kind === "forgetIncidents") found = undefined;
    if (entry.kind === "incident" && entry.incident.name === name) found = entry;
  }
  return found;
}

const planOf = (history: History, patch: Patch): Plan | undefined => onRecord(history, patch)?.incident.plan;

/** The operator was restarted by us for the same generation before: half a plan must be finished. */
export function isSecondStep(history: History, patch: Patch): boolean {
  if (patch.component !== "metrics-apiserver") return false;
  const [first, ...rest] = planOf(history, patch)?.steps ?? [];
  if (first?.component !== "operator" || rest.length === 0) return false;
  const generation = generationOf(patch);
  return history.ledger
    .patches()
    .some((p) => p.component === "operator" && generationOf(p) === generation && p.at <= patch.at && p !== patch);
}
