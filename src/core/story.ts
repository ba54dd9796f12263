import type { Diagnosis, Disposition } from "./diagnosis.ts";
import { type Incident, isOver, type Phase } from "./incident.ts";

/** A plan of ours is what the incident is about. */
const restarting: readonly Phase[] = ["acting", "verifying", "recovered"];
const isRestarted = ({ plan, phase }: Incident): boolean => plan !== undefined && restarting.includes(phase);

/** What names no fault: what passes by itself, and what could not be looked at. */
const passing: readonly Disposition[] = ["healthy", "inProgress", "blind"];
const namesNoFault = ({ disposition, code }: Diagnosis): boolean =>
  passing.includes(disposition) && code !== "SafeRotation";

/**
 * The one code that tells what an incident is about: what the restart was for, else the last fault that was found. That
 * KEDA is healthy again, or rolls out, is no cause.
 *
 * @param before as it was before this judgement
 * @param after what became of it
 */
export function causeOf(before: Incident, after: Incident, diagnosis: Diagnosis): string {
  if (isRestarted(after) && after.plan !== undefined) return after.plan.cause;
  const known = isOver(before) ? undefined : before.cause;
  return namesNoFault(diagnosis) ? (known ?? diagnosis.code) : diagnosis.code;
}

/** An incident in the columns of `kubectl get incidents`. */
export interface StoryColumns {
  readonly cause: string;
  readonly decision: string;
  /** Components that are or were to be restarted, comma-separated. */
  readonly stale: string;
}

/** The story in three words. The last diagnosis and the last decision are told beside it. */
export function storyColumns(incident: Incident): StoryColumns {
  const { cause, diagnosis, decision, plan } = incident;
  const targets = decision?.targets ?? [];
  const stale = targets.length > 0 ? targets : (plan?.steps ?? []);
  return {
    cause: cause ?? diagnosis?.code ?? "",
    decision: isRestarted(incident) ? "restart" : (decision?.kind ?? ""),
    stale: stale.map(({ component }) => component).join(","),
  };
}
