import { type Seen, sawAt, unseen } from "../../core/seen.ts";
import type { ClusterReader, KubeObject, LogQuery } from "../../ports/cluster.ts";
import type { KubeClient } from "./client.ts";
import { lookUpExternalMetric } from "./externalMetric.ts";
import { list, listWhole, lookUp, missed } from "./look.ts";
import { kubePath } from "./path.ts";
import { lookUpSecret } from "./publicSecret.ts";

/** Everything that looking at a cluster asks of its API server, and nothing more. */
export function clusterReader(client: KubeClient): ClusterReader {
  const core = (namespace: string, ...rest: string[]) => kubePath("api", "v1", "namespaces", namespace, ...rest);
  const apis = (group: string, version: string, ...rest: string[]) => kubePath("apis", group, version, ...rest);
  const inNamespace = (group: string, version: string, namespace: string, ...rest: string[]) =>
    apis(group, version, "namespaces", namespace, ...rest);
  return {
    clusterName: client.access.clusterName,
    apiService: (name) => lookUp(client, apis("apiregistration.k8s.io", "v1", "apiservices", name)),
    service: (namespace, name) => lookUp(client, core(namespace, "services", name)),
    deployments: (namespace) => listWhole(client, inNamespace("apps", "v1", namespace, "deployments")),
    pods: (namespace) => listWhole(client, core(namespace, "pods")),
    secret: (namespace, name) => lookUpSecret(client, namespace, name),
    certificates: (namespace) =>
      certManager(listWhole(client, inNamespace("cert-manager.io", "v1", namespace, "certificates"))),
    certificateRequests: (namespace) =>
      certManager(listWhole(client, inNamespace("cert-manager.io", "v1", namespace, "certificaterequests"))),
    lease: (namespace, name) => lookUp(client, inNamespace("coordination.k8s.io", "v1", namespace, "leases", name)),
    hpas: (limit) =>
      list(client, {
        path: apis("autoscaling", "v2", "horizontalpodautoscalers"),
        labelSelector: "scaledobject.keda.sh/name",
        limit,
      }),
    scaledObjects: (namespace) => listWhole(client, inNamespace("keda.sh", "v1alpha1", namespace, "scaledobjects")),
    logs: (query) => readLog(client, query),
    externalMetric: (namespace, metric, scaledObject) =>
      lookUpExternalMetric(client, { namespace, metric, scaledObject }),
  };
}

async function certManager(listing: Promise<Seen<readonly KubeObject[]>>): Promise<Seen<readonly KubeObject[]>> {
  const listed = await listing;
  return !listed.seen && listed.reason === "NotFound"
    ? unseen("NotFound", "cert-manager is not installed: the API server does not serve cert-manager.io/v1")
    : listed;
}

async function readLog(client: KubeClient, query: LogQuery): Promise<Seen<string>> {
  const { namespace, pod, container, tailLines, limitBytes } = query;
  const answer = await client.request({
    method: "GET",
    path: kubePath("api", "v1", "namespaces", namespace, "pods", pod, "log"),
    query: { container, timestamps: "true", tailLines, limitBytes },
    // kubelet keeps to limitBytes; a little more is no reason to lose the log.
    limitBytes: limitBytes + 64 * 1024,
  });
  if (answer.ok) return sawAt(answer.body.toString("utf8"), answer.at);
  // "container ... is waiting to start": there is no log yet.
  return answer.status === 400 ? unseen("NotFound", answer.detail) : missed(answer);
}
