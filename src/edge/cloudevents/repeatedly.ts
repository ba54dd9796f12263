import { setTimeout as delay } from "node:timers/promises";
import type { Duration } from "../../core/instant.ts";

export interface Repetitions {
  /** Attempts after the first. */
  readonly times: number;
  /** Before the first repetition; it doubles, and half of each pause is chance. */
  readonly pause: Duration;
}

/** Attempts until the outcome is not worth another try, or the repetitions are used up: the last outcome. */
export async function repeatedly<T>(
  attempt: () => Promise<T>,
  isRepeatable: (outcome: T) => boolean,
  { times, pause }: Repetitions,
): Promise<T> {
  let outcome = await attempt();
  for (let i = 0; i < times && isRepeatable(outcome); i += 1) {
    const longest = pause * 2 ** i;
    await delay(longest / 2 + (Math.random() * longest) / 2);
    outcome = await attempt();
  }
  return outcome;
}
