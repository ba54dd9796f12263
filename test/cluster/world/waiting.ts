import { scalingActive } from "../../../src/sandbox/picture.ts";
import type { Play } from "../scenarios/scenario.ts";
import { patchesOf } from "./audit.ts";
import type { Judged } from "./judge.ts";
import { hasTimedOut, isHealthy } from "./picture.ts";

type Waiting = Pick<Play, "decided" | "failing" | "broken" | "healthy" | "patched">;

const patient = 180_000;

/**
 * What a play waits for, on whichever world.
 *
 * @param pace real milliseconds per millisecond of a play
 */
export function waitingIn({ world, witness, requests }: Judged, pace: number): Waiting {
  const until = (what: string, condition: () => boolean | Promise<boolean>, within = patient): Promise<void> =>
    world.until(what, condition, within * pace);
  return {
    decided: (code, within) =>
      until(`keda-medic to decide ${code}`, () => witness.since().some((d) => d.code === code), within),
    failing: (within) => until("an HPA to fail with a 504", async () => (await world.hpas()).some(hasTimedOut), within),
    broken: (within) =>
      until(
        "every HPA to fail",
        async () => (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === "False"),
        within,
      ),
    healthy: (within) => until("KEDA to be healthy", () => isHealthy(world), within),
    patched: (within) => until("keda-medic to patch", async () => patchesOf(await requests()).length > 0, within),
  };
}
