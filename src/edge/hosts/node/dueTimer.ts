import type { Instant } from "../../../core/instant.ts";
import { messageOf } from "../../../core/thrown.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";

export interface DueTimerOptions {
  readonly sweep: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sweeps once when something falls due, and not again: for a process that answers events while another one sweeps. */
export function dueTimer({ sweep, clock, log }: DueTimerOptions): {
  wakeAt(at: Instant): void;
  stop(): void;
} {
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;
  let stopped = false;
  const run = (): void => {
    next = Number.POSITIVE_INFINITY;
    sweep().catch((error: unknown) => log.error("sweep failed", { error: messageOf(error) }));
  };
  return {
    wakeAt(at) {
      if (stopped || at >= next) return;
      next = at;
      clearTimeout(timer);
      timer = setTimeout(run, Math.max(500, at - clock.now()));
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
