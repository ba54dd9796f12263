import type { Diagnosis } from "../core/diagnosis.ts";
import type { Incident } from "../core/incident.ts";
import { telemetry } from "../core/telemetry.ts";
import type { SpanHandle } from "../ports/tracer.ts";
import type { Committed } from "./commit.ts";
import type { Ports } from "./ports.ts";

function setIncident(span: SpanHandle, incident: Incident): void {
  const { attributes } = telemetry;
  span.set(attributes.incident, incident.name);
  span.set(attributes.installation, incident.installation);
  span.set(attributes.generation, incident.generation);
  span.set(attributes.phase, incident.phase);
  span.set(attributes.foundBy, incident.foundBy);
  // A process that meets the incident for the first time has begun the span in the event's trace, or in one of its own.
  span.link(incident.traceparent);
  if (incident.outcome !== undefined) span.set(attributes.outcome, incident.outcome.result);
}

/** What was judged, on the span and in one line of the log. */
export function record(
  ports: Pick<Ports, "log">,
  span: SpanHandle,
  diagnosis: Diagnosis,
  { decision, incident }: Pick<Committed, "decision" | "incident">,
): void {
  const { attributes } = telemetry;
  span.set(attributes.diagnosis, diagnosis.code);
  span.set(attributes.disposition, diagnosis.disposition);
  span.set(attributes.decision, decision.kind);
  span.set(attributes.decisionCode, decision.code);
  span.set(
    attributes.targets,
    decision.targets.map(({ namespace, name }) => `${namespace}/${name}`),
  );
  const failed = diagnosis.checks.filter(({ verdict }) => verdict === "fail").map(({ code }) => code);
  if (failed.length > 0) span.set(attributes.failedChecks, failed);
  if (incident !== undefined) setIncident(span, incident);
  ports.log.info(decision.sentence, {
    diagnosis: diagnosis.code,
    decision: decision.kind,
    code: decision.code,
    incident: incident?.name,
    logged: diagnosis.logged,
    predicted: diagnosis.predicted,
    traceparent: span.traceparent ?? incident?.traceparent,
  });
}
