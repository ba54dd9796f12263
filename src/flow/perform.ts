import type { Incident, PendingEffect } from "../core/incident.ts";
import { incidentRecord } from "../core/record.ts";
import type { OutgoingEvent } from "../ports/emitter.ts";
import type { Committed } from "./commit.ts";
import type { Ports } from "./ports.ts";

/** A request names what to look at and carries no proof; a report tells the incident's record. */
function eventOf(incident: Incident, effect: PendingEffect): OutgoingEvent {
  const trace = incident.traceparent === undefined ? {} : { traceparent: incident.traceparent };
  const data =
    effect.kind === "report"
      ? incidentRecord(incident)
      : { incident: incident.name, component: effect.component, generation: incident.generation };
  return { id: effect.id, type: effect.type, subject: incident.name, data, ...trace };
}

/** A told report is done; what was requested is done when the cluster shows it. */
const acknowledged = (effect: PendingEffect, told: ReadonlySet<string>): boolean =>
  effect.kind === "report" && told.has(effect.id);

/**
 * Performs the effects that a commit claimed, then acknowledges them. Every effect may be performed again: ids are
 * deterministic, and a restart is idempotent. What fails stays in the outbox; sweep repeats it.
 */
export async function perform(
  ports: Pick<Ports, "emitter" | "store" | "log">,
  { incident, version, claimed }: Pick<Committed, "incident" | "version" | "claimed">,
): Promise<void> {
  if (incident === undefined || claimed.length === 0) return;
  const told = new Set<string>();
  for (const effect of claimed) {
    if (await ports.emitter.emit(eventOf(incident, effect))) told.add(effect.id);
    else ports.log.warn("effect not delivered, sweep will repeat it", { incident: incident.name, effect: effect.id });
  }
  const effects = incident.effects.filter((e) => !acknowledged(e, told));
  if (effects.length === incident.effects.length) return;
  // Losing this race only means that the report is told again, under the same id.
  await ports.store.saveIncident({ ...incident, effects }, version);
}
