import { type Duration, type Instant, seconds } from "../core/instant.ts";
import type { Answer, WakeUp } from "../ports/responder.ts";
import type { Committed } from "./commit.ts";
import { park } from "./park.ts";
import type { Ports, Settings } from "./ports.ts";
import type { KnownNames } from "./relevance.ts";

/** What a process remembers between events. Losing it costs a look, never a decision. */
export interface Memory {
  names?: KnownNames;
  lookedAt?: Instant;
  /** The due time that was left last, and whether the store took it. */
  parked?: { readonly at: Instant; readonly done: Promise<boolean> };
  verifying: boolean;
  traceparent?: string;
  /** A restart was asked for and its report not heard yet: the one report that may come at any time. */
  reportDue: boolean;
  /** Keys of events that are being worked on right now. */
  readonly inHand: Set<string>;
}

export const newMemory = (): Memory => ({ verifying: false, reportDue: false, inHand: new Set() });

export function remember(memory: Memory, { incident, claimed }: Pick<Committed, "incident" | "claimed">): void {
  memory.verifying = incident?.phase === "verifying";
  if (claimed.some((effect) => effect.kind === "requestRestart")) memory.reportDue = true;
  if (incident?.traceparent === undefined) delete memory.traceparent;
  else memory.traceparent = incident.traceparent;
}

/**
 * How long after a look the next one may follow. Due times come close to each other, and restart's report is looked at
 * at once, but one per request: whoever can post ticks and reports must not make us look without end.
 */
function gap({ policy }: Settings, memory: Memory, { signal }: WakeUp): Duration {
  if (signal.kind === "Tick") return seconds(1);
  return signal.kind === "RestartReported" && memory.reportDue ? 0 : policy.coalesce;
}

/** When the next look is allowed; undefined when it is allowed now. */
export function notBefore(settings: Settings, memory: Memory, wakeUp: WakeUp, now: Instant): Instant | undefined {
  if (memory.lookedAt === undefined) return undefined;
  const next = memory.lookedAt + gap(settings, memory, wakeUp);
  return now < next ? next : undefined;
}

/** Leaves a due time for sweep, once per due time however many events ask for it, even at the same moment. */
export async function parkUntil(ports: Ports, settings: Settings, memory: Memory, at: Instant): Promise<Answer> {
  const { parked } = memory;
  if (parked !== undefined && parked.at > ports.clock.now() && parked.at <= at)
    return (await parked.done) ? "taken" : "parkingFailed";
  const mine = { at, done: park(ports, settings, memory.names, at) };
  memory.parked = mine;
  if (await mine.done) {
    settings.onDue?.(at);
    return "taken";
  }
  if (memory.parked === mine) delete memory.parked;
  return "parkingFailed";
}
