import type { Duration, Instant } from "../../../core/instant.ts";
import type { Clock } from "../../../ports/clock.ts";

export interface Alarm {
  /** Ring no later than this. */
  wakeAt(at: Instant): void;
  /** Rings no more. Resolves when what it rang for has ended. */
  stop(): Promise<void>;
}

/** Never more often than twice a second. */
const shortest: Duration = 500;

/** Rings once, at the earliest of the times that it was set to since it rang last. `ring` never rejects. */
export function alarm(clock: Clock, ring: () => Promise<void>): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;
  let stopped = false;
  const ringing = new Set<Promise<void>>();
  const rung = (): void => {
    next = Number.POSITIVE_INFINITY;
    const done = ring().finally(() => ringing.delete(done));
    ringing.add(done);
  };
  return {
    wakeAt(at) {
      if (stopped || at >= next) return;
      next = at;
      clearTimeout(timer);
      timer = setTimeout(rung, Math.max(shortest, at - clock.now()));
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(ringing);
    },
  };
}
