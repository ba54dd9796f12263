import type { Incident } from "./incident.ts";
import { formatInstant } from "./instant.ts";

/** An incident as others may read it: events, CLI and console. Public contract: CONTRACTS.md, schemas/. */
export function incidentRecord(incident: Incident): Readonly<Record<string, unknown>> {
  const {
    name,
    installation,
    generation,
    phase,
    diagnosis,
    decision,
    failedHpas,
    moreFailedHpas,
    outcome,
    plan,
    foundBy,
  } = incident;
  return {
    incident: name,
    installation,
    generation,
    phase,
    openedAt: formatInstant(incident.openedAt),
    foundBy,
    failedHpas,
    moreFailedHpas,
    ...(diagnosis === undefined ? {} : { diagnosis: { code: diagnosis.code, sentence: diagnosis.sentence } }),
    ...(diagnosis?.permanentCure === undefined ? {} : { permanentCure: diagnosis.permanentCure }),
    ...(decision === undefined
      ? {}
      : {
          decision: {
            kind: decision.kind,
            code: decision.code,
            sentence: decision.sentence,
            targets: decision.targets,
          },
        }),
    ...(plan === undefined
      ? {}
      : {
          restarts: plan.steps.map(({ component, namespace, name: target, state }) => ({
            component,
            namespace,
            name: target,
            state,
          })),
        }),
    ...(outcome === undefined
      ? {}
      : { outcome: { result: outcome.result, at: formatInstant(outcome.at), sentence: outcome.sentence } }),
  };
}
