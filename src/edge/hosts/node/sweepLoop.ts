import type { Duration, Instant } from "../../../core/instant.ts";
import { minutes, seconds } from "../../../core/instant.ts";
import { messageOf } from "../../../core/thrown.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";

export interface SweepLoopOptions {
  readonly sweep: () => Promise<{ readonly nextDueAt: Instant | undefined }>;
  /** Rhythm while no incident is open. */
  readonly idle: Duration;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SweepLoop {
  /** Sweep no later than this. */
  wakeAt(at: Instant): void;
  stop(): void;
}

/** With an open incident at least once a minute, at due times, and never more often than twice a second. */
const openRhythm = minutes(1);
const shortest: Duration = 500;
const afterFailure = seconds(30);

/** A timer for hosts that live long. Serverless hosts are ticked from outside. */
export function sweepLoop({ sweep, idle, clock, log }: SweepLoopOptions): SweepLoop {
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;
  let stopped = false;
  let sweeping = false;

  const arm = (at: Instant): void => {
    if (stopped || at >= next) return;
    next = at;
    clearTimeout(timer);
    timer = setTimeout(run, Math.max(shortest, at - clock.now()));
  };

  const round = async (): Promise<Instant> => {
    try {
      const { nextDueAt } = await sweep();
      const rhythm = clock.now() + (nextDueAt === undefined ? idle : Math.min(idle, openRhythm));
      return Math.min(rhythm, nextDueAt ?? rhythm);
    } catch (error) {
      log.error("sweep failed", {
        error: messageOf(error),
      });
      return clock.now() + afterFailure;
    }
  };

  const run = async (): Promise<void> => {
    next = Number.POSITIVE_INFINITY;
    // Woken in the middle of a sweep: once more after it. A wake-up that is only dropped would stop the loop for good.
    if (sweeping) return arm(clock.now());
    sweeping = true;
    const at = await round();
    sweeping = false;
    arm(at);
  };

  arm(clock.now());
  return {
    wakeAt: arm,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
