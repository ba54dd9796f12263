import type { IncomingEvent } from "../../core/event.ts";
import type { Instant } from "../../core/instant.ts";
import type { Signal } from "../../core/signal.ts";
import type { WakeUp } from "../../ports/responder.ts";

/**
 * An event as the flow takes it. Its time is a claim: a future one becomes now, so that nobody can post an event that
 * outlives every later one.
 */
export function toWakeUp(event: IncomingEvent, signal: Signal, now: Instant): WakeUp {
  return {
    signal,
    at: Math.min(event.time ?? now, now),
    key: `${event.source} ${event.id}`,
    traceparent: event.traceparent,
  };
}
