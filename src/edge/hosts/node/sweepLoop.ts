import type { Duration, Instant } from "../../../core/instant.ts";
import { minutes, seconds } from "../../../core/instant.ts";
import { messageOf } from "../../../core/thrown.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { type Alarm, alarm } from "./alarm.ts";

export interface SweepLoopOptions {
  readonly sweep: () => Promise<{ readonly nextDueAt: Instant | undefined }>;
  /** Rhythm while no incident is open. */
  readonly idle: Duration;
  readonly clock: Clock;
  readonly log: Log;
}

/** With an open incident at least once a minute, and at due times. */
const openRhythm = minutes(1);
const afterFailure = seconds(30);

/** A timer for hosts that live long. Serverless hosts are ticked from outside. */
export function sweepLoop({ sweep, idle, clock, log }: SweepLoopOptions): Alarm {
  let sweeping = false;

  const round = async (): Promise<Instant> => {
    try {
      const { nextDueAt } = await sweep();
      const rhythm = clock.now() + (nextDueAt === undefined ? idle : Math.min(idle, openRhythm));
      return Math.min(rhythm, nextDueAt ?? rhythm);
    } catch (error) {
      log.error("sweep failed", { error: messageOf(error) });
      return clock.now() + afterFailure;
    }
  };

  const run = async (): Promise<void> => {
    // Woken in the middle of a sweep: once more after it. A wake-up that is only dropped would stop the loop for good.
    if (sweeping) return timer.wakeAt(clock.now());
    sweeping = true;
    const at = await round();
    sweeping = false;
    timer.wakeAt(at);
  };

  const timer = alarm(clock, run);
  timer.wakeAt(clock.now());
  return timer;
}
