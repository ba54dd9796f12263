import type { Component } from "../core/evidence.ts";
import type { Instant } from "../core/instant.ts";
import type { Signal } from "../core/signal.ts";

/** One event, as far as the flow cares: what it means, when, and its trace context. */
export interface WakeUp {
  readonly signal: Signal;
  readonly at: Instant;
  /** CloudEvent source and id: the key for duplicates. */
  readonly key: string;
  readonly traceparent?: string | undefined;
}

/**
 * - `taken`: judged, or parked with a due time; the sender may forget it (204).
 * - `inProgress`: the very same event is being worked on right now (409).
 * - `parkingFailed`: not even parking worked; the sender must repeat it (503).
 */
export type Answer = "taken" | "inProgress" | "parkingFailed";

/** What a sweep is about. `due`: nothing but what has fallen due; costs two reads of the store while nothing has. */
export type Round = "all" | "due";

export type Respond = (wakeUp: WakeUp) => Promise<Answer>;

/** `dev.kedamedic.restart.requested.v1` or `dev.kedamedic.pods.end-requested.v1`: names what to look at, carries no proof. */
export interface RestartRequest {
  /** `endStalePods`: end the Pods that the plan recorded as proven stale, now that others took their place. Default `restart`. */
  readonly action?: "restart" | "endStalePods";
  readonly incident: string;
  readonly component: Component;
  readonly generation: string;
  readonly traceparent?: string | undefined;
}

export type Restart = (request: RestartRequest) => Promise<Answer>;
