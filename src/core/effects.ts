import { workloadOf } from "./casefile.ts";
import type { Decision } from "./decision.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Component, Evidence } from "./evidence.ts";
import { type Incident, isOver, type PendingEffect } from "./incident.ts";
import type { Instant } from "./instant.ts";
import type { Policy } from "./policy.ts";
import { podsToEnd } from "./stalePods.ts";

/** The newest of them: a sink that is away for long must not grow the document, nor push out what is to be done. */
const mostReports = 6;

/** What was judged, and by what: everything that an incident changes by. */
export interface Judgement {
  readonly diagnosis: Diagnosis;
  readonly decision: Decision;
  readonly policy: Policy;
  readonly now: Instant;
}

export const restartEffect = (incident: Incident, component: Component, now: Instant): PendingEffect => ({
  id: `${incident.name}/${component}/restart`,
  kind: "requestRestart",
  type: "dev.kedamedic.restart.requested.v1",
  component,
  createdAt: now,
  attempts: 0,
});

const reportTypes: Readonly<Partial<Record<Decision["kind"], string>>> = {
  restart: "dev.kedamedic.incident.opened.v1",
  refuse: "dev.kedamedic.incident.refused.v1",
  escalate: "dev.kedamedic.incident.escalated.v1",
};

function reportType(decision: Decision): string | undefined {
  if (decision.code === "Recovered") return "dev.kedamedic.incident.recovered.v1";
  if (decision.code === "Healthy") return "dev.kedamedic.incident.closed.v1";
  if (decision.code === "LatentMismatch") return "dev.kedamedic.incident.latent.v1";
  return reportTypes[decision.kind];
}

const newsOf = ({ kind, code }: Pick<Decision, "kind" | "code">): string => `${kind}/${code}`;

/** Whether people know it already: by the last report that still stands, or by one that says the same in other words. */
function isKnown(before: Incident, { decision, policy }: Judgement): boolean {
  if (decision.code === "Healthy" && isOver(before)) return true;
  // A breaker says again what the failed verification has said.
  if (decision.code === "BreakerOpen" && before.told === "escalate/NotRecovered") return true;
  // The second step of a plan is in the first report; where nobody may do it, it is news.
  if (decision.code === "PlanStepTwo" && policy.mode !== "observe") return true;
  const news = newsOf(decision);
  return before.told === news || (before.decision !== undefined && newsOf(before.decision) === news);
}

/** People are told once per change of the decision, not once per look, and not again after a look that told nothing. */
export function withReport(before: Incident, after: Incident, judgement: Judgement): Incident {
  const { decision, now } = judgement;
  const type = reportType(decision);
  if (type === undefined && decision.kind === "none") {
    const { told: _over, ...rest } = after;
    return rest;
  }
  if (type === undefined || isKnown(before, judgement)) return after;
  const id = `${after.name}/${type}/${decision.code}/${now}`;
  const effect: PendingEffect = { id, kind: "report", type, createdAt: now, attempts: 0 };
  const reports = [...after.effects.filter((e) => e.kind === "report"), effect].slice(-mostReports);
  const effects = [...after.effects.filter((e) => e.kind !== "report"), ...reports];
  return { ...after, told: newsOf(decision), effects };
}

const endPodsEffect = (incident: Incident, component: Component, now: Instant): PendingEffect => ({
  id: `${incident.name}/${component}/end-pods`,
  kind: "requestEndPods",
  type: "dev.kedamedic.pods.end-requested.v1",
  component,
  createdAt: now,
  attempts: 0,
});

/** Asks for the end of stale Pods as long as there are any to end; gone by looking is the acknowledgement. */
export function withEndedPods(incident: Incident, evidence: Evidence, { policy, now }: Judgement): Incident {
  // Of an incident that is over nothing is asked for any more; what people are told is told to the end.
  if (isOver(incident)) return { ...incident, effects: incident.effects.filter((e) => e.kind === "report") };
  const others = incident.effects.filter((e) => e.kind !== "requestEndPods");
  const wanted = policy.endStalePodsEarly && policy.mode !== "observe" ? (incident.plan?.steps ?? []) : [];
  const asked = wanted
    .filter((step) => podsToEnd(step, workloadOf(evidence, step.component), incident.generation).length > 0)
    .map(({ component }) => endPodsEffect(incident, component, now))
    .map((effect) => incident.effects.find((e) => e.id === effect.id) ?? effect);
  return { ...incident, effects: [...others, ...asked] };
}
