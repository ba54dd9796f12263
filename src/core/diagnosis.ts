import type { Component } from "./evidence.ts";
import type { Instant } from "./instant.ts";

/**
 * What a diagnosis means for acting:
 * - `healthy`: nothing to do; - `latent`: works now, breaks at the next restart of one side;
 * - `curable`: broken, and a restart of the named side helps; - `incurable`: broken, and no restart of ours can help;
 * - `inProgress`: something is under way, look again; - `unknown`: contradictory or not enough seen;
 * - `blind`: we could not look at all.
 */
export type Disposition = "healthy" | "latent" | "curable" | "incurable" | "inProgress" | "unknown" | "blind";

/** A side that holds certificates of an earlier generation. */
export interface StaleSide {
  readonly component: Component;
  readonly pods: readonly string[];
}

export interface Verdict {
  readonly code: string;
  readonly sentence: string;
  readonly disposition: Disposition;
  /** Sides to restart, operator first. Empty unless `curable` or `latent`. */
  readonly stale: readonly StaleSide[];
  /** For `inProgress`: when to look again. */
  readonly lookAgainAt?: Instant;
  /** The text that the certificates predict for the logs, and the logged one. */
  readonly predicted?: string;
  readonly logged?: string;
  /** True where only a person may start the operator's restart: nothing proves that the Secret's key fits. */
  readonly needsApproval?: boolean;
}

export type CheckVerdict = "pass" | "fail" | "unknown" | "skipped";

/** One check's answer: a reason code, one sentence, where the rule comes from. */
export interface Finding {
  readonly code: string;
  readonly verdict: CheckVerdict;
  readonly sentence: string;
  readonly source: string;
}

export interface Diagnosis extends Verdict {
  /** Every check that ran, in order; those after the one that stopped are `skipped`. */
  readonly checks: readonly Finding[];
  /** Generation that the diagnosis is about; undefined when the Secret could not be read. */
  readonly generation?: string;
  /** Cure for good, beyond this restart. */
  readonly permanentCure: string;
}
