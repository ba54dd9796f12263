import type { Duration, Instant } from "../../../core/instant.ts";
import type { Clock } from "../../../ports/clock.ts";

export interface Alarm {
  /** Ring no later than this. */
  wakeAt(at: Instant): void;
  stop(): void;
}

/** Never more often than twice a second. */
const shortest: Duration = 500;

/** Rings once, at the earliest of the times that it was set to since it rang last. */
export function alarm(clock: Clock, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;
  let stopped = false;
  const rung = (): void => {
    next = Number.POSITIVE_INFINITY;
    ring();
  };
  return {
    wakeAt(at) {
      if (stopped || at >= next) return;
      next = at;
      clearTimeout(timer);
      timer = setTimeout(rung, Math.max(shortest, at - clock.now()));
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
