import { families } from "./checks/all.ts";
import type { Answer, Case, Check } from "./checks/check.ts";
import type { Diagnosis, Finding } from "./diagnosis.ts";
import type { Evidence } from "./evidence.ts";
import { holdingsOf } from "./holdings.ts";
import { hopBOf } from "./hopB.ts";
import { permanentCure } from "./permanentCure.ts";
import type { Policy } from "./policy.ts";
import { seenValue } from "./seen.ts";
import { symptomsOf } from "./symptoms.ts";

/** Derives once what all checks share. */
export function caseOf(evidence: Evidence, policy: Policy): Case {
  const layoutRead = seenValue(evidence.layout);
  const layout = layoutRead?.supported ? layoutRead.layout : undefined;
  const materialRead = seenValue(evidence.material);
  const material = materialRead?.usable ? materialRead.material : undefined;
  return {
    evidence,
    policy,
    now: evidence.at,
    layout,
    material,
    operator: seenValue(evidence.operator),
    metricsApiserver: seenValue(evidence.metricsApiserver),
    holdings: holdingsOf({ evidence, layout, material, policy }),
    hopB: hopBOf(evidence, policy),
    symptoms: symptomsOf(evidence),
  };
}

const finding = (check: Check, answer: Answer): Finding => ({
  code: check.name,
  verdict: answer.verdict,
  sentence: answer.sentence,
  source: check.source,
});

const skippedAfter = (check: Check, code: string): Finding => ({
  code: check.name,
  verdict: "skipped",
  sentence: `Not asked: ${code} decides.`,
  source: check.source,
});

/**
 * Evidence in, verdict out: synchronous, no clock, no I/O. "Now" is the instant at which looking ended.
 * The first check that stops decides; when none does, KEDA is healthy.
 */
export function diagnose(evidence: Evidence, policy: Policy): Diagnosis {
  const c = caseOf(evidence, policy);
  const checks: Finding[] = [];
  let decided: Answer | undefined;
  for (const check of families.flatMap((family) => family.checks)) {
    if (decided?.stop) {
      checks.push(skippedAfter(check, decided.stop.code));
      continue;
    }
    const answer = check.run(c);
    checks.push(finding(check, answer));
    if (answer.stop) decided = answer;
  }
  const stop = decided?.stop ?? { code: "Healthy", disposition: "healthy" as const };
  const sentence = decided?.sentence ?? healthySentence(c);
  const generation = c.material?.generation;
  return {
    ...stop,
    stale: stop.stale ?? [],
    sentence,
    checks,
    permanentCure: permanentCure(c, stop.code),
    ...(generation === undefined ? {} : { generation }),
  };
}

function healthySentence(c: Case): string {
  if (!c.symptoms.seen) return "No fault found; the HPAs were not seen.";
  if (c.symptoms.counted === 0) return "No fault found; no HPA of KEDA is active that could show one.";
  return `No fault found: ${c.symptoms.working.length} of ${c.symptoms.counted} HPAs of KEDA have a valid metric.`;
}
