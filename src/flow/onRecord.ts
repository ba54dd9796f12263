import { withGeneration, withRestarts } from "../core/history.ts";
import type { Installation } from "../core/installation.ts";
import type { Instant } from "../core/instant.ts";
import type { Looked } from "./look.ts";
import type { Settings } from "./ports.ts";

/**
 * The record with what this very look has seen, generation and restarts: the guards count it at once, not at the next
 * look. Whoever decides, decides by it; respond saves it. Unchanged (same object) when nothing is new.
 */
export function withSeen(
  { loaded, material, evidence }: Pick<Looked, "loaded" | "material" | "evidence">,
  { policy }: Pick<Settings, "policy">,
  now: Instant,
): Installation {
  const known = withRestarts(loaded.installation, evidence);
  return material === undefined ? known : withGeneration(known, material, policy, now);
}
