import { telemetry } from "./core/telemetry.ts";
import { createEmitter, silentEmitter } from "./edge/cloudevents/emit.ts";
import type { Config } from "./edge/config.ts";
import type { ClusterAccess } from "./edge/kubernetes/access.ts";
import { type KubeClient, kubeClient } from "./edge/kubernetes/client.ts";
import { inClusterAccess } from "./edge/kubernetes/inCluster.ts";
import { kubeconfigAccess, kubeconfigFiles } from "./edge/kubernetes/kubeconfig.ts";
import { portForwardProbe } from "./edge/kubernetes/portForward.ts";
import { clusterReader } from "./edge/kubernetes/reader.ts";
import { kubernetesStore } from "./edge/kubernetes/store.ts";
import { clusterWriter } from "./edge/kubernetes/writer.ts";
import { jsonLog } from "./edge/log/jsonLog.ts";
import { type Redact, redactorOf } from "./edge/log/redact.ts";
import { memoryStore } from "./edge/memory/store.ts";
import { makeTracer } from "./edge/otel/tracer.ts";
import { firstThat } from "./edge/tls/fallback.ts";
import { directProbe } from "./edge/tls/probe.ts";
import type { ActingPorts, Settings } from "./flow/ports.ts";
import type { Clock } from "./ports/clock.ts";
import type { Emitter } from "./ports/emitter.ts";
import type { Log } from "./ports/log.ts";
import type { Probe } from "./ports/probe.ts";
import { type Store, StoreError } from "./ports/store.ts";
import { version } from "./version.ts";

/** What one process does: one ServiceAccount each; `all` is for laptops. */
export type Role = "respond" | "restart" | "sweep" | "all";
export const roles: readonly Role[] = ["respond", "restart", "sweep", "all"];

export const systemClock: Clock = { now: () => Date.now() };

export interface AccessOptions {
  /** Kubeconfig file; wins over KUBECONFIG and over the Pod's own account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** Inside a Pod its own account, else a kubeconfig. Throws AccessError with a sentence. */
export function clusterAccess(
  config: Pick<Config, "cluster">,
  { kubeconfig, context }: AccessOptions,
): Promise<ClusterAccess> {
  const { apiServer, name, home, kubeconfig: fromEnvironment } = config.cluster;
  const named = name === undefined ? {} : { clusterName: name };
  if (kubeconfig === undefined && fromEnvironment === undefined && apiServer !== undefined) {
    return inClusterAccess({
      host: apiServer.host,
      port: String(apiServer.port),
      clusterName: name ?? "in-cluster",
      clock: systemClock,
    });
  }
  const files = kubeconfigFiles(kubeconfig ?? fromEnvironment, home);
  return kubeconfigAccess({ files, clock: systemClock, ...named, ...(context === undefined ? {} : { context }) });
}

/** A Pod that cannot be reached by its IP is probed through the API server, where the caller may. */
export const probeFor = (access: ClusterAccess): Probe =>
  firstThat(
    directProbe({ clock: systemClock, connectTimeout: 500, handshakeTimeout: 1000 }),
    portForwardProbe({ access, clock: systemClock }),
  );

export const redactorFor = (config: Pick<Config, "token">): Redact =>
  redactorOf(config.token === undefined ? [] : [config.token]);

export const logFor = (config: Config, role: Role): Log =>
  jsonLog({
    clock: systemClock,
    write: (line) => process.stdout.write(line),
    redact: redactorFor(config),
    service: "keda-medic",
    role,
    level: config.logLevel,
  });

function emitterFor(config: Config, role: Role, { cluster, log }: { cluster: string; log: Log }): Emitter {
  if (config.sink === undefined) return silentEmitter(log);
  return createEmitter({
    sink: new URL(config.sink.url),
    caCerts: config.sink.caCerts,
    extensions: config.sink.extensions,
    cluster,
    role,
    clock: systemClock,
    log,
  });
}

const tracerFor = (config: Config, cluster: string, log: Log) =>
  makeTracer(
    config.telemetry === undefined
      ? undefined
      : {
          ...config.telemetry,
          serviceVersion: version,
          resource: {
            [telemetry.attributes.cluster]: cluster,
            [telemetry.attributes.serviceInstance]: config.instance,
            ...config.telemetry.resource,
          },
          redact: redactorFor(config),
          onTrouble: ({ sending, detail }) =>
            sending ? log.info("traces are sent again") : log.warn(`traces cannot be sent: ${detail}`),
        },
  );

/** Whether the Incident CRD is there. Anything else that is wrong with the store is thrown. */
async function crdInstalled(store: Store): Promise<boolean> {
  try {
    await store.listIncidents(1);
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "MissingCrd") return false;
    throw error;
  }
}

/** Processes that share no store cannot share incidents: only `all` may fall back to memory, and says so. */
export async function storeFor(
  config: Config,
  role: Role,
  { client, log }: { client: KubeClient; log: Log },
): Promise<Store> {
  if (config.store === "memory") return memoryStore();
  const store = kubernetesStore({ client, namespace: config.namespace, log });
  if (role !== "all" || (await crdInstalled(store))) return store;
  log.warn(
    "The Incident CRD is not installed: incidents are kept in memory and are gone when this process ends. Apply infra/kubernetes/crd.yaml to keep them.",
  );
  return memoryStore();
}

export interface Composed {
  readonly ports: ActingPorts;
  readonly client: KubeClient;
}

/** Config -> ports: the one place that knows every edge. */
export async function compose(config: Config, role: Role, access: ClusterAccess): Promise<Composed> {
  const log = logFor(config, role);
  const client = kubeClient(access, { clock: systemClock });
  const cluster = clusterReader(client);
  const ports: ActingPorts = {
    clock: systemClock,
    cluster,
    writer: clusterWriter(client),
    probe: probeFor(access),
    store: await storeFor(config, role, { client, log }),
    emitter: emitterFor(config, role, { cluster: cluster.clusterName, log }),
    tracer: await tracerFor(config, cluster.clusterName, log),
    log,
  };
  return { ports, client };
}

/** Design: an event is answered within two seconds; what is left is for the answer itself. */
const answerWithin = 1700;

export const settingsFor = (config: Config, onDue?: (at: number) => void): Settings => ({
  policy: config.policy,
  kedaNamespace: config.kedaNamespace,
  readSecret: config.readSecret,
  answerWithin,
  onDue,
});
