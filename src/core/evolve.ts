import { approvalHash, approved } from "./approval.ts";
import type { CaseFile } from "./casefile.ts";
import { workloadOf } from "./casefile.ts";
import type { Decision } from "./decision.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { type Judgement, restartEffect, withEndedPods, withReport } from "./effects.ts";
import type { Evidence } from "./evidence.ts";
import { fitted } from "./fit.ts";
import { guardReasons, patientWaits } from "./guards.ts";
import {
  type Incident,
  isOver,
  type Outcome,
  type PendingEffect,
  type Phase,
  type Plan,
  type PlanStep,
} from "./incident.ts";
import { type Instant, minutes } from "./instant.ts";
import { provenStale } from "./stalePods.ts";
import { causeOf } from "./story.ts";
import { hpaNames, symptomsOf } from "./symptoms.ts";

const most = { sentence: 700, hpas: 20, symptoms: 8 };
const cut = (text: string): string => (text.length <= most.sentence ? text : `${text.slice(0, most.sentence - 1)}…`);

export interface Opening {
  readonly name: string;
  readonly installation: string;
  readonly generation: string;
  readonly now: Instant;
  readonly traceparent: string | undefined;
  readonly foundBy: Incident["foundBy"];
}

export const openIncident = ({ name, installation, generation, now, traceparent, foundBy }: Opening): Incident => ({
  name,
  installation,
  generation,
  phase: "watching",
  openedAt: now,
  updatedAt: now,
  symptoms: [],
  effects: [],
  failedHpas: [],
  moreFailedHpas: false,
  foundBy,
  ...(traceparent === undefined ? {} : { traceparent }),
});

/** Whether a diagnosis is worth an incident. Seconds of 503 after a rotation and an issuing certificate are not. */
export function worthAnIncident(diagnosis: Diagnosis, evidence: Evidence): boolean {
  if (diagnosis.disposition === "healthy") return diagnosis.code === "SafeRotation";
  if (diagnosis.disposition === "blind") return false;
  if (diagnosis.disposition !== "inProgress") return true;
  return symptomsOf(evidence).timeout.length > 0 || diagnosis.logged !== undefined;
}

/** Steps whose restart the Deployment itself shows are done, whoever told us or did not. */
export function advance(incident: Incident, evidence: Evidence): Incident {
  const plan = incident.plan;
  if (plan === undefined) return incident;
  const steps = plan.steps.map((step): PlanStep => {
    const workload = workloadOf(evidence, step.component);
    if (step.state === "performed" || workload?.restartedFor !== incident.generation) return step;
    return { ...step, state: "performed", performedAt: workload.restartedAt ?? evidence.at };
  });
  const done = new Set<PendingEffect["component"]>(
    steps.filter((s) => s.state === "performed").map((s) => s.component),
  );
  const effects = incident.effects.filter((e) => e.kind !== "requestRestart" || !done.has(e.component));
  const news = steps.some((step, i) => step !== plan.steps[i]);
  return { ...incident, plan: { ...plan, steps }, effects, phase: phaseAfter(incident.phase, steps, news) };
}

/** A restart that is seen done late, when a person was told already, is followed up like any other. */
function phaseAfter(phase: Phase, steps: readonly PlanStep[], news: boolean): Phase {
  if (phase !== "acting" && !(phase === "escalated" && news)) return phase;
  return steps.every((step) => step.state === "performed") ? "verifying" : "acting";
}

/** What the mode lets us do with a decision to restart. */
export function mayRestart(
  file: CaseFile & { readonly incident: Incident },
  { diagnosis, decision, policy, now }: Judgement,
): boolean {
  if (decision.kind !== "restart" || policy.mode === "observe") return false;
  if (decision.code === "PlanStepTwo") return true;
  if (policy.mode === "act" && diagnosis.needsApproval !== true) return true;
  const { name, generation } = file.incident;
  return approved(file.evidence, { incident: name, generation, targets: decision.targets, diagnosis }, policy, now);
}

const componentsOf = (of: readonly Pick<PlanStep, "component">[]): string => of.map((o) => o.component).join();

/** The plan on record is the one that is asked for when what is left of it are the targets: half a plan stays half a plan. */
function keptPlan({ plan }: Incident, { targets }: Decision): Plan | undefined {
  const left = (plan?.steps ?? []).filter((step) => step.state !== "performed");
  return componentsOf(left) === componentsOf(targets) ? plan : undefined;
}

function planFor(file: CaseFile & { readonly incident: Incident }, { diagnosis, decision, now }: Judgement): Plan {
  const { incident, evidence } = file;
  const kept = keptPlan(incident, decision);
  if (kept !== undefined) return kept;
  const evidenceHash = approvalHash({
    incident: incident.name,
    generation: incident.generation,
    targets: decision.targets,
    diagnosis,
  });
  const steps = decision.targets.map(({ component, namespace, name }): PlanStep => {
    const side = diagnosis.stale.find((s) => s.component === component);
    const stalePods = provenStale(side, workloadOf(evidence, component));
    return { component, namespace, name, state: "reserved", ...(stalePods.length === 0 ? {} : { stalePods }) };
  });
  return { cause: diagnosis.code, reservedAt: now, evidenceHash, steps };
}

/** Reserves the plan and asks for its next step; an effect that is already pending is kept as it is. */
function withRestart(file: CaseFile & { readonly incident: Incident }, judgement: Judgement): Incident {
  const { incident } = file;
  const plan = planFor(file, judgement);
  const next = plan.steps.find((s) => s.state !== "performed");
  if (next === undefined) return { ...incident, plan, phase: "verifying" };
  const steps = plan.steps.map((s) => (s === next ? { ...s, state: "requested" as const } : s));
  const effect = restartEffect(incident, next.component, judgement.now);
  // What another plan asked for is asked for no more.
  const kept = incident.effects.filter((e) => e.kind !== "requestRestart" || e.id === effect.id);
  const pending = kept.some((e) => e.id === effect.id);
  return {
    ...incident,
    phase: "acting",
    plan: { ...plan, steps },
    effects: pending ? kept : [...kept, effect],
  };
}

/** Drops a plan of which nothing was done: what it rested on no longer holds. */
function withoutPlan(incident: Incident): Incident {
  if (incident.plan === undefined || incident.plan.steps.some((s) => s.state === "performed")) return incident;
  const { plan: _dropped, ...rest } = incident;
  return { ...rest, effects: incident.effects.filter((e) => e.kind !== "requestRestart") };
}

const outcome = (result: Outcome["result"], now: Instant, sentence: string): Outcome => ({
  result,
  at: now,
  sentence: cut(sentence),
});

function ended(incident: Incident, decision: Decision, now: Instant): Incident {
  if (decision.code === "Recovered")
    return { ...incident, phase: "recovered", outcome: outcome("recovered", now, decision.sentence) };
  if (decision.code === "Healthy") {
    if (isOver(incident)) return incident;
    return {
      ...withoutPlan(incident),
      phase: "closed",
      outcome: outcome("recoveredWithoutUs", now, decision.sentence),
    };
  }
  return watched(incident);
}

/** An incident that comes back, or whose restart is not allowed, is looked after like any other. */
const watched = (incident: Incident): Incident => ({ ...withoutPlan(incident), phase: "watching" });

/** A plan that was carried out stays followed up: what follows from it may be allowed at the next look. */
const notNow = (incident: Incident): Incident => (incident.phase === "verifying" ? incident : watched(incident));

function escalated(incident: Incident, { code, sentence }: Decision, now: Instant): Incident {
  const failed = code === "NotRecovered" ? { outcome: outcome("notRecovered", now, sentence) } : {};
  // A restart that was asked for and not seen done may still come: it stays asked for.
  const kept = code === "RestartNotPerformed" ? incident : withoutPlan(incident);
  return { ...kept, phase: "escalated", ...failed };
}

/** What is under way goes on while something settles; a guard that says "not now" takes back what was asked for. */
function waits(incident: Incident, { code }: Decision): Incident {
  if (code in guardReasons) return notNow(incident);
  return isOver(incident) || incident.phase === "escalated" ? { ...incident, phase: "watching" } : incident;
}

function byKind(file: CaseFile & { readonly incident: Incident }, judgement: Judgement, acts: boolean): Incident {
  const { incident } = file;
  const { decision, now } = judgement;
  switch (decision.kind) {
    case "restart":
      return acts ? withRestart(file, judgement) : notNow(incident);
    case "none":
      return ended(incident, decision, now);
    case "escalate":
      return escalated(incident, decision, now);
    case "refuse":
      return watched(incident);
    case "wait":
      return waits(incident, decision);
  }
}

/** HPAs that failed with the 504 wording are remembered: their recovery is the proof. */
function withFailedHpas(incident: Incident, evidence: Evidence): Incident {
  const failing = hpaNames(symptomsOf(evidence).timeout);
  const names = [...new Set([...incident.failedHpas, ...failing])];
  return {
    ...incident,
    failedHpas: names.slice(0, most.hpas),
    moreFailedHpas: incident.moreFailedHpas || names.length > most.hpas,
  };
}

/** When waiting for the same kind of thing began: the deadline runs from there. */
function waiting(before: Incident, { decision, now }: Judgement): Pick<Incident, "waitingSince"> {
  const { waitingSince } = before;
  // It still waits for the same thing: the next look must not start the clock anew.
  if (decision.code === "WaitedTooLong") return waitingSince === undefined ? {} : { waitingSince };
  if (decision.kind !== "wait") return {};
  const went = before.decision?.kind === "wait" && !patientWaits.includes(before.decision.code);
  return { waitingSince: went ? (waitingSince ?? now) : now };
}

const recoverySeen = (before: Incident, { decision, now }: Judgement): Pick<Incident, "recoverySeenAt"> =>
  decision.code === "RecoverySeenOnce" ? { recoverySeenAt: before.recoverySeenAt ?? now } : {};

/** When sweep must look again. A person has an escalated incident, yet its cause may heal or the Secret be repaired. */
function due(after: Incident, { decision, now }: Judgement): Pick<Incident, "dueAt"> {
  if (isOver(after)) return {};
  return { dueAt: decision.dueAt ?? now + (after.phase === "escalated" ? minutes(5) : minutes(1)) };
}

function withTimes(before: Incident, after: Incident, judgement: Judgement): Incident {
  const { waitingSince: _ended, recoverySeenAt: _seen, dueAt: _due, ...rest } = after;
  return { ...rest, ...waiting(before, judgement), ...recoverySeen(before, judgement), ...due(after, judgement) };
}

/** How it once ended says nothing about an incident that is open again; that a restart did not help stands while a person has it. */
function withoutOldOutcome(incident: Incident): Incident {
  const stands = incident.phase === "escalated" && incident.outcome?.result === "notRecovered";
  if (isOver(incident) || stands) return incident;
  const { outcome: _old, ...rest } = incident;
  return rest;
}

/** The incident after a judgement: what to write, effects included, in one document. Pure. */
export function evolve(file: CaseFile & { readonly incident: Incident }, judgement: Judgement): Incident {
  const before = file.incident;
  const { diagnosis, decision, now } = judgement;
  const acts = mayRestart(file, judgement);
  const moved = byKind({ ...file, incident: withFailedHpas(before, file.evidence) }, judgement, acts);
  const asked = withEndedPods(withoutOldOutcome(moved), file.evidence, judgement);
  const recorded: Incident = {
    ...withTimes(before, withReport(before, asked, judgement), judgement),
    updatedAt: now,
    cause: causeOf(before, asked, diagnosis),
    diagnosis: {
      code: diagnosis.code,
      sentence: cut(diagnosis.sentence),
      ...(diagnosis.permanentCure === "" ? {} : { permanentCure: cut(diagnosis.permanentCure) }),
    },
    decision: { ...decision, sentence: cut(decision.sentence) },
  };
  return fitted(recorded);
}

/** The incident when its generation is no longer the present one. */
export function superseded(incident: Incident, now: Instant): Incident {
  const { dueAt: _due, waitingSince: _waiting, ...rest } = incident;
  if (isOver(incident)) return incident;
  const type = "dev.kedamedic.incident.closed.v1";
  const closed: PendingEffect = {
    id: `${incident.name}/${type}/Superseded/${now}`,
    kind: "report",
    type,
    createdAt: now,
    attempts: 0,
  };
  return {
    ...rest,
    phase: "closed",
    updatedAt: now,
    // Nothing of it is to be done any more; what people were told, and that it is over, is told to the end.
    effects: [...incident.effects.filter((e) => e.kind === "report"), closed],
    outcome: outcome("recoveredWithoutUs", now, "A newer generation of certificates took its place."),
  };
}

/** Folds a signal in: first and last time by kind. Commutative and idempotent, so order and duplicates do not matter. */
export function withSymptom(incident: Incident, kind: string, at: Instant): Incident {
  const known = incident.symptoms.find((s) => s.kind === kind);
  const next = { kind, first: Math.min(known?.first ?? at, at), last: Math.max(known?.last ?? at, at) };
  const others = incident.symptoms.filter((s) => s.kind !== kind);
  return {
    ...incident,
    symptoms: [...others, next].sort((a, b) => a.kind.localeCompare(b.kind)).slice(0, most.symptoms),
  };
}
