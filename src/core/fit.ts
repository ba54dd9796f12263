import type { Incident } from "./incident.ts";

/** A store holds 4 KB; the rest is for what is noted down after the judgement: a symptom, an attempt. */
const mostBytes = 3600;

const size = (incident: Incident): number => new TextEncoder().encode(JSON.stringify(incident)).length;

const shorter = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

function shorterDiagnosis(diagnosis: NonNullable<Incident["diagnosis"]>, length: number): Incident["diagnosis"] & {} {
  const { permanentCure } = diagnosis;
  const cure = permanentCure === undefined ? {} : { permanentCure: shorter(permanentCure, length) };
  return { ...diagnosis, sentence: shorter(diagnosis.sentence, length), ...cure };
}

const withSentences =
  (length: number) =>
  (incident: Incident): Incident => {
    const { diagnosis, decision, outcome } = incident;
    return {
      ...incident,
      ...(diagnosis && { diagnosis: shorterDiagnosis(diagnosis, length) }),
      ...(decision && { decision: { ...decision, sentence: shorter(decision.sentence, length) } }),
      ...(outcome && { outcome: { ...outcome, sentence: shorter(outcome.sentence, length) } }),
    };
  };

const withHpas =
  (most: number) =>
  (incident: Incident): Incident => ({
    ...incident,
    failedHpas: incident.failedHpas.slice(0, most),
    moreFailedHpas: incident.moreFailedHpas || incident.failedHpas.length > most,
  });

/** The newest reports; what is to be done is never dropped. */
const withReports =
  (most: number) =>
  (incident: Incident): Incident => {
    const reports = incident.effects.filter((e) => e.kind === "report").slice(-most);
    return { ...incident, effects: incident.effects.filter((e) => e.kind !== "report" || reports.includes(e)) };
  };

function withoutStalePods(incident: Incident): Incident {
  const { plan } = incident;
  if (plan === undefined) return incident;
  const steps = plan.steps.map(({ stalePods: _left, ...step }) => step);
  return { ...incident, plan: { ...plan, steps } };
}

/** What is given up first: names of HPAs beyond a few (recovery needs one), then words, then old reports. */
const cuts: readonly ((incident: Incident) => Incident)[] = [
  withHpas(10),
  withSentences(400),
  withHpas(5),
  withReports(3),
  withSentences(250),
  withHpas(2),
  withReports(1),
  withSentences(120),
  withoutStalePods,
  withHpas(1),
];

/** The same incident in at most 4 KB as JSON, with room for one more note: an incident that cannot be saved is lost. */
export const fitted = (incident: Incident): Incident =>
  cuts.reduce((kept, cut) => (size(kept) <= mostBytes ? kept : cut(kept)), incident);
