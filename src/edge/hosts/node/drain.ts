import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Duration } from "../../../core/instant.ts";

/** A server that is to end, and how many requests it is still answering. */
export interface Draining {
  readonly server: Server;
  inFlight(): number;
}

const step = 25;
/** A connection without a request for this long will not be missed. */
const quietAfter = 250;

/**
 * Ends a server as SIGTERM asks for: stops accepting at once, lets requests in flight finish within `grace`, ends idle
 * keep-alive connections, and cuts whatever is left. Resolves when the last connection is closed.
 */
export async function closeGracefully({ server, inFlight }: Draining, grace: Duration): Promise<void> {
  let open = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve())).then(() => {
    open = false;
  });
  let quiet = 0;
  for (let waited = 0; open && waited < grace && quiet < quietAfter; waited += step) {
    server.closeIdleConnections();
    await Promise.race([closed, sleep(step)]);
    quiet = inFlight() === 0 ? quiet + step : 0;
  }
  server.closeAllConnections();
  await closed;
}
