import type { Instant } from "../../core/instant.ts";

/** RFC 3339 with microseconds, as Leases and Events want their times. */
export const microTime = (at: Instant): string => new Date(at).toISOString().replace("Z", "000Z");
