import { type AccessOptions, clusterAccess, compose, logFor, type Role, settingsFor } from "./compose.ts";
import { messageOf } from "./core/thrown.ts";
import { type Config, parseConfig, readEnvironment } from "./edge/config.ts";
import { type Running, serve } from "./edge/hosts/node/server.ts";
import { type SweepLoop, sweepLoop } from "./edge/hosts/node/sweepLoop.ts";
import type { Log } from "./ports/log.ts";
import { makers, type Roles } from "./roles.ts";

/** Exit codes of every long-lived process. */
export const exitCodes = { ok: 0, usage: 2, couldNotLook: 3 } as const;

export interface HostOptions extends AccessOptions {
  /** Sweep by our own timer; serverless hosts are ticked from outside. */
  readonly ownTimer: boolean;
}

export interface Hosted {
  readonly port: number;
  close(): Promise<void>;
}

/** One role behind HTTP, with its timer where it needs one. Throws AccessError and StoreError with a sentence. */
export async function host(config: Config, role: Role, options: HostOptions): Promise<Hosted> {
  const access = await clusterAccess(config, options);
  const { ports, client } = await compose(config, role, access);
  let loop: SweepLoop | undefined;
  const roles: Roles = makers[role](
    ports,
    settingsFor(config, (at) => loop?.wakeAt(at)),
  );
  const running: Running = await serve({
    handle: roles.handle,
    host: config.host,
    port: config.port,
    token: config.token,
    log: ports.log,
    ready: () => true,
  });
  if (options.ownTimer && roles.sweep !== undefined)
    loop = sweepLoop({ sweep: roles.sweep, idle: config.sweep, clock: ports.clock, log: ports.log });
  ports.log.info(`listening on ${config.host}:${running.port}`, {
    role,
    mode: config.policy.mode,
    cluster: access.clusterName,
  });
  return {
    port: running.port,
    close: async () => {
      loop?.stop();
      await running.close();
      await ports.tracer.flush();
      client.close();
    },
  };
}

/** Drains on SIGTERM and SIGINT, then ends the process. */
export function endOnSignal(hosted: Hosted, log: Log): void {
  const end = (signal: string): void => {
    log.info(`${signal}: draining`);
    hosted.close().then(
      () => process.exit(exitCodes.ok),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

/** The whole life of a deployed function: configuration from the environment, one role, graceful end. */
export async function runFunction(role: Exclude<Role, "all">): Promise<void> {
  const parsed = parseConfig(readEnvironment());
  if (!parsed.ok) {
    for (const { variable, problem } of parsed.problems) process.stderr.write(`${variable}: ${problem}\n`);
    process.exit(exitCodes.usage);
  }
  const log = logFor(parsed.config, role);
  try {
    endOnSignal(await host(parsed.config, role, { ownTimer: false }), log);
  } catch (error) {
    log.error(`cannot start: ${messageOf(error)}`);
    process.exit(exitCodes.couldNotLook);
  }
}
