import { X509Certificate } from "node:crypto";
import { type Component, components } from "../../../src/core/evidence.ts";
import { directProbe } from "../../../src/edge/tls/probe.ts";
import type { Loose } from "../api/client.ts";
import type { RealWorld } from "../world/realWorld.ts";

/** Ports of hop A and hop B, as their Pods listen. */
const ports: Readonly<Record<Component, number>> = { operator: 9666, "metrics-apiserver": 6443 };

/** Everything that a look of keda-medic reads, in one object, in the form that `keda-medic replay` takes. No key is in it. */
export async function takeSnapshot(world: RealWorld): Promise<Loose> {
  const { names, api } = world;
  const at = new Date().toISOString();
  const keda = (group: string, resource: string): Promise<Loose> =>
    api.get(`${group}/namespaces/${names.namespace}/${resource}`);
  const pods = await keda("/api/v1", "pods");
  return {
    at,
    pods,
    deployments: await keda("/apis/apps/v1", "deployments"),
    replicasets: await keda("/apis/apps/v1", "replicasets"),
    services: await keda("/api/v1", "services"),
    endpointslices: await keda("/apis/discovery.k8s.io/v1", "endpointslices"),
    apiservice: await api.get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"),
    secret: withoutKey(await keda("/api/v1", `secrets/${names.secret}`)),
    leases: await keda("/apis/coordination.k8s.io/v1", "leases"),
    hpas: await api.get("/apis/autoscaling/v2/horizontalpodautoscalers"),
    scaledobjects: await api.get("/apis/keda.sh/v1alpha1/scaledobjects"),
    events: await api.get("/api/v1/events"),
    probes: await probesOf(world),
    logs: Object.fromEntries(
      await Promise.all(
        pods.items.map(async ({ metadata }: Loose) => [metadata.name, await world.logs(metadata.name)]),
      ),
    ),
  };
}

/** The private key is replaced before anything is kept: in `data`, and where kubectl may have copied it. */
export function withoutKey(secret: Loose): Loose {
  const { annotations = {}, ...metadata } = secret.metadata;
  const { "kubectl.kubernetes.io/last-applied-configuration": _copy, ...kept } = annotations;
  return {
    ...secret,
    metadata: { ...metadata, annotations: kept },
    data: { ...secret.data, "tls.key": Buffer.from("REMOVED").toString("base64") },
  };
}

async function probesOf(world: RealWorld): Promise<Loose> {
  const probe = directProbe({ clock: world.clock, connectTimeout: 1000, handshakeTimeout: 2000 });
  const probes: Record<string, Loose> = {};
  for (const component of components)
    for (const { metadata, status } of await world.pods(component)) {
      const { namespace, operator } = world.names;
      const target = { namespace, pod: metadata.name, ip: (status as Loose)?.podIP, port: ports[component] };
      const seen = await probe.probe({ ...target, serverName: `${operator}.${namespace}.svc.cluster.local` });
      if (seen.seen) probes[`${metadata.name}:${ports[component]}`] = { chain: seen.value.chain.map(asPem) };
    }
  return probes;
}

const asPem = (pem: string): string => new X509Certificate(pem).toString();
