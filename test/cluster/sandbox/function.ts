import { settingsFor } from "../../../src/compose.ts";
import { createEmitter } from "../../../src/edge/cloudevents/emit.ts";
import type { Config } from "../../../src/edge/config.ts";
import { serve } from "../../../src/edge/hosts/node/server.ts";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../../src/edge/kubernetes/kubeconfig.ts";
import { clusterReader } from "../../../src/edge/kubernetes/reader.ts";
import { kubernetesStore } from "../../../src/edge/kubernetes/store.ts";
import { clusterWriter } from "../../../src/edge/kubernetes/writer.ts";
import { jsonLog } from "../../../src/edge/log/jsonLog.ts";
import { redactorOf } from "../../../src/edge/log/redact.ts";
import { noTracer } from "../../../src/edge/otel/tracer.ts";
import { directProbe } from "../../../src/edge/tls/probe.ts";
import type { ActingPorts } from "../../../src/flow/ports.ts";
import type { ClusterWriter } from "../../../src/ports/cluster.ts";
import type { Probe } from "../../../src/ports/probe.ts";
import { makers } from "../../../src/roles.ts";
import type { InProcessWorld } from "../../../src/sandbox/inProcessWorld.ts";
import type { FunctionName } from "../medic/images.ts";
import { type Life, startLife } from "./life.ts";

export interface FunctionOptions {
  readonly world: InProcessWorld;
  readonly name: FunctionName;
  readonly config: Config;
  readonly sink: string;
  readonly onLine: (text: string) => void;
  /** The operator's :9666 is refused to us. */
  readonly probeRefused: boolean;
  /** Runs before a patch is sent. */
  readonly beforePatch: () => Promise<void>;
}

/** One host of one function. */
export interface RunningFunction {
  /** Undefined while it is down. */
  port(): number | undefined;
  /** As SIGKILL; kubelet starts it again. */
  crash(): void;
  close(): Promise<void>;
}

/** Nobody listens on this port. */
const nowhere = { ip: "127.0.0.1", port: 1 } as const;

function probeOf({ world, probeRefused }: FunctionOptions): Probe {
  const direct = directProbe({ clock: world.clock, connectTimeout: 500, handshakeTimeout: 1000 });
  return probeRefused ? { probe: (target) => direct.probe({ ...target, ...nowhere }) } : direct;
}

function writerOf(writer: ClusterWriter, { beforePatch }: FunctionOptions): ClusterWriter {
  return {
    ...writer,
    restart: async (patch) => {
      await beforePatch();
      return writer.restart(patch);
    },
  };
}

async function portsOf(options: FunctionOptions, life: Life) {
  const { world, name, config, sink, onLine } = options;
  const { clock } = world;
  const { path } = await world.kubeconfig(name);
  const access = await kubeconfigAccess({ files: [path], clock, clusterName: config.cluster.name ?? "processes" });
  const client = kubeClient(access, { clock });
  const write = (line: string): void => (life.alive() ? onLine(line) : undefined);
  const log = jsonLog({ clock, write, redact: redactorOf([]), service: "keda-medic", role: name, level: "info" });
  const cluster = clusterReader(client);
  const emitter = createEmitter({
    sink: new URL(sink),
    caCerts: undefined,
    extensions: {},
    cluster: cluster.clusterName,
    role: name,
    clock,
    log,
  });
  const ports: ActingPorts = {
    clock,
    cluster: life.guard(cluster),
    writer: life.guard(writerOf(clusterWriter(client), options)),
    probe: life.guard(probeOf(options)),
    store: life.guard(kubernetesStore({ client, namespace: config.namespace, log })),
    emitter: life.guard(emitter),
    tracer: noTracer,
    log,
  };
  return { ports, client, log };
}

async function startOnce(options: FunctionOptions) {
  const life = startLife();
  const { ports, client, log } = await portsOf(options, life);
  const { handle } = makers[options.name](ports, settingsFor(options.config));
  const running = await serve({ handle, host: "127.0.0.1", port: 0, log });
  const close = async (): Promise<void> => {
    life.end();
    client.close();
    await running.close(0);
  };
  return { port: running.port, close };
}

/** From a container's end to its next start, in world milliseconds. */
const startsAgainAfter = 1500;

/** respond, restart or sweep as `functions/knative` composes them, on the world's clock and with the account's own rights. */
export async function startInProcess(options: FunctionOptions): Promise<RunningFunction> {
  let host: Awaited<ReturnType<typeof startOnce>> | undefined = await startOnce(options);
  let closed = false;
  const startAgain = async (): Promise<void> => {
    const next = await startOnce(options);
    if (closed) await next.close();
    else host = next;
  };
  return {
    port: () => host?.port,
    crash: () => {
      void host?.close();
      host = undefined;
      options.world.clock.after(startsAgainAfter, () => void startAgain());
    },
    close: async () => {
      closed = true;
      await host?.close();
    },
  };
}
