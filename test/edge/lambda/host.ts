import type { IncomingEvent } from "../../../src/core/event.ts";
import type { Handled } from "../../../src/edge/hosts/intake.ts";
import { type LambdaHandler, type LambdaHost, lambdaHandlerFor } from "../../../src/edge/hosts/lambda/handler.ts";
import { type Logged, remembering } from "../hosts/raw.ts";

export interface TestedHost extends Logged {
  readonly handler: LambdaHandler;
  readonly handled: IncomingEvent[];
  /** How often spans were sent. */
  ended(): number;
}

/** A Lambda host around a handle that remembers; `outcome` says what becomes of an event (default: taken). */
export function lambdaHost(
  outcome: (event: IncomingEvent) => Handled | Promise<Handled> = () => "taken",
  more: Partial<LambdaHost> = {},
): TestedHost {
  const { lines, log } = remembering();
  const handled: IncomingEvent[] = [];
  let ended = 0;
  const handler = lambdaHandlerFor({
    handle: async (event) => {
      handled.push(event);
      return outcome(event);
    },
    sweep: undefined,
    log,
    end: async () => {
      ended += 1;
    },
    ...more,
  });
  return { handler, handled, lines, ended: () => ended };
}
