import type { CaseFile } from "./casefile.ts";
import { workloadOf } from "./casefile.ts";
import type { Case, Reason } from "./checks/check.ts";
import { caseOf } from "./diagnose.ts";
import type { Evidence, HpaFacts, WorkloadFacts } from "./evidence.ts";
import type { Incident } from "./incident.ts";
import { formatDuration, type Instant, seconds } from "./instant.ts";
import type { Policy } from "./policy.ts";
import { nameSome } from "./symptoms.ts";

/**
 * Did the restart help? `pending`: not yet to be told; `seenOnce`: recovery seen, must be seen again; `recovered`;
 * `failed`: the rollout is complete for long enough and the symptom is still there.
 */
export type Verdict =
  | { readonly result: "pending" | "seenOnce"; readonly sentence: string; readonly lookAgainAt: Instant }
  | { readonly result: "recovered"; readonly sentence: string }
  | { readonly result: "failed"; readonly sentence: string };

const restarted = (incident: Incident, evidence: Evidence): readonly WorkloadFacts[] =>
  (incident.plan?.steps ?? [])
    .map((s) => workloadOf(evidence, s.component))
    .filter((w): w is WorkloadFacts => w !== undefined);

/** When every step's rollout was complete at the latest: the newest Pod that replaced an old one is the best witness. */
function completeSince(incident: Incident, evidence: Evidence): Instant | undefined {
  const steps = incident.plan?.steps ?? [];
  const workloads = restarted(incident, evidence);
  if (workloads.length < steps.length || workloads.some((w) => w.rollout !== "complete")) return undefined;
  const starts = workloads.flatMap((w) => w.pods.map((pod) => pod.startedAt ?? pod.createdAt));
  const performed = steps.map((s) => s.performedAt ?? 0);
  return Math.max(...starts, ...performed);
}

/** The HPAs that had failed with the 504 wording, as they are now; those gone, idle or failing for hop C do not count. */
function formerlyFailed(incident: Incident, evidence: Evidence): readonly HpaFacts[] {
  const names = new Set(incident.failedHpas);
  const hpas = evidence.hpas.seen ? evidence.hpas.value.hpas : [];
  return hpas.filter((h) => names.has(`${h.namespace}/${h.name}`) && !h.idle && h.failure !== "Scaler");
}

/** Both sides hold the Secret's generation: all that can be asked where nothing had failed and nothing is active. */
const agree = ({ holdings }: Case): boolean =>
  holdings.operator.length > 0 &&
  holdings.operator.every((s) => s.shows === "current") &&
  holdings.metricsApiserver.length > 0 &&
  holdings.metricsApiserver.every((h) => h.holds === "current");

function stillBroken(file: CaseFile, incident: Incident, policy: Policy): string | undefined {
  const c = caseOf(file.evidence, policy);
  const first = c.hopB.tlsFailing[0];
  if (first !== undefined) return `${first.pod} still reports ${first.failure.text}`;
  const stale = c.holdings.operator.find((s) => s.shows === "stale" || s.shows === "expired");
  if (stale !== undefined) return `${stale.pod} does not present the Secret's leaf yet`;
  const hpas = formerlyFailed(incident, file.evidence);
  const failing = hpas.filter((h) => h.scalingActive !== "True");
  if (failing.length > 0) return `${nameSome(failing.map((h) => `${h.namespace}/${h.name}`))} not yet ScalingActive`;
  const raw = file.evidence.rawMetric;
  if (!raw.seen && incident.failedHpas.length === 0 && agree(c)) return undefined;
  if (hpas.length === 0 && !(raw.seen && raw.value.answered))
    return "no HPA is left that could show recovery, and the raw metric did not answer";
  if (raw.seen && !raw.value.answered) return `the raw metric ${raw.value.metric} does not answer: ${raw.value.detail}`;
  return undefined;
}

/** The HPA controller itself has seen every former failure recovered for one period: twice, by its own clock. */
function recoveredForAPeriod(incident: Incident, evidence: Evidence, policy: Policy): boolean {
  const hpas = formerlyFailed(incident, evidence);
  const performed = Math.min(...(incident.plan?.steps ?? []).map((s) => s.performedAt ?? Number.POSITIVE_INFINITY));
  return (
    hpas.length > 0 &&
    hpas.every((h) => h.since >= performed - policy.clockSkew && evidence.at - h.since >= policy.verifyTwice)
  );
}

function recoveredSentence(incident: Incident, evidence: Evidence): string {
  const hpas = formerlyFailed(incident, evidence);
  const { rawMetric } = evidence;
  if (hpas.length === 0 && rawMetric.seen) return "The raw external metric answers; no HPA that had failed is left.";
  if (hpas.length === 0) return "Nothing had failed, and both sides hold the Secret's certificates now, seen twice.";
  const first = hpas[0];
  return `${nameSome(hpas.map((h) => `${h.namespace}/${h.name}`))}: ScalingActive=True (${first?.reason}), seen twice.`;
}

function notComplete(incident: Incident, evidence: Evidence, now: Instant): Verdict {
  const stuck = restarted(incident, evidence).find((w) => w.rollout === "stuck");
  if (stuck === undefined)
    return { result: "pending", sentence: "The rollout is not complete yet.", lookAgainAt: now + seconds(5) };
  return {
    result: "failed",
    sentence: `Restarted, not recovered: the rollout of ${stuck.name} exceeded its progress deadline. Look at its new Pods.`,
  };
}

/** Readiness proves nothing (keda#8211): what counts is that the symptom is gone, seen twice. */
export function verify(file: CaseFile, incident: Incident, policy: Policy, now: Instant): Verdict {
  const complete = completeSince(incident, file.evidence);
  const lookAgainAt = now + policy.verifyTwice;
  if (complete === undefined) return notComplete(incident, file.evidence, now);
  const { hpas } = file.evidence;
  // Not to see is not to fail: the breaker opens on what was seen only.
  if (!hpas.seen) return { result: "pending", sentence: `The HPAs could not be read: ${hpas.detail}.`, lookAgainAt };
  const broken = stillBroken(file, incident, policy);
  if (broken === undefined) {
    const seen = incident.recoverySeenAt;
    const twice = seen !== undefined && now - seen >= policy.verifyTwice;
    if (twice || recoveredForAPeriod(incident, file.evidence, policy))
      return { result: "recovered", sentence: recoveredSentence(incident, file.evidence) };
    return { result: "seenOnce", sentence: "Recovery was seen once.", lookAgainAt: (seen ?? now) + policy.verifyTwice };
  }
  if (now - complete < policy.verifyFor) return { result: "pending", sentence: `${broken}.`, lookAgainAt };
  return {
    result: "failed",
    sentence: `Restarted, not recovered: ${formatDuration(now - complete)} after the rollout ${broken}.`,
  };
}

const verifying = (symptom: string, whatWeDo: string): Reason => ({
  disposition: "guard",
  symptom,
  proof: "Rollout, metrics-apiserver log, raw metric, HPA conditions.",
  cure: "None needed while it lasts.",
  whatWeDo,
});

export const verificationReasons: Readonly<Record<string, Reason>> = {
  Verifying: verifying(
    "A restart was performed; whether it helped is not known yet.",
    "Look again until the HPAs are ScalingActive, at least five minutes after the rollout.",
  ),
  RecoverySeenOnce: verifying("The HPAs have valid metrics again, seen once.", "Look once more, one HPA period later."),
  Recovered: verifying(
    "The HPAs that had failed have valid metrics again, seen twice.",
    "Close the incident with the proof.",
  ),
  NotRecovered: {
    ...verifying(
      "A restart was performed, and the HPAs are still failing.",
      "Escalate, open the breaker for this generation, never restart again on the same evidence.",
    ),
    cure: "Look at the record and at the component's log by hand.",
  },
};
