import type { Decision } from "../core/decision.ts";
import type { Incident } from "../core/incident.ts";
import { telemetry } from "../core/telemetry.ts";
import type { Answer, Respond, WakeUp } from "../ports/responder.ts";
import type { SpanHandle } from "../ports/tracer.ts";
import { commit } from "./commit.ts";
import { isTooOld, type Looked, look } from "./look.ts";
import { type Memory, newMemory, notBefore, parkUntil, remember } from "./memory.ts";
import { perform } from "./perform.ts";
import type { Ports, Settings } from "./ports.ts";
import { record } from "./record.ts";
import { isRelevant } from "./relevance.ts";
import { within } from "./within.ts";

/** What one event came to; for the command line, replay and tests. */
export interface Story {
  readonly decision: Decision;
  readonly incident: Incident | undefined;
  readonly looked: Looked;
}

/** Looks again when a look came to nothing. */
const tries = 3;

/** Load, gather, judge, decide, commit, perform: the story of one event, in one span of the incident's trace. */
async function tell(ports: Ports, settings: Settings, wakeUp: WakeUp, memory: Memory): Promise<Story | undefined> {
  const options = {
    parent: memory.traceparent ?? wakeUp.traceparent,
    link: wakeUp.traceparent,
    attributes: { [telemetry.attributes.signal]: wakeUp.signal.kind },
  };
  return ports.tracer.span(telemetry.spans.respond, options, async (span) => {
    let story: Story | undefined;
    for (let i = 0; i < tries; i += 1) {
      const asked = memory.verifying;
      const told = await attempt(ports, settings, { wakeUp, memory, span });
      story = told ?? story;
      // Recovery wants one more question than a first look asks: ask it now rather than at the next due time. By what this
      // look came to, not by what the process knows meanwhile: another answer may have got further.
      if (told !== undefined && (asked || told.incident?.phase !== "verifying")) return told;
    }
    return story;
  });
}

interface Telling {
  readonly wakeUp: WakeUp;
  readonly memory: Memory;
  readonly span: SpanHandle;
}

/** One look and its consequences; undefined when somebody else wrote first, or when looking took too long. */
async function attempt(
  ports: Ports,
  settings: Settings,
  { wakeUp, memory, span }: Telling,
): Promise<Story | undefined> {
  const beganAt = ports.clock.now();
  const knownNamespace = memory.names?.namespace ?? settings.kedaNamespace;
  const part = <T>(name: string, run: () => Promise<T>) => ports.tracer.span(name, { parent: span.traceparent }, run);
  const looking = { settings, verifying: memory.verifying, knownNamespace };
  const looked = await part(telemetry.spans.gather, () => look(ports, looking));
  if (looked.layout !== undefined) memory.names = looked.layout;
  if (isTooOld(ports, beganAt)) return undefined;
  const traceparent = span.traceparent ?? wakeUp.traceparent;
  const waking = { wakeUp, traceparent, beganAt };
  const done = await part(telemetry.spans.commit, () => commit(ports, settings, looked, waking));
  if (done.result === "conflict") {
    span.addEvent(telemetry.spanEvents.conflict);
    return undefined;
  }
  remember(memory, done.committed);
  record(ports, span, looked.diagnosis, done.committed);
  await part(telemetry.spans.perform, () => perform(ports, done.committed));
  const { decision, incident } = done.committed;
  const dueAt = incident === undefined ? decision.dueAt : incident.dueAt;
  if (dueAt !== undefined) settings.onDue?.(dueAt);
  return { decision, incident, looked };
}

const why = { late: "deadline", value: "every look came to nothing" } as const;
/** Nobody waits for a tick's answer: sweep finishes what events had no time for. Milliseconds. */
const tickWithin = 25_000;

async function answer(ports: Ports, settings: Settings, wakeUp: WakeUp, memory: Memory): Promise<Answer> {
  const now = ports.clock.now();
  if (!isRelevant(wakeUp.signal, memory.names)) return "taken";
  const later = notBefore(settings, memory, wakeUp, now);
  if (later !== undefined) return parkUntil(ports, settings, memory, later);
  memory.lookedAt = now;
  if (wakeUp.signal.kind === "RestartReported") memory.reportDue = false;
  const deadline = wakeUp.signal.kind === "Tick" ? tickWithin : settings.answerWithin;
  const told = await within(deadline, tell(ports, settings, wakeUp, memory));
  if (told.result === "value" && told.value !== undefined) return "taken";
  ports.log.warn("not judged in time, parked", { reason: told.result === "failed" ? told.reason : why[told.result] });
  return parkUntil(ports, settings, memory, ports.clock.now() + settings.policy.coalesce);
}

/** An event in, an answer out within `answerWithin`: judged by then, or parked with a due time for sweep. */
export function makeRespond(ports: Ports, settings: Settings): Respond {
  const memory = newMemory();
  return async (wakeUp) => {
    if (memory.inHand.has(wakeUp.key)) return "inProgress";
    memory.inHand.add(wakeUp.key);
    try {
      return await answer(ports, settings, wakeUp, memory);
    } finally {
      memory.inHand.delete(wakeUp.key);
    }
  };
}

/** The same story without coalescing and without a deadline. Throws StoreError when the store fails. */
export const respondNow = (
  ports: Ports,
  settings: Settings,
  wakeUp: WakeUp,
  memory = newMemory(),
): Promise<Story | undefined> => tell(ports, settings, wakeUp, memory);
