import type { CaseFile } from "../../src/core/casefile.ts";
import { families } from "../../src/core/checks/all.ts";
import type { Answer, Check } from "../../src/core/checks/check.ts";
import { decide } from "../../src/core/decide.ts";
import type { Decision } from "../../src/core/decision.ts";
import { caseOf, diagnose } from "../../src/core/diagnose.ts";
import type { Diagnosis } from "../../src/core/diagnosis.ts";
import type { Evidence } from "../../src/core/evidence.ts";
import { advance, evolve, openIncident } from "../../src/core/evolve.ts";
import type { Incident } from "../../src/core/incident.ts";
import { type Installation, newInstallation } from "../../src/core/installation.ts";
import { days, type Instant } from "../../src/core/instant.ts";
import { incidentName } from "../../src/core/names.ts";
import { defaultPolicy, type Policy } from "../../src/core/policy.ts";
import { presentPair } from "./evidence.ts";
import { ago, NOW } from "./time.ts";

export const acting: Policy = { ...defaultPolicy, mode: "act" };
export const policy = (more: Partial<Policy> = {}): Policy => ({ ...acting, ...more });

export const installation = (more: Partial<Installation> = {}): Installation => ({
  ...newInstallation("prod.keda", ago(days(30))),
  ...more,
});

export const opened = (more: Partial<Incident> = {}): Incident => ({
  ...openIncident({
    name: incidentName("prod.keda", presentPair.generation),
    installation: "prod.keda",
    generation: presentPair.generation,
    now: NOW,
    traceparent: undefined,
    foundBy: "event",
  }),
  ...more,
});

export interface Given {
  readonly evidence: Evidence;
  readonly incident?: Incident | undefined;
  readonly installation?: Installation;
  readonly policy?: Policy;
  readonly now?: Instant;
}

export interface Judged {
  readonly file: CaseFile;
  readonly diagnosis: Diagnosis;
  readonly decision: Decision;
}

/** Diagnosis and decision as the flow makes them. */
export function judge(given: Given): Judged {
  const by = given.policy ?? acting;
  const known = given.incident === undefined ? undefined : advance(given.incident, given.evidence);
  const file = {
    installation: given.installation ?? installation(),
    incident: known,
    evidence: given.evidence,
  };
  const diagnosis = diagnose(given.evidence, by);
  return { file, diagnosis, decision: decide(file, diagnosis, by, given.now ?? NOW) };
}

/** Code, disposition and the stale Pods of each side in a line, for tables of verdicts. */
export function verdict(e: Evidence): readonly string[] {
  const { code, disposition, stale, needsApproval } = diagnose(e, acting);
  const sides = stale.map(({ component, pods }) => `${component}: ${pods.join(",")}`).join("; ");
  return [code, disposition, sides, ...(needsApproval ? ["needs approval"] : [])];
}

export const adapterOnly = ["MetricsApiserverStale", "curable", "metrics-apiserver: adapter-1"];
export const escalates = (code: string): readonly string[] => [code, "unknown", ""];

export interface Looked extends Judged {
  readonly incident: Incident;
}

/** One look and what is written down afterwards. */
export function look(given: Given): Looked {
  const before = given.incident ?? opened({ openedAt: given.now ?? NOW });
  const judged = judge({ ...given, incident: before });
  const by = given.policy ?? acting;
  const file = { ...judged.file, incident: judged.file.incident ?? before };
  const { diagnosis, decision } = judged;
  return {
    ...judged,
    incident: evolve(file, { diagnosis, decision, policy: by, now: given.now ?? NOW }),
  };
}

export const code = (evidence: Evidence, by: Policy = acting): string => diagnose(evidence, by).code;

/** What one check said, as the verdict lists it: `pass: An operator Pod is running.` */
export function said(name: string, evidence: Evidence, by: Policy = acting): string {
  const found = diagnose(evidence, by).checks.find((finding) => finding.code === name);
  return `${found?.verdict}: ${found?.sentence}`;
}

export const allChecks: readonly Check[] = families.flatMap((family) => family.checks);

/** One check alone, as if none before it had ended the judging. */
export function askAlone(name: string, evidence: Evidence, by: Policy = acting): Answer {
  const check = allChecks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`no check is called ${name}`);
  return check.run(caseOf(evidence, by));
}
