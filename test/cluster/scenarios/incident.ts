import type { Rotation } from "../../../src/sandbox/world.ts";
import type { Play } from "./scenario.ts";

/** The incident (keda#5683): renewed with a new key, and half a minute later the operator dies of memory. */
export async function incident({ world, pause, failing }: Play, rotation: Rotation = "selfSignedRekey"): Promise<void> {
  await world.rotateSecret(rotation);
  await pause(30_000);
  await world.oomKill("operator");
  await failing();
}

/** How it ends: the stale metrics-apiserver was restarted, once. */
export const healedOnce = {
  rollouts: { "metrics-apiserver": 1 },
  decided: ["MetricsApiserverStale", "Recovered"],
  healthy: true,
  phase: "recovered",
} as const;
