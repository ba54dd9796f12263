import type { IncomingEvent } from "../../core/event.ts";
import { type Component, components } from "../../core/evidence.ts";
import { unseenGeneration } from "../../core/names.ts";
import type { NotOurs, RestartReport, Signal } from "../../core/signal.ts";
import type { RestartRequest } from "../../ports/responder.ts";
import { notOurs } from "./notOurs.ts";
import { kubeName, textAt } from "./read.ts";

/** Types of our own events. */
export const ownPrefix = "dev.kedamedic.";

const sweepTick = "dev.kedamedic.sweep.tick.v1";
const restartRequested = "dev.kedamedic.restart.requested.v1";
const podsEndRequested = "dev.kedamedic.pods.end-requested.v1";
const results: ReadonlyMap<string, RestartReport["result"]> = new Map([
  ["dev.kedamedic.restart.performed.v1", "performed"],
  ["dev.kedamedic.restart.refused.v1", "refused"],
]);

const generationShape = /^[0-9a-f]{64}$/;
const codeShape = /^[A-Z][A-Za-z0-9]{0,63}$/;
const maxSentence = 1000;

/** What both a request and a report name. */
interface Named {
  readonly component: Component;
  readonly generation: string;
}

function namedIn(data: unknown): Named | undefined {
  const component = components.find((known) => known === textAt(data, "component"));
  const generation = textAt(data, "generation") ?? "";
  const known = generation === unseenGeneration || generationShape.test(generation);
  return component !== undefined && known ? { component, generation } : undefined;
}

function reported(event: IncomingEvent, result: RestartReport["result"]): Signal | NotOurs {
  const incident = kubeName(event.subject);
  const named = namedIn(event.data);
  const code = textAt(event.data, "code") ?? "";
  if (incident === undefined || named === undefined || !codeShape.test(code)) return notOurs("ForeignType");
  const sentence = (textAt(event.data, "sentence") ?? "").slice(0, maxSentence).toWellFormed();
  return { kind: "RestartReported", incident, report: { ...named, result, code, sentence } };
}

/** What an event of our own means: restart's reports and the timer's tick; all others are echoes of what we said. */
export function ownSignal(event: IncomingEvent): Signal | NotOurs {
  if (event.type === sweepTick) return { kind: "Tick" };
  const result = results.get(event.type);
  return result === undefined ? notOurs("OwnWrite") : reported(event, result);
}

/** Why an event is no request to restart: for the log, in one sentence. */
export interface RequestProblem {
  readonly problem: string;
}

/**
 * The request in a `dev.kedamedic.restart.requested.v1` or a `dev.kedamedic.pods.end-requested.v1`. It names an incident
 * to look at again and carries no proof: whoever can post one can make us look, nothing more.
 */
export function toRestartRequest(event: IncomingEvent): RestartRequest | RequestProblem {
  if (event.type !== restartRequested && event.type !== podsEndRequested)
    return { problem: `Only ${restartRequested} and ${podsEndRequested} are taken here.` };
  const incident = kubeName(textAt(event.data, "incident"));
  const named = namedIn(event.data);
  if (incident === undefined) return { problem: "The request names no incident." };
  if (event.subject !== undefined && event.subject !== incident) {
    return { problem: "The request's subject and its incident differ." };
  }
  if (named === undefined) return { problem: "The request names no component and generation." };
  return {
    incident,
    ...named,
    ...(event.type === podsEndRequested && { action: "endStalePods" as const }),
    ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
  };
}
