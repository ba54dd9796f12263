import { advance } from "../core/evolve.ts";
import { isOver } from "../core/incident.ts";
import { podsToEnd } from "../core/stalePods.ts";
import type { Patched } from "../ports/cluster.ts";
import type { RestartRequest } from "../ports/responder.ts";
import { heldBack } from "./held.ts";
import type { ActingPorts, Settings } from "./ports.ts";
import { type Fresh, lookAfresh, performed, type Report, refused } from "./reserved.ts";

/** Gone, or another Pod of the same name: nothing is left to be ended. */
const isGone = (answer: Patched): boolean =>
  !answer.patched && (answer.reason === "NotFound" || answer.reason === "Conflict");

/** Why no Pod is ended, whatever was proven. */
function objectionTo({ incident, workload }: Fresh, settings: Settings): Report | undefined {
  const held = heldBack(settings);
  if (held !== undefined) return refused("NotAllowed", held);
  if (isOver(incident)) return refused("NotReserved", "The incident is over: its Pods may take their time.");
  if (workload.pausedByPerson !== undefined)
    return refused("PausedByAnnotation", `${workload.name} carries kedamedic.dev/paused: a person said hands off.`);
  return undefined;
}

/**
 * Ends Pods that the plan recorded as proven stale, that are on their way out and whose replacements are Ready
 * (policy `endStalePodsEarly`). What may be ended is decided by a fresh look, never by the request.
 */
export async function endStalePods(ports: ActingPorts, settings: Settings, request: RestartRequest): Promise<Report> {
  if (!settings.policy.endStalePodsEarly || settings.policy.mode === "observe")
    return refused("NotAllowed", "Mode and policy endStalePodsEarly do not allow to end Pods.");
  const fresh = await lookAfresh(ports, settings, request);
  if ("result" in fresh) return fresh;
  const objection = objectionTo(fresh, settings);
  if (objection !== undefined) return objection;
  const { plan } = advance(fresh.incident, fresh.looked.evidence);
  const step = plan?.steps.find((s) => s.component === request.component);
  const pods = podsToEnd(step, fresh.workload, request.generation);
  const { namespace } = fresh.workload;
  for (const { name, uid } of pods) {
    const answer = await ports.writer.endPod({ namespace, name, uid });
    if (!answer.patched && !isGone(answer))
      return refused("PodNotEnded", `Pod ${namespace}/${name} was not ended: ${answer.detail}`);
  }
  if (pods.length === 0)
    return refused("NoStalePods", `No Pod of ${fresh.workload.name} is proven stale and on its way out.`);
  return performed("PodsEnded", `Ended ${pods.map((pod) => `${namespace}/${pod.name}`).join(", ")} with 1 s of grace.`);
}
