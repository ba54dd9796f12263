import { workloadOf } from "../core/casefile.ts";
import type { WorkloadFacts } from "../core/evidence.ts";
import { type Incident, isOver, type PlanStep } from "../core/incident.ts";
import { incidentName } from "../core/names.ts";
import type { RestartRequest } from "../ports/responder.ts";
import { isTooOld, type Looked, look } from "./look.ts";
import type { ActingPorts, Settings } from "./ports.ts";

/** What restart did with a request, and why. */
export interface Report {
  readonly result: "performed" | "refused";
  readonly code: string;
  readonly sentence: string;
}

export const refused = (code: string, sentence: string): Report => ({ result: "refused", code, sentence });
export const performed = (code: string, sentence: string): Report => ({ result: "performed", code, sentence });

/** The step of the plan on record that a request names, or why there is none: a request alone proves nothing (I6). */
export function stepOnRecord(incident: Incident | undefined, request: RestartRequest): PlanStep | Report {
  if (incident === undefined)
    return refused(
      "NoSuchIncident",
      `No incident ${request.incident} is on record: an event alone can never cause a restart.`,
    );
  if (incident.generation !== request.generation)
    return refused("OtherGeneration", "The request names another generation of certificates than the incident.");
  const step = incident.plan?.steps.find((s) => s.component === request.component);
  if (step === undefined || step.state === "reserved" || (isOver(incident) && step.state !== "performed"))
    return refused(
      "NotReserved",
      `The incident has no reserved restart of the ${request.component} that is to be done now.`,
    );
  return step;
}

/** A fresh look at what a request is about. */
export interface Fresh {
  readonly looked: Looked;
  readonly incident: Incident;
  readonly step: PlanStep;
  readonly workload: WorkloadFacts;
}

const isReport = (value: PlanStep | Report): value is Report => "result" in value;

/** Both documents are loaded after the cluster was seen, so what another process wrote meanwhile counts. */
export async function lookAfresh(
  ports: ActingPorts,
  settings: Settings,
  request: RestartRequest,
): Promise<Fresh | Report> {
  const beganAt = ports.clock.now();
  const looked = await look(ports, { settings, verifying: false, knownNamespace: settings.kedaNamespace });
  if (isTooOld(ports, beganAt)) return refused("LookTooOld", "Looking took too long to act on what was seen first.");
  const workload = workloadOf(looked.evidence, request.component);
  if (workload === undefined) return refused("CouldNotLook", looked.diagnosis.sentence);
  if (looked.generation !== request.generation)
    return refused("OtherGeneration", "The Secret holds another generation of certificates by now.");
  if (incidentName(looked.loaded.installation.name, looked.generation) !== request.incident)
    return refused("OtherInstallation", "The incident is not about the KEDA that this process looks at.");
  const incident = looked.loaded.incident?.document;
  const step = stepOnRecord(incident, request);
  if (isReport(step) || incident === undefined) return isReport(step) ? step : refused("NoSuchIncident", "It is gone.");
  return { looked, incident, step, workload };
}
