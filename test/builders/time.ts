import type { Duration, Instant } from "../../src/core/instant.ts";

/** When the evidence of a test was gathered. */
export const NOW: Instant = Date.UTC(2026, 10, 23, 17, 5, 0);
export const ago = (length: Duration): Instant => NOW - length;
