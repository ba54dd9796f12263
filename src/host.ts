import { randomUUID } from "node:crypto";
import { type AccessOptions, callersOf, clusterAccess, compose, logFor, type Role, settingsFor } from "./compose.ts";
import { type Instant, seconds } from "./core/instant.ts";
import { codeOf, messageOf } from "./core/thrown.ts";
import { type Config, parseConfig, readEnvironment } from "./edge/config.ts";
import { dueTimer } from "./edge/hosts/node/dueTimer.ts";
import { type Running, serve } from "./edge/hosts/node/server.ts";
import { sweepLoop } from "./edge/hosts/node/sweepLoop.ts";
import type { KubeClient } from "./edge/kubernetes/client.ts";
import { leaderElection } from "./edge/kubernetes/lease.ts";
import { atMost } from "./edge/kubernetes/watch/backoff.ts";
import type { ActingPorts, Settings } from "./flow/ports.ts";
import type { Log } from "./ports/log.ts";
import { makers, type Roles } from "./roles.ts";
import { type Watching, watchKeda } from "./watching.ts";

/** Exit codes of every long-lived process. */
const exitCodes = { ok: 0, usage: 2, couldNotLook: 3 } as const;

export interface HostOptions extends AccessOptions {
  /** Sweep by our own timer; serverless hosts are ticked from outside. */
  readonly ownTimer: boolean;
  /** For tests. */
  readonly watching?: Watching["source"];
}

export interface Hosted {
  readonly port: number;
  close(): Promise<void>;
}

/** What a process does besides answering requests. */
interface Work {
  wakeAt(at: Instant): void;
  stop(): Promise<void>;
}

interface Working {
  readonly config: Config;
  readonly role: Role;
  readonly options: HostOptions;
  readonly ports: ActingPorts;
  readonly client: KubeClient;
  readonly settings: Settings;
  readonly roles: Roles;
}

/** What has begun, a sweep above all, may end within this. What is cut is repeated by the next sweep. */
const longestEnd = seconds(10);

const idle: Work = { wakeAt: () => {}, stop: async () => {} };

/** The timer, and the watches where they are wanted, until they are stopped. */
function sweepAndWatch(working: Working, watch: boolean): Work {
  const { config, ports, client, settings, roles, options } = working;
  const { sweep, handle } = roles;
  if (sweep === undefined) return idle;
  // Who watches need not look as often: what happens is told.
  const rhythm = watch ? 2 * config.sweep : config.sweep;
  const loop = sweepLoop({ sweep, idle: rhythm, clock: ports.clock, log: ports.log });
  const control = new AbortController();
  const source = options.watching === undefined ? {} : { source: options.watching };
  const watching = watch
    ? watchKeda({ ports, settings, client, handle, retry: config.sweep, ...source }, control.signal)
    : undefined;
  return {
    wakeAt: (at) => loop.wakeAt(at),
    stop: async () => {
      control.abort();
      await Promise.all([loop.stop(), watching]);
    },
  };
}

/**
 * Replicas take turns: whoever holds the Lease watches and sweeps, the others answer requests and sweep once when one of
 * these falls due. It saves looks. Nothing depends on it: every act is a compare-and-swap.
 */
function takingTurns(working: Working, watch: boolean): Work {
  const { config, ports, client, roles } = working;
  const due = dueTimer({ sweep: async () => roles.sweep?.(), clock: ports.clock, log: ports.log });
  let term: Work | undefined;
  const ending = new Set<Promise<void>>();
  const end = (work: Work): void => {
    const stopped = work.stop().finally(() => ending.delete(stopped));
    ending.add(stopped);
  };
  const election = leaderElection({
    client,
    namespace: config.namespace,
    name: config.installed.lease,
    identity: `${config.instance}_${randomUUID()}`,
    log: ports.log,
    lead: (signal) => {
      const work = sweepAndWatch(working, watch);
      term = work;
      signal.addEventListener("abort", () => {
        term = undefined;
        end(work);
      });
    },
  });
  return {
    wakeAt: (at) => (term ?? due).wakeAt(at),
    stop: async () => {
      await Promise.all([due.stop(), election.stop()]);
      await Promise.all(ending);
    },
  };
}

function startWork(working: Working): Work {
  const { config, role, options } = working;
  if (!options.ownTimer) return idle;
  const watch = config.installed.watch ?? role === "watch";
  if (role === "watch" && config.store === "kubernetes") return takingTurns(working, watch);
  return sweepAndWatch(working, watch && role === "all");
}

/** A store that cannot be used is said at once, not at the first event; it may be mended while we run. */
async function sayStoreProblem({ store, log }: Pick<ActingPorts, "store" | "log">): Promise<void> {
  try {
    await store.loadInstallation("keda-medic");
  } catch (error) {
    log.error(`incidents cannot be kept: ${messageOf(error)}`, { code: codeOf(error) });
  }
}

/** One role behind HTTP, with its timer where it needs one. Throws AccessError and StoreError with a sentence. */
export async function host(config: Config, role: Role, options: HostOptions): Promise<Hosted> {
  const access = await clusterAccess(config, options);
  const { ports, client, tidy } = await compose(config, role, access);
  let work: Work = idle;
  const settings = settingsFor(config, (at) => work.wakeAt(at));
  const roles = makers[role](ports, settings, tidy);
  if (options.ownTimer) await sayStoreProblem(ports);
  const running: Running = await serve({
    handle: roles.handle,
    host: config.host,
    port: config.port,
    token: config.token,
    authorize: callersOf(config, client),
    log: ports.log,
  });
  work = startWork({ config, role, options, ports, client, settings, roles });
  ports.log.info(`listening on ${config.host ?? "*"}:${running.port}`, {
    role,
    mode: config.policy.mode,
    cluster: access.clusterName,
  });
  return {
    port: running.port,
    close: async () => {
      // The port closes at once: who ends takes nothing new while it finishes what it has begun.
      await Promise.all([running.close(), atMost(longestEnd, work.stop())]);
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
