import type { Decision, Target } from "../../core/decision.ts";
import type { Component } from "../../core/evidence.ts";
import type { Incident, Outcome, PendingEffect, Plan, PlanStep, StalePod, Symptom } from "../../core/incident.ts";
import { count, flag, instant, listOf, maybe, oneOf, record, text } from "./shape.ts";

export const component = oneOf<Component>({ operator: true, "metrics-apiserver": true });

const target = record<Target>({ component, namespace: text, name: text });

const decision = record<Decision>({
  kind: oneOf({ none: true, restart: true, wait: true, refuse: true, escalate: true }),
  code: text,
  sentence: text,
  targets: listOf(target),
  dueAt: maybe(instant),
});

const stalePod = record<StalePod>({ name: text, uid: text });

const planStep = record<PlanStep>({
  component,
  namespace: text,
  name: text,
  state: oneOf({ reserved: true, requested: true, performed: true }),
  performedAt: maybe(instant),
  stalePods: maybe(listOf(stalePod)),
});

const plan = record<Plan>({ cause: text, reservedAt: instant, evidenceHash: text, steps: listOf(planStep) });

const effect = record<PendingEffect>({
  id: text,
  kind: oneOf({ requestRestart: true, requestEndPods: true, report: true }),
  type: text,
  component: maybe(component),
  createdAt: instant,
  attempts: count,
  lastAttemptAt: maybe(instant),
});

const symptom = record<Symptom>({ kind: text, first: instant, last: instant });

const outcome = record<Outcome>({
  result: oneOf({ recovered: true, notRecovered: true, recoveredWithoutUs: true }),
  at: instant,
  sentence: text,
});

type Identity = Pick<Incident, "installation" | "generation" | "openedAt">;
type Rest = Omit<Incident, "name" | keyof Identity>;

/** `spec` of an Incident object: what it is about. Its name is the object's. */
export const incidentSpec = record<Identity>({ installation: text, generation: text, openedAt: instant });

/** `status` of an Incident object: everything that changes. */
export const incidentStatus = record<Rest>({
  phase: oneOf({ watching: true, acting: true, verifying: true, recovered: true, escalated: true, closed: true }),
  updatedAt: instant,
  dueAt: maybe(instant),
  symptoms: listOf(symptom),
  traceparent: maybe(text),
  cause: maybe(text),
  told: maybe(text),
  diagnosis: maybe(
    record<NonNullable<Incident["diagnosis"]>>({ code: text, sentence: text, permanentCure: maybe(text) }),
  ),
  decision: maybe(decision),
  waitingSince: maybe(instant),
  plan: maybe(plan),
  effects: listOf(effect),
  failedHpas: listOf(text),
  moreFailedHpas: flag,
  recoverySeenAt: maybe(instant),
  outcome: maybe(outcome),
  foundBy: oneOf({ event: true, sweep: true }),
});
