import type { Evidence, WorkloadFacts } from "./evidence.ts";
import type { Incident } from "./incident.ts";
import type { Installation } from "./installation.ts";

/** What is on record when a decision is made: both documents, and the evidence that the diagnosis came from. */
export interface CaseFile {
  readonly installation: Installation;
  readonly incident: Incident | undefined;
  readonly evidence: Evidence;
}

export const workloadOf = (evidence: Evidence, component: WorkloadFacts["component"]): WorkloadFacts | undefined => {
  const seen = component === "operator" ? evidence.operator : evidence.metricsApiserver;
  return seen.seen ? seen.value : undefined;
};
