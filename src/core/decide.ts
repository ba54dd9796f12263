import { type CaseFile, workloadOf } from "./casefile.ts";
import type { Reason } from "./checks/check.ts";
import type { Decision, Target } from "./decision.ts";
import { caseOf } from "./diagnose.ts";
import type { Diagnosis, Disposition } from "./diagnosis.ts";
import type { WorkloadFacts } from "./evidence.ts";
import { type Guard, type GuardInput, guards, patientWaits } from "./guards.ts";
import { type Incident, isOver, type Plan, type PlanStep } from "./incident.ts";
import { formatDuration, type Instant, seconds } from "./instant.ts";
import { unseenGeneration } from "./names.ts";
import type { Policy } from "./policy.ts";
import { verify } from "./verification.ts";

/** Targets of a diagnosis, operator first. */
export function targetsOf(file: CaseFile, diagnosis: Diagnosis): readonly Target[] {
  return diagnosis.stale.flatMap(({ component }) => {
    const workload = workloadOf(file.evidence, component);
    return workload === undefined ? [] : [{ component, namespace: workload.namespace, name: workload.name }];
  });
}

const decision = (kind: Decision["kind"], code: string, sentence: string, more: Partial<Decision> = {}): Decision => ({
  kind,
  code,
  sentence,
  targets: [],
  ...more,
});

const kinds: Readonly<Record<Exclude<Disposition, "curable" | "latent">, Decision["kind"]>> = {
  healthy: "none",
  incurable: "refuse",
  inProgress: "wait",
  unknown: "escalate",
  blind: "wait",
};

function guarded(input: GuardInput, asked: readonly Guard[] = guards): Decision {
  for (const guard of asked) {
    const stopped = guard.stop(input);
    if (stopped !== undefined) return { ...stopped, targets: [] };
  }
  return decision("restart", input.diagnosis.code, input.diagnosis.sentence, { targets: input.targets });
}

/**
 * Nothing found at fault is no recovery while those who failed cannot be heard: an open incident is closed by what was seen,
 * never by what was not.
 */
function recoveryUntold({ incident, evidence }: CaseFile, policy: Policy): string | undefined {
  if (incident === undefined || isOver(incident)) return undefined;
  const { hpas } = evidence;
  if (!hpas.seen)
    return `Nothing else is found at fault, but whether the HPAs recovered cannot be told: ${hpas.detail}.`;
  const { symptoms, holdings } = caseOf(evidence, policy);
  const mayBeStale = holdings.metricsApiserver.some((h) => h.holds === "earlier");
  if (incident.failedHpas.length === 0 || symptoms.counted > 0 || !mayBeStale) return undefined;
  return `The HPAs that had failed are scaled to zero, and a metrics-apiserver from before the Secret's last write runs: whether they would get their metrics cannot be told.`;
}

/** What the diagnosis alone asks for, and what the guards say to it. */
function byDiagnosis(file: CaseFile, diagnosis: Diagnosis, policy: Policy, now: Instant): Decision {
  const { disposition, code, sentence, lookAgainAt } = diagnosis;
  const due = lookAgainAt === undefined ? {} : { dueAt: lookAgainAt };
  const input: GuardInput = {
    file,
    diagnosis,
    targets: targetsOf(file, diagnosis),
    generation: diagnosis.generation ?? unseenGeneration,
    policy,
    now,
  };
  if (disposition === "curable") return guarded(input);
  if (disposition === "latent") return policy.restartOnLatent ? guarded(input) : decision("none", code, sentence, due);
  if (code === "KedaNotInstalled") return decision("none", code, sentence);
  const untold = code === "Healthy" ? recoveryUntold(file, policy) : undefined;
  if (untold !== undefined) return decision("wait", "CouldNotLook", untold, { dueAt: now + seconds(30) });
  const retry = disposition === "blind" ? { dueAt: now + seconds(30) } : due;
  return decision(kinds[disposition], code, sentence, retry);
}

/** The Secret's own fault, as the material checks name it. */
const unusable = (diagnosis: Diagnosis): boolean =>
  diagnosis.disposition === "incurable" && diagnosis.code.startsWith("Secret");

/** A patch of a paused Deployment rolls nothing and would leave our mark on it all the same. */
function pauseOf(workload: WorkloadFacts | undefined): string | undefined {
  const { pausedByPerson, paused } = workload ?? {};
  if (pausedByPerson !== undefined) return `is paused by a person ("${pausedByPerson}")`;
  return paused ? "is a paused Deployment (kubectl rollout resume)" : undefined;
}

/** New operator and old metrics-apiserver cannot work: after step 1 only an unusable Secret or a person's pause stops step 2. */
function secondStep(
  file: CaseFile,
  step: PlanStep,
  diagnosis: Diagnosis,
  options: { policy: Policy; now: Instant; since: Instant },
): Decision {
  const { policy, now, since } = options;
  const target: Target = { component: step.component, namespace: step.namespace, name: step.name };
  if (unusable(diagnosis))
    return decision(
      "escalate",
      "PlanInterrupted",
      `Step 1 of 2 is done, step 2 (${step.name}) cannot be: ${diagnosis.sentence} Repair the Secret, then restart ${step.name}.`,
    );
  const paused = pauseOf(workloadOf(file.evidence, step.component));
  if (paused !== undefined)
    return decision(
      "escalate",
      "PausedInPlan",
      `Step 1 of 2 is done and ${step.name} ${paused}: HPAs of KEDA stay broken until it is restarted.`,
    );
  const c = caseOf(file.evidence, policy);
  const presented = c.holdings.operator.some((s) => s.shows === "current");
  if (presented && c.operator?.rollout === "complete") {
    return decision(
      "restart",
      "PlanStepTwo",
      `The operator presents the Secret's leaf: now ${step.name} follows (step 2 of 2).`,
      { targets: [target] },
    );
  }
  if (now - since < policy.waitDeadline)
    return decision(
      "wait",
      "PlanStepOne",
      "Step 1 of 2 is done; waiting until the leading operator presents the Secret's leaf.",
      { dueAt: now + seconds(5) },
    );
  return decision(
    "escalate",
    "PlanInterrupted",
    `Step 1 of 2 is done, but after ${formatDuration(now - since)} no operator presents the Secret's leaf. Look at the operator, then restart ${step.name}.`,
  );
}

/** An incident whose plan is on record. */
type Planned = Incident & { readonly plan: Plan };

function byVerification(file: CaseFile, incident: Planned, policy: Policy, now: Instant): Decision {
  const verdict = verify(file, incident, policy, now);
  if (verdict.result === "recovered") return decision("none", "Recovered", verdict.sentence);
  if (verdict.result === "failed") return decision("escalate", "NotRecovered", verdict.sentence);
  const age = now - Math.max(...incident.plan.steps.map((step) => step.performedAt ?? 0));
  if (verdict.result === "pending" && age >= policy.waitDeadline + policy.verifyFor)
    return decision(
      "escalate",
      "WaitedTooLong",
      `Restarted ${formatDuration(age)} ago, and whether it helped cannot be told: ${verdict.sentence}`,
    );
  const code = verdict.result === "seenOnce" ? "RecoverySeenOnce" : "Verifying";
  return decision("wait", code, verdict.sentence, { dueAt: verdict.lookAgainAt });
}

/**
 * A step counts as done when the Deployment itself carries its mark: a document alone, which somebody may have written by
 * hand, never skips a guard or an approval.
 */
const witnessed = (file: CaseFile, { generation }: Incident, done: readonly PlanStep[]): boolean =>
  done.every((step) => workloadOf(file.evidence, step.component)?.restartedFor === generation);

/** Somebody else has restarted the second target: nothing of ours is left to do. */
function isMoot(file: CaseFile, { component }: PlanStep, policy: Policy): boolean {
  const held = caseOf(file.evidence, policy).holdings.metricsApiserver;
  return component === "metrics-apiserver" && held.length > 0 && held.every((h) => h.holds === "current");
}

/**
 * mTLS hides the second fault behind the first: a client that refuses the server is never refused itself. When the
 * operator was restarted and now proves the metrics-apiserver stale as well, its restart is the other half of one cure.
 * It is a decision like any other, with its own approval; only the cool-down is not asked, as between two steps.
 */
function followUp(
  file: CaseFile,
  incident: Planned,
  diagnosis: Diagnosis,
  options: { policy: Policy; now: Instant },
): Decision | undefined {
  const { steps } = incident.plan;
  const operatorOnly = steps.every((step) => step.component === "operator") && witnessed(file, incident, steps);
  const proved =
    diagnosis.disposition === "curable" && diagnosis.stale.every((s) => s.component === "metrics-apiserver");
  if (!operatorOnly || !proved || diagnosis.code === "GrpcStuckRestart") return undefined;
  const input: GuardInput = {
    ...options,
    file,
    diagnosis,
    targets: targetsOf(file, diagnosis),
    generation: incident.generation,
  };
  return guarded(
    input,
    guards.filter(({ name }) => name !== "CoolDown"),
  );
}

function byPlan(
  file: CaseFile,
  incident: Planned,
  diagnosis: Diagnosis,
  options: { policy: Policy; now: Instant },
): Decision {
  const { policy, now } = options;
  const { steps } = incident.plan;
  const next = steps.find((step) => step.state !== "performed");
  if (next === undefined)
    return followUp(file, incident, diagnosis, options) ?? byVerification(file, incident, policy, now);
  const done = steps.filter((step) => step.state === "performed");
  const judged = done.length === 0 || diagnosis.disposition === "blind" || isMoot(file, next, policy);
  if (judged || !witnessed(file, incident, done)) return byDiagnosis(file, diagnosis, policy, now);
  const since = Math.max(...done.map((step) => step.performedAt ?? 0));
  return secondStep(file, next, diagnosis, { policy, now, since });
}

/** A wait has an end, and the end is a person. */
function withDeadline(made: Decision, incident: Incident | undefined, policy: Policy, now: Instant): Decision {
  const since = incident?.waitingSince;
  if (made.kind !== "wait" || since === undefined || patientWaits.includes(made.code)) return made;
  if (now - since < policy.waitDeadline) return made;
  return decision(
    "escalate",
    "WaitedTooLong",
    `Waited ${formatDuration(now - since)} for "${made.code}" to end: ${made.sentence}`,
  );
}

/** A request that nobody acts on is no cure: restart is not running, cannot reach us, or lacks a right. */
function withPerformer(made: Decision, incident: Incident | undefined, policy: Policy, now: Instant): Decision {
  // What was asked for of another component is asked for no more: somebody else's restart may have made it moot.
  const first = made.targets[0]?.component;
  const asked = incident?.effects.find((e) => e.kind === "requestRestart" && e.component === first);
  if (made.kind !== "restart" || asked === undefined || now - asked.createdAt < policy.waitDeadline) return made;
  return decision(
    "escalate",
    "RestartNotPerformed",
    `The restart of the ${asked.component} was asked for ${asked.attempts} times in ${formatDuration(now - asked.createdAt)}, and its Deployment shows none: look whether keda-medic's restart role runs, gets the requests and may patch. ${made.sentence}`,
  );
}

/** Half a plan is an outage of our own making: it is finished whatever the incident went through meanwhile. */
function planned(incident: Incident | undefined): incident is Planned {
  if (incident?.plan === undefined) return false;
  if (incident.phase === "verifying") return true;
  const states = incident.plan.steps.map((step) => step.state === "performed");
  return states.includes(true) && states.includes(false);
}

/**
 * Case file, diagnosis, policy and now in; decision out. Synchronous and pure: same input, same decision (I4).
 * The mode is not looked at: it decides what may be done with the decision, not what the decision is.
 */
export function decide(file: CaseFile, diagnosis: Diagnosis, policy: Policy, now: Instant): Decision {
  const { incident } = file;
  const made = planned(incident)
    ? byPlan(file, incident, diagnosis, { policy, now })
    : byDiagnosis(file, diagnosis, policy, now);
  return withDeadline(withPerformer(made, incident, policy, now), incident, policy, now);
}

const decided = (symptom: string, cure: string, whatWeDo: string): Reason => ({
  disposition: "guard",
  symptom,
  proof: "Our own record.",
  cure,
  whatWeDo,
});

export const decisionReasons: Readonly<Record<string, Reason>> = {
  WaitedTooLong: decided(
    "Something that should end within ten minutes did not.",
    "Look at what the sentence names.",
    "Escalate.",
  ),
  RestartNotPerformed: decided(
    "A restart was decided and asked for, and for ten minutes nobody did it.",
    "Look at the log of keda-medic's restart role: its rights, its mode, and whether requests reach it; or restart by hand.",
    "Escalate, and go on asking.",
  ),
  PlanStepOne: decided(
    "The operator was restarted, the metrics-apiserver follows when the operator presents the new leaf.",
    "Wait.",
    "Wait for step 1 to show its effect.",
  ),
  PlanStepTwo: decided("Second step of a plan of two.", "None needed.", "Restart the metrics-apiserver."),
  PlanInterrupted: decided(
    "A plan of two steps cannot be finished.",
    "Repair what the sentence names, then restart the named Deployment by hand.",
    "Escalate at once: half a plan is an outage.",
  ),
  PausedInPlan: decided(
    "A person paused the second target between the two steps.",
    "Remove kedamedic.dev/paused or run kubectl rollout resume, or restart it by hand.",
    "Escalate at once.",
  ),
};
