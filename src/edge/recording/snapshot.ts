import { type Seen, sawAt, unseen } from "../../core/seen.ts";
import type { ClusterReader, KubeObject, ObjectMeta, PublicSecret } from "../../ports/cluster.ts";
import type { Probe } from "../../ports/probe.ts";

/** One moment of a cluster as recorded: API objects, Pod logs, and what every TLS port presented. */
export interface Snapshot {
  readonly name: string;
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;
const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

const items = (content: Json, key: string): readonly KubeObject[] | undefined => {
  const list = content[key] === undefined ? undefined : object(content[key])["items"];
  return Array.isArray(list) ? (list as readonly KubeObject[]) : undefined;
};

const inNamespace = (namespace: string) => (o: KubeObject) => (o.metadata.namespace ?? namespace) === namespace;
const decoded = (value: unknown): string | undefined =>
  typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined;

/** A recording never holds a private key: whether it fits is withheld, whatever stands in its place. */
function publicSecret(secret: Json): PublicSecret | undefined {
  if (secret["data"] === undefined) return undefined;
  const data = object(secret["data"]);
  const caCrt = decoded(data["ca.crt"]);
  const tlsCrt = decoded(data["tls.crt"]);
  return {
    metadata: secret["metadata"] as ObjectMeta,
    keys: Object.keys(data),
    keyFits: unseen("Withheld", "a recording holds no private key"),
    ...(caCrt === undefined ? {} : { caCrt }),
    ...(tlsCrt === undefined ? {} : { tlsCrt }),
  };
}

/** A recorded moment as the flow sees a cluster. What was not recorded is not seen, and says so. */
export function snapshotReader(snapshot: Snapshot): ClusterReader {
  const { content, at, name } = snapshot;
  const missing = (what: string) => unseen("NotFound", `snapshot ${name} holds no ${what}`);
  /** What was not recorded at all may well have existed. */
  const unrecorded = (what: string) => unseen("Withheld", `snapshot ${name} did not record ${what}`);
  const list = (key: string, namespace?: string): Seen<readonly KubeObject[]> => {
    const all = items(content, key);
    if (all === undefined) return unrecorded(key);
    return sawAt(namespace === undefined ? all : all.filter(inNamespace(namespace)), at);
  };
  const named = (key: string, namespace: string, wanted: string): Seen<KubeObject> => {
    const all = items(content, key);
    if (all === undefined) return unrecorded(key);
    const found = all.filter(inNamespace(namespace)).find((o) => o.metadata.name === wanted);
    return found === undefined ? missing(`${key}/${wanted}`) : sawAt(found, at);
  };
  return {
    clusterName: "recording",
    apiService: async () => {
      const found = content["apiservice"];
      return found === undefined ? missing("APIService") : sawAt(found as KubeObject, at);
    },
    service: async (namespace, wanted) => named("services", namespace, wanted),
    deployments: async (namespace) => list("deployments", namespace),
    pods: async (namespace) => list("pods", namespace),
    secret: async (namespace, wanted) => {
      const secret = object(content["secret"]);
      const metadata = object(secret["metadata"]);
      const found =
        metadata["name"] === wanted && (metadata["namespace"] ?? namespace) === namespace
          ? publicSecret(secret)
          : undefined;
      return found === undefined
        ? unseen("Withheld", `snapshot ${name} withholds the contents of Secret ${namespace}/${wanted}`)
        : sawAt(found, at);
    },
    certificates: async (namespace) => list("certificates", namespace),
    certificateRequests: async (namespace) => list("certificaterequests", namespace),
    lease: async (namespace, wanted) => named("leases", namespace, wanted),
    hpas: async (limit) => {
      const all = list("hpas");
      return all.seen ? sawAt({ items: all.value.slice(0, limit), more: all.value.length > limit }, at) : all;
    },
    scaledObjects: async (namespace) => list("scaledobjects", namespace),
    logs: async ({ pod }) => {
      const text = object(content["logs"])[pod];
      return typeof text === "string" ? sawAt(text, at) : missing(`log of Pod ${pod}`);
    },
    externalMetric: async () => unseen("NotAsked", "a recording answers no requests"),
  };
}

/** The TLS answers of that moment. */
export function snapshotProbe({ content, at, name }: Snapshot): Probe {
  return {
    probe: async ({ pod, port }) => {
      const answer = object(object(content["probes"])[`${pod}:${port}`]);
      const chain = answer["chain"];
      if (Array.isArray(chain)) return sawAt({ chain: chain.filter((pem) => typeof pem === "string") }, at);
      const code = answer["code"] ?? answer["error"];
      return unseen(
        code === undefined ? "NotFound" : "Unreachable",
        code === undefined ? `snapshot ${name} holds no probe of ${pod}:${port}` : `${pod}:${port}: ${String(code)}`,
      );
    },
  };
}
