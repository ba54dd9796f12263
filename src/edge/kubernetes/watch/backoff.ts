import type { Duration } from "../../../core/instant.ts";

export interface Backoff {
  /** Pause after the first failure; doubled for each further one. */
  readonly first: Duration;
  readonly longest: Duration;
}

/** As client-go's reflector: quick at first, never more often than twice a minute in the end. */
export const usual: Backoff = { first: 800, longest: 30_000 };
/** For what does not mend itself within seconds: a right or a kind that is missing. */
export const patient: Backoff = { first: 30_000, longest: 600_000 };

/** Jittered by half: clients that were cut off together must not come back together. */
export function pauseAfter(failures: number, { first, longest }: Backoff, random = Math.random): Duration {
  const full = Math.min(longest, first * 2 ** Math.min(failures, 20));
  return full * (0.5 + random() / 2);
}

/** Sleeps until the time is over or the signal says that there is nothing to wait for. Never rejects. */
export const sleepUnless = (length: Duration, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, length);
    signal.addEventListener("abort", done);
  });

/** Waits until it has ended, and no longer than this. Rejects when it rejects in that time. */
export async function atMost(longest: Duration, ending: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  const done = ending.finally(() => ended.abort());
  await Promise.race([done, sleepUnless(longest, ended.signal)]);
}
