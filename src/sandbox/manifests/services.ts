import { EXTERNAL_METRICS } from "../apiserver/aggregator.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import type { Network } from "../cluster/network.ts";
import { labelsOf, type Names } from "./names.ts";

export function services(names: Names, version: string, network: Network): readonly StoredObject[] {
  const { namespace, operator, metricsApiserver } = names;
  const service = (name: string, port: object, index: number): StoredObject => ({
    metadata: { name, namespace, labels: labelsOf(names, name, version) },
    spec: {
      ports: [port],
      selector: { app: name },
      clusterIP: network.clusterAddress(index),
      clusterIPs: [network.clusterAddress(index)],
      type: "ClusterIP",
    },
    status: { loadBalancer: {} },
  });
  return [
    service(operator, { name: "metricsservice", protocol: "TCP", port: 9666, targetPort: 9666 }, 0),
    service(metricsApiserver, { name: "https", protocol: "TCP", port: 443, targetPort: 6443 }, 1),
  ];
}

/** @param injected whether cainjector is told by annotation to keep the caBundle, as the chart does */
export function apiService(names: Names, version: string, injected: boolean): StoredObject {
  const annotation = { "cert-manager.io/inject-ca-from": `${names.namespace}/keda-operator-tls-certificates` };
  return {
    metadata: {
      name: EXTERNAL_METRICS,
      labels: labelsOf(names, EXTERNAL_METRICS, version),
      ...(injected ? { annotations: annotation } : {}),
    },
    spec: {
      service: { namespace: names.namespace, name: names.metricsApiserver, port: 443 },
      group: "external.metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
    status: { conditions: [] },
  };
}
