import type { Diagnosis } from "../core/diagnosis.ts";
import type { SpanHandle } from "../ports/tracer.ts";
import type { Committed } from "./commit.ts";
import type { Ports } from "./ports.ts";

/** What was judged, on the span and in one line of the log. */
export function record(
  ports: Pick<Ports, "log">,
  span: SpanHandle,
  diagnosis: Diagnosis,
  { decision, incident }: Pick<Committed, "decision" | "incident">,
): void {
  span.set("kedamedic.diagnosis.code", diagnosis.code);
  span.set("kedamedic.decision.kind", decision.kind);
  span.set("kedamedic.decision.code", decision.code);
  ports.log.info(decision.sentence, {
    diagnosis: diagnosis.code,
    decision: decision.kind,
    code: decision.code,
    incident: incident?.name,
  });
}
