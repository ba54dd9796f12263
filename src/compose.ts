import { telemetry } from "./core/telemetry.ts";
import { createEmitter, silentEmitter } from "./edge/cloudevents/emit.ts";
import { sinkToken } from "./edge/cloudevents/sinkToken.ts";
import type { Config } from "./edge/config.ts";
import { eksAccess } from "./edge/eks/access.ts";
import { busEmitter } from "./edge/eventbridge/emitter.ts";
import type { ClusterAccess } from "./edge/kubernetes/access.ts";
import { type KubeClient, kubeClient } from "./edge/kubernetes/client.ts";
import { withKubernetesEvents } from "./edge/kubernetes/eventEmitter.ts";
import { eventRecorder } from "./edge/kubernetes/events.ts";
import { inClusterAccess } from "./edge/kubernetes/inCluster.ts";
import { kubeconfigAccess, kubeconfigFiles } from "./edge/kubernetes/kubeconfig.ts";
import { portForwardProbe } from "./edge/kubernetes/portForward.ts";
import { clusterReader } from "./edge/kubernetes/reader.ts";
import { removeClosed } from "./edge/kubernetes/retention.ts";
import { kubernetesStore } from "./edge/kubernetes/store.ts";
import { type TokenReviewer, tokenReviewer } from "./edge/kubernetes/tokenReview.ts";
import { clusterWriter } from "./edge/kubernetes/writer.ts";
import { jsonLog } from "./edge/log/jsonLog.ts";
import { type Redact, redactorOf } from "./edge/log/redact.ts";
import { memoryStore } from "./edge/memory/store.ts";
import { makeTracer } from "./edge/otel/tracer.ts";
import { queueEmitter, requestsTo } from "./edge/sqs/emitter.ts";
import { firstThat } from "./edge/tls/fallback.ts";
import { directProbe } from "./edge/tls/probe.ts";
import type { ActingPorts, Settings } from "./flow/ports.ts";
import type { Clock } from "./ports/clock.ts";
import type { Emitter } from "./ports/emitter.ts";
import type { Log } from "./ports/log.ts";
import type { Probe } from "./ports/probe.ts";
import { type Store, StoreError } from "./ports/store.ts";
import { version } from "./version.ts";

/**
 * What one process does: one ServiceAccount each. `watch` is respond and sweep in one, woken by watches of its own: for
 * clusters without an event source. `all` is for laptops.
 */
export type Role = "respond" | "restart" | "sweep" | "watch" | "all";
export const roles: readonly Role[] = ["respond", "restart", "sweep", "watch", "all"];

export const systemClock: Clock = { now: () => Date.now() };

export interface AccessOptions {
  /** Kubeconfig file; wins over KUBECONFIG and over the Pod's own account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** A login to EKS where one is configured; undefined elsewhere. */
function eksLogin({ aws, cluster: { name } }: Pick<Config, "cluster" | "aws">): Promise<ClusterAccess> | undefined {
  const { region, credentials, eks } = aws ?? {};
  if (region === undefined || credentials === undefined || eks === undefined) return undefined;
  const keys = () => credentials;
  return eksAccess({ ...eks, region, keys, clusterName: name, clock: systemClock });
}

/**
 * An EKS cluster by its configuration, inside a Pod its own account, else a kubeconfig. A kubeconfig that is named by an
 * option wins. Throws AccessError with a sentence.
 */
export function clusterAccess(
  config: Pick<Config, "cluster" | "aws">,
  { kubeconfig, context }: AccessOptions,
): Promise<ClusterAccess> {
  const { apiServer, name, home, kubeconfig: fromEnvironment } = config.cluster;
  const named = name === undefined ? {} : { clusterName: name };
  const login = kubeconfig === undefined && context === undefined ? eksLogin(config) : undefined;
  if (login !== undefined) return login;
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
export const probeFor = (access: ClusterAccess, watch: (direct: Probe) => Probe = (direct) => direct): Probe =>
  firstThat(
    watch(directProbe({ clock: systemClock, connectTimeout: 500, handshakeTimeout: 1000 })),
    portForwardProbe({ access, clock: systemClock }),
  );

export const redactorFor = ({ token, sink }: Pick<Config, "token" | "sink">): Redact =>
  redactorOf([token, sink?.token].filter((secret) => secret !== undefined));

export const logFor = (config: Config, role: Role): Log =>
  jsonLog({
    clock: systemClock,
    write: (line) => process.stdout.write(line),
    redact: redactorFor(config),
    service: "keda-medic",
    role,
    level: config.logLevel,
  });

/** Our events on a bus of AWS, requests to restart perhaps in a queue of their own; undefined where no bus is configured. */
function awsEmitter(config: Config, role: Role, { cluster, log }: { cluster: string; log: Log }): Emitter | undefined {
  const { region, eventBus: bus, restartQueue: queue } = config.aws ?? {};
  if (region === undefined || bus === undefined) return undefined;
  const common = { region, cluster, role, clock: systemClock, log };
  const others = busEmitter({ ...common, bus });
  return queue === undefined ? others : requestsTo(queueEmitter({ ...common, queue }), others);
}

function emitterFor(config: Config, role: Role, { cluster, log }: { cluster: string; log: Log }): Emitter {
  const onAws = awsEmitter(config, role, { cluster, log });
  if (onAws !== undefined) return onAws;
  if (config.sink === undefined) return silentEmitter(log);
  const { url, caCerts, extensions, token, tokenFile: file } = config.sink;
  return createEmitter({
    sink: new URL(url),
    caCerts,
    extensions,
    token: sinkToken({ token, file }, systemClock),
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

/** Whether the Incident CRD is there: one GET of an incident that nobody has. Anything else that is wrong with the store is thrown. */
async function crdInstalled(store: Store): Promise<boolean> {
  try {
    await store.loadIncident("keda-medic");
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "MissingCrd") return false;
    throw error;
  }
}

/** The SDK is loaded only where it is used: on Lambda that is in the unthrottled init. */
async function dynamoFor({ aws, installed }: Config, log: Log): Promise<Store | undefined> {
  const { region, table } = aws ?? {};
  if (region === undefined || table === undefined) return undefined;
  const { dynamoClient, dynamoStore } = await import("./edge/dynamodb/store.ts");
  const client = dynamoClient(region);
  return dynamoStore({ client, table, region, clock: systemClock, keepFor: installed.incidentTtl, log });
}

interface Kept {
  readonly store: Store;
  /** Whether incidents are objects of this cluster, that people can be told about and that somebody must tidy. */
  readonly asObjects: boolean;
}

const elsewhere = (store: Store): Kept => ({ store, asObjects: false });

/** Processes that share no store cannot share incidents: only `all` may fall back to memory, and says so. */
async function storeFor(config: Config, role: Role, { client, log }: { client: KubeClient; log: Log }): Promise<Kept> {
  if (config.store === "memory") return elsewhere(memoryStore());
  const dynamo = config.store === "dynamodb" ? await dynamoFor(config, log) : undefined;
  if (dynamo !== undefined) return elsewhere(dynamo);
  const store = kubernetesStore({ client, namespace: config.namespace, log });
  if (role !== "all" || (await crdInstalled(store))) return { store, asObjects: true };
  log.warn(
    "The Incident CRD is not installed: incidents are kept in memory and are gone when this process ends. Apply infra/kubernetes/crd.yaml to keep them.",
  );
  return elsewhere(memoryStore());
}

export interface Composed {
  readonly ports: ActingPorts;
  readonly client: KubeClient;
  /** Removes what is long over, a little at a time; undefined where the store does it by itself. */
  readonly tidy: (() => Promise<unknown>) | undefined;
}

/** restart tells nobody but respond; the others tell people, too. */
function tellingPeople(config: Config, role: Role, { ports, client }: Omit<Composed, "tidy">): Emitter {
  const { emitter, cluster, log } = ports;
  if (role === "restart" || !config.installed.kubernetesEvents) return emitter;
  const record = eventRecorder({ client, instance: config.instance, log });
  const { namespace, policy } = config;
  return withKubernetesEvents(emitter, { client, cluster, namespace, mode: policy.mode, record });
}

const tidying = (config: Config, { client, log }: { client: KubeClient; log: Log }): Composed["tidy"] =>
  removeClosed({ client, namespace: config.namespace, log, keepFor: config.installed.incidentTtl });

/** Config -> ports: the one place that knows every edge. */
export async function compose(
  config: Config,
  role: Role,
  access: ClusterAccess,
  { watch }: { readonly watch?: (direct: Probe) => Probe } = {},
): Promise<Composed> {
  const log = logFor(config, role);
  const client = kubeClient(access, { clock: systemClock });
  const cluster = clusterReader(client);
  const { store, asObjects } = await storeFor(config, role, { client, log });
  const ports: ActingPorts = {
    clock: systemClock,
    cluster,
    writer: clusterWriter(client),
    probe: probeFor(access, watch),
    store,
    emitter: emitterFor(config, role, { cluster: cluster.clusterName, log }),
    tracer: await tracerFor(config, cluster.clusterName, log),
    log,
  };
  if (!asObjects) return { ports, client, tidy: undefined };
  const emitter = tellingPeople(config, role, { ports, client });
  return { ports: { ...ports, emitter }, client, tidy: tidying(config, { client, log }) };
}

/** Checks callers' own tokens where they are asked for. */
export const callersOf = ({ installed: { callers } }: Config, client: KubeClient): TokenReviewer | undefined =>
  callers === undefined ? undefined : tokenReviewer(client, callers);

/** Design: an event is answered within two seconds; what is left is for the answer itself. */
const answerWithin = 1700;

export const settingsFor = (config: Config, onDue?: (at: number) => void): Settings => ({
  policy: config.policy,
  kedaNamespace: config.kedaNamespace,
  readSecret: config.readSecret,
  answerWithin,
  onDue,
});
