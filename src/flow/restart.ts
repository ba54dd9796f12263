import type { Decision } from "../core/decision.ts";
import type { WorkloadFacts } from "../core/evidence.ts";
import { advance, mayRestart } from "../core/evolve.ts";
import { shortHash } from "../core/hash.ts";
import { formatInstant } from "../core/instant.ts";
import { telemetry } from "../core/telemetry.ts";
import type { Patched } from "../ports/cluster.ts";
import type { Answer, Restart, RestartRequest } from "../ports/responder.ts";
import { endStalePods } from "./endPods.ts";
import { decideNow, heldBack } from "./held.ts";
import { withSeen } from "./onRecord.ts";
import type { ActingPorts, Settings } from "./ports.ts";
import { lookAfresh, performed, type Report, refused, stepOnRecord } from "./reserved.ts";
import { within } from "./within.ts";

function sameDecision(
  decision: Decision,
  request: RestartRequest,
  allowed: boolean,
  held: string | undefined,
): Report | undefined {
  if (decision.kind !== "restart")
    return refused(decision.code, `Looked again, decided otherwise: ${decision.sentence}`);
  if (decision.targets[0]?.component !== request.component)
    return refused(
      "OtherTarget",
      `Looked again: the restart that is due now is that of the ${decision.targets[0]?.component ?? "nobody"}.`,
    );
  return allowed
    ? undefined
    : refused("NotAllowed", held ?? "The mode or a missing approval does not allow this restart.");
}

const patchCodes: Readonly<Record<Extract<Patched, { patched: false }>["reason"], string>> = {
  Conflict: "DeploymentChanged",
  NotFound: "DeploymentGone",
  Forbidden: "PatchForbidden",
  Unreachable: "ClusterUnreachable",
  Rejected: "PatchRejected",
};

async function patch(ports: ActingPorts, workload: WorkloadFacts, request: RestartRequest): Promise<Report> {
  const at = ports.clock.now();
  const { component, namespace, name, uid, resourceVersion } = workload;
  const patched = await ports.writer.restart({
    component,
    namespace,
    name,
    uid,
    resourceVersion,
    generation: request.generation,
    incident: request.incident,
    at,
  });
  if (patched.patched)
    return performed("Restarted", `Restarted Deployment ${namespace}/${name} at ${formatInstant(at)}.`);
  return refused(patchCodes[patched.reason], `Deployment ${namespace}/${name} was not patched: ${patched.detail}`);
}

/** Gathers and decides again with the same code as respond, and patches only on the same decision. */
async function restartOnFresh(ports: ActingPorts, settings: Settings, request: RestartRequest): Promise<Report> {
  const fresh = await lookAfresh(ports, settings, request);
  if ("result" in fresh) return fresh;
  const { looked, workload } = fresh;
  if (workload.restartedFor === request.generation)
    return performed("AlreadyRestarted", `Deployment ${workload.name} was already restarted for this generation.`);
  // How long it has been asked for is no reason against doing it now.
  const incident = { ...advance(fresh.incident, looked.evidence), effects: [] };
  const now = ports.clock.now();
  const file = { installation: withSeen(looked, settings, now), incident, evidence: looked.evidence };
  const { decision, policy } = decideNow(file, looked.diagnosis, settings, now);
  const allowed = mayRestart(file, { diagnosis: looked.diagnosis, decision, policy, now });
  return sameDecision(decision, request, allowed, heldBack(settings)) ?? patch(ports, workload, request);
}

/** What a request names must be on record: only then it is worth a look at the cluster (I6). */
async function act(ports: ActingPorts, settings: Settings, request: RestartRequest): Promise<Report> {
  const step = stepOnRecord((await ports.store.loadIncident(request.incident))?.document, request);
  if ("result" in step) return step;
  if (request.action === "endStalePods") return endStalePods(ports, settings, request);
  if (step.state === "performed")
    return performed("AlreadyRestarted", `The restart of ${step.name} is on record as done.`);
  const first = await restartOnFresh(ports, settings, request);
  // The Deployment changed between look and patch: look again, once.
  return first.code === patchCodes.Conflict ? restartOnFresh(ports, settings, request) : first;
}

const reportTypes = {
  restart: { performed: "dev.kedamedic.restart.performed.v1", refused: "dev.kedamedic.restart.refused.v1" },
  endStalePods: { performed: "dev.kedamedic.pods.ended.v1", refused: "dev.kedamedic.pods.end-refused.v1" },
} as const;

async function report(ports: ActingPorts, request: RestartRequest, { result, code, sentence }: Report): Promise<void> {
  const { incident, component, generation, traceparent, action = "restart" } = request;
  const data = { incident, component, generation, result, code, sentence };
  const id = `${incident}/${component}/${action}/${code}/${shortHash(`${sentence}${ports.clock.now()}`)}`;
  await ports.emitter.emit({
    id,
    type: reportTypes[action][result],
    subject: incident,
    data,
    ...(traceparent === undefined ? {} : { traceparent }),
  });
}

/** Longest time that a look and a patch may take together, in milliseconds. */
const actWithin = 20_000;

async function take(ports: ActingPorts, settings: Settings, request: RestartRequest): Promise<Answer> {
  const attributes = {
    [telemetry.attributes.component]: request.component,
    [telemetry.attributes.incident]: request.incident,
    [telemetry.attributes.generation]: request.generation,
  };
  return ports.tracer.span(telemetry.spans.restart, { parent: request.traceparent, attributes }, async (span) => {
    const done = await within(actWithin, act(ports, settings, request));
    if (done.result !== "value") {
      const reason = done.result === "failed" ? done.reason : "deadline";
      ports.log.error("restart could not look", { incident: request.incident, reason });
      return "parkingFailed";
    }
    const { result, code, sentence } = done.value;
    span.set(telemetry.attributes.restart, result);
    span.set(telemetry.attributes.restartCode, code);
    const traceparent = span.traceparent ?? request.traceparent;
    ports.log.info(sentence, { incident: request.incident, result, code, traceparent });
    await report(ports, request, done.value);
    return "taken";
  });
}

/** May patch two named Deployments and nothing else. Never throws; a report that gets lost is found by looking. */
export function makeRestart(ports: ActingPorts, settings: Settings): Restart {
  const inHand = new Set<string>();
  return async (request): Promise<Answer> => {
    const key = `${request.incident}/${request.component}/${request.action ?? "restart"}`;
    if (inHand.has(key)) return "inProgress";
    inHand.add(key);
    try {
      return await take(ports, settings, request);
    } finally {
      inHand.delete(key);
    }
  };
}
