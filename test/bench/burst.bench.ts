import { defaultPolicy } from "../../src/core/policy.ts";
import { decodeEvents } from "../../src/edge/cloudevents/decode.ts";
import { kubeClient } from "../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../src/edge/kubernetes/kubeconfig.ts";
import { clusterReader } from "../../src/edge/kubernetes/reader.ts";
import { clusterWriter } from "../../src/edge/kubernetes/writer.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import { noTracer } from "../../src/edge/otel/tracer.ts";
import { directProbe } from "../../src/edge/tls/probe.ts";
import type { ActingPorts } from "../../src/flow/ports.ts";
import type { Store } from "../../src/ports/store.ts";
import { respondRole } from "../../src/roles.ts";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import type { BenchResult } from "./intake.bench.ts";

/** Counts what reaches the store. */
function counted(store: Store): { store: Store; writes: () => number } {
  let writes = 0;
  const count =
    <A extends readonly unknown[], R>(save: (...args: A) => R) =>
    (...args: A): R => {
      writes += 1;
      return save(...args);
    };
  return {
    store: { ...store, saveIncident: count(store.saveIncident), saveInstallation: count(store.saveInstallation) },
    writes: () => writes,
  };
}

async function portsOf(
  world: InProcessWorld,
  store: Store,
): Promise<{ ports: ActingPorts; requests: () => number; close: () => void }> {
  const clock = { now: () => Date.now() };
  const client = kubeClient(await kubeconfigAccess({ files: [(await world.kubeconfig("respond")).path], clock }), {
    clock,
  });
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const ports = {
    clock,
    cluster: clusterReader(client),
    writer: clusterWriter(client),
    probe: directProbe({ clock }),
    store,
    emitter: { emit: async () => true },
    tracer: noTracer,
    log: quiet,
  };
  return { ports, requests: () => client.stats.requests, close: () => client.close() };
}

const text =
  "unable to get external metric shop/s0/&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: web,},}: unable to fetch metrics from external metrics API: the server was unable to return a response in the time allotted, but may still be processing the request (get s0.external.metrics.k8s.io)";

function failing(i: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      kind: "Event",
      apiVersion: "v1",
      metadata: { name: `keda-hpa-${i}.1`, namespace: "shop", uid: `uid-${i}`, resourceVersion: String(i) },
      involvedObject: {
        kind: "HorizontalPodAutoscaler",
        namespace: "shop",
        name: `keda-hpa-${i}`,
        apiVersion: "autoscaling/v2",
      },
      reason: "FailedGetExternalMetric",
      message: text,
      type: "Warning",
    }),
  );
}

const headers = (i: number) => ({
  "content-type": "application/json",
  "ce-specversion": "1.0",
  "ce-id": `event-${i}`,
  "ce-source": "https://10.0.0.1:443",
  "ce-type": "dev.knative.apiserver.resource.add",
  "ce-kind": "Event",
  "ce-name": `keda-hpa-${i}.1`,
  "ce-namespace": "shop",
});

const heap = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const burst = 10_000;

/** 10,000 failing HPAs at once: writes to the store and the heap before and after. */
export async function burstBench(): Promise<BenchResult> {
  const world = await createWorld({ speed: 1, timing: { hpaPeriod: 1000 } });
  const { store, writes } = counted(memoryStore());
  const { ports, requests, close } = await portsOf(world, store);
  try {
    const { handle } = respondRole(ports, { policy: defaultPolicy, readSecret: true, answerWithin: 1700 });
    const post = async (i: number): Promise<void> => {
      const decoded = decodeEvents(headers(i), failing(i));
      if (!decoded.ok) throw new Error(decoded.sentence);
      for (const event of decoded.events) await handle(event);
    };
    for (let i = 0; i < 200; i += 1) await post(i);
    const before = heap();
    for (let i = 0; i < burst; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => post(1000 + i + k)));
    const after = heap();
    const note = `${writes()} store writes and ${requests()} Kubernetes requests for ${burst + 200} events; heap after GC ${before} -> ${after} bytes`;
    return { name: "burst heap", ratio: after / before, unit: "heap after / before", samples: [writes()], note };
  } finally {
    close();
    await world.close();
  }
}
