import { workloadOf } from "./casefile.ts";
import { sha256 } from "./certificate/cryptography.ts";
import type { Target } from "./decision.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Evidence } from "./evidence.ts";
import type { Instant } from "./instant.ts";
import type { Policy } from "./policy.ts";

export interface Approvable {
  readonly incident: string;
  readonly generation: string;
  readonly targets: readonly Target[];
  readonly diagnosis: Pick<Diagnosis, "code" | "stale">;
}

/** What an approval is for: any change of incident, generation, targets or evidence makes another hash (I6). */
export function approvalHash({ incident, generation, targets, diagnosis }: Approvable): string {
  const named = targets.map((t) => `${t.component}=${t.namespace}/${t.name}`).join(",");
  const stale = diagnosis.stale.map((side) => `${side.component}:${[...side.pods].sort().join(",")}`).join(";");
  return sha256([incident, generation, named, diagnosis.code, stale].join("\n"));
}

/** An approval stands on every target's own metadata, written with the approver's own rights; it skips no check. */
export function approved(evidence: Evidence, what: Approvable, policy: Policy, now: Instant): boolean {
  const hash = approvalHash(what);
  return what.targets.every((target) => {
    const approval = workloadOf(evidence, target.component)?.approval;
    if (approval === undefined || approval.hash !== hash) return false;
    return now >= approval.at - policy.clockSkew && now <= approval.at + policy.approvalValid;
  });
}
