import type { Decision } from "./decision.ts";
import type { Component } from "./evidence.ts";
import type { Instant } from "./instant.ts";

/**
 * - `watching`: open, nothing of ours under way; - `acting`: a plan is reserved, steps are not all done;
 * - `verifying`: all steps done, recovery not yet proved; - `recovered`; - `escalated`: in a person's hands;
 * - `closed`: ended without us.
 */
export type Phase = "watching" | "acting" | "verifying" | "recovered" | "escalated" | "closed";

/** A Pod that was proven stale when a plan was reserved. The UID tells it from another of the same name. */
export interface StalePod {
  readonly name: string;
  readonly uid: string;
}

export interface PlanStep {
  readonly component: Component;
  readonly namespace: string;
  readonly name: string;
  readonly state: "reserved" | "requested" | "performed";
  readonly performedAt?: Instant;
  /** What the evidence proved stale, at most 8: nothing else may be ended early (policy `endStalePodsEarly`). */
  readonly stalePods?: readonly StalePod[];
}

/** One plan of one or two steps, reserved as a whole before its first step. */
export interface Plan {
  readonly cause: string;
  readonly reservedAt: Instant;
  readonly evidenceHash: string;
  readonly steps: readonly PlanStep[];
}

/** Something that the shell must still do; kept until it is acknowledged (outbox). */
export interface PendingEffect {
  /** Deterministic: repeating an effect repeats its id. */
  readonly id: string;
  readonly kind: "requestRestart" | "requestEndPods" | "report";
  /** For `report`: the type of the CloudEvent, e.g. `dev.kedamedic.incident.refused.v1`. */
  readonly type: string;
  readonly component?: Component;
  readonly createdAt: Instant;
  /** Attempts so far and when the last one was made. */
  readonly attempts: number;
  readonly lastAttemptAt?: Instant;
}

export interface Symptom {
  readonly kind: string;
  readonly first: Instant;
  readonly last: Instant;
}

export interface Outcome {
  readonly result: "recovered" | "notRecovered" | "recoveredWithoutUs";
  readonly at: Instant;
  readonly sentence: string;
}

/** One per installation and certificate generation. At most 4 KB as JSON. */
export interface Incident {
  readonly name: string;
  readonly installation: string;
  readonly generation: string;
  readonly phase: Phase;
  readonly openedAt: Instant;
  readonly updatedAt: Instant;
  /** When sweep must look again. */
  readonly dueAt?: Instant;
  /** By signal kind: first and last time, no counter (a counter would cost a write per event). */
  readonly symptoms: readonly Symptom[];
  /** Trace context of the first event: the incident's own. */
  readonly traceparent?: string;
  /** What it is about, in one code: stays when KEDA is healthy again. See `causeOf`. */
  readonly cause?: string;
  readonly diagnosis?: {
    readonly code: string;
    readonly sentence: string;
    /** What ends this kind of incident for good. */
    readonly permanentCure?: string;
  };
  readonly decision?: Decision;
  /** What people were told last, as `kind/code`: while it stands, a wait in between and its end are no news. */
  readonly told?: string;
  /** Since when we wait for the same thing: the deadline runs from here. */
  readonly waitingSince?: Instant;
  readonly plan?: Plan;
  readonly effects: readonly PendingEffect[];
  /** HPAs that failed with the 504 wording, `namespace/name`, at most 20, with `more` beyond that. */
  readonly failedHpas: readonly string[];
  readonly moreFailedHpas: boolean;
  /** When recovery was first seen; it must be seen twice. */
  readonly recoverySeenAt?: Instant;
  readonly outcome?: Outcome;
  /** "Found by sweep, not by event". */
  readonly foundBy: "event" | "sweep";
}

/** Ended, by recovery or without us. An escalated incident is open: its cause may heal, or a person repair the Secret. */
export const isOver = ({ phase }: Incident): boolean => phase === "recovered" || phase === "closed";
