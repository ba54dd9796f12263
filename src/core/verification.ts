import type { CaseFile } from "./casefile.ts";
import { workloadOf } from "./casefile.ts";
import type { Case, Reason } from "./checks/check.ts";
import { caseOf } from "./diagnose.ts";
import type { Evidence, HpaFacts, WorkloadFacts } from "./evidence.ts";
import type { Incident } from "./incident.ts";
import { formatDuration, type Instant, seconds } from "./instant.ts";
import type { Policy } from "./policy.ts";
import type { Unseen } from "./seen.ts";
import { hpaNames, nameSome } from "./symptoms.ts";

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

/** A scaler's own error has crossed hop B to get to an HPA that had timed out on it. */
const answeredWithError = ({ failedHpas }: Incident, { symptoms }: Case): readonly HpaFacts[] =>
  symptoms.scaler.filter((h) => failedHpas.includes(`${h.namespace}/${h.name}`));

const named = (hpas: readonly HpaFacts[]): string => nameSome(hpaNames(hpas));

/** What hop B itself still shows. */
function hopBBroken({ hopB, holdings }: Case): string | undefined {
  const first = hopB.tlsFailing[0];
  if (first !== undefined) return `${first.pod} still reports ${first.failure.text}`;
  const stale = holdings.operator.find((s) => s.shows === "stale" || s.shows === "expired");
  return stale && `${stale.pod} does not present the Secret's leaf yet`;
}

/** HPAs that had failed and are not back. Where not all could be remembered, whoever times out may be one of them. */
function notYetActive(incident: Incident, { evidence, symptoms }: Case): string | undefined {
  const known = formerlyFailed(incident, evidence);
  const unnamed = incident.moreFailedHpas ? symptoms.timeout.filter((h) => !known.includes(h)) : [];
  const failing = [...known.filter((h) => h.scalingActive !== "True"), ...unnamed];
  return failing.length === 0 ? undefined : `${named(failing)} not yet ScalingActive`;
}

/** Nobody is left to show recovery, and yet it is proved: by a scaler's answer, or by what both sides hold. */
function provedOtherwise(incident: Incident, c: Case, { reason }: Unseen): boolean {
  if (incident.failedHpas.length === 0 && agree(c)) return true;
  return reason === "NotAsked" && answeredWithError(incident, c).length > 0;
}

/** One metric, asked for by us: what is left to ask where no HPA is. */
function metricMissing(incident: Incident, c: Case): string | undefined {
  const { rawMetric: raw } = c.evidence;
  if (raw.seen && !raw.value.answered) return `the raw metric ${raw.value.metric} does not answer: ${raw.value.detail}`;
  if (raw.seen || formerlyFailed(incident, c.evidence).length > 0) return undefined;
  return provedOtherwise(incident, c, raw)
    ? undefined
    : "no HPA is left that could show recovery, and the raw metric did not answer";
}

function stillBroken(file: CaseFile, incident: Incident, policy: Policy): string | undefined {
  const c = caseOf(file.evidence, policy);
  return hopBBroken(c) ?? notYetActive(incident, c) ?? metricMissing(incident, c);
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

function recoveredSentence(incident: Incident, evidence: Evidence, policy: Policy): string {
  const hpas = formerlyFailed(incident, evidence);
  const { rawMetric } = evidence;
  if (hpas.length === 0 && rawMetric.seen) return "The raw external metric answers; no HPA that had failed is left.";
  const answered = answeredWithError(incident, caseOf(evidence, policy));
  if (hpas.length === 0 && answered.length > 0)
    return `${named(answered)}: the operator answers again, with an error of their own source, seen twice.`;
  if (hpas.length === 0) return "Nothing had failed, and both sides hold the Secret's certificates now, seen twice.";
  const first = hpas[0];
  return `${named(hpas)}: ScalingActive=True (${first?.reason}), seen twice.`;
}

function notComplete(incident: Incident, evidence: Evidence, now: Instant): Verdict {
  const unread = [evidence.operator, evidence.metricsApiserver].find((workload) => !workload.seen);
  if (unread?.seen === false)
    return {
      result: "pending",
      sentence: `KEDA's Deployments could not be read: ${unread.detail}.`,
      lookAgainAt: now + seconds(15),
    };
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
      return { result: "recovered", sentence: recoveredSentence(incident, file.evidence, policy) };
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
