import { messageOf } from "../../../core/thrown.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { type Alarm, alarm } from "./alarm.ts";

export interface DueTimerOptions {
  readonly sweep: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sweeps once when something falls due, and not again: for a process that answers events while another one sweeps. */
export const dueTimer = ({ sweep, clock, log }: DueTimerOptions): Alarm =>
  alarm(clock, async () => {
    try {
      await sweep();
    } catch (error) {
      log.error("sweep failed", { error: messageOf(error) });
    }
  });
