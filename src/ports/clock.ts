import type { Instant } from "../core/instant.ts";

/** The one door to time. */
export interface Clock {
  now(): Instant;
}
