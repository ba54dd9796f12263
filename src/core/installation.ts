import type { Component } from "./evidence.ts";
import type { Instant } from "./instant.ts";

/** A restart granted to one component for one generation: what budget, cool-down and single flight are counted from. */
export interface Reservation {
  readonly generation: string;
  readonly components: readonly Component[];
  readonly cause: string;
  readonly at: Instant;
}

/** When our restarts for one generation were made, as a Deployment or a Pod of it has shown: whatever becomes of its mark. */
export interface SeenRestarts {
  readonly generation: string;
  readonly operator?: Instant;
  readonly metricsApiserver?: Instant;
}

/** Public certificates of one generation as stored: PEM, leaf first. */
export interface StoredGeneration {
  readonly generation: string;
  readonly leafPem: string;
  readonly caPem: string;
  readonly writtenAt: Instant;
  readonly seenAt: Instant;
  readonly writers: readonly string[];
}

/** One KEDA in one cluster. At most 16 KB as JSON. */
export interface Installation {
  readonly name: string;
  readonly updatedAt: Instant;
  /** When sweep must look although no incident is open. */
  readonly dueAt?: Instant;
  /** Newest first; the present one and the one before it. */
  readonly generations: readonly StoredGeneration[];
  /** When each recent generation was first seen: storm brake. */
  readonly rotations: readonly Instant[];
  readonly reservations: readonly Reservation[];
  /** Of the last three generations that were restarted for, oldest first. Absent: none was seen yet. */
  readonly restarts?: readonly SeenRestarts[];
  /** Generations whose cure failed verification: never again on the same evidence. */
  readonly breaker: readonly string[];
}

export const newInstallation = (name: string, now: Instant): Installation => ({
  name,
  updatedAt: now,
  generations: [],
  rotations: [],
  reservations: [],
  breaker: [],
});
