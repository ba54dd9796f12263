import type { Loose } from "../api/client.ts";
import { scalerSourceUrl } from "./scalerSource.ts";

export const shop = { namespace: "shop", names: ["web", "worker"] } as const;

const deployment = (name: string): Loose => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: shop.namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name, image: "pause:1" }] },
    },
  },
});

const scaledObject = (name: string): Loose => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name, namespace: shop.namespace },
  spec: {
    scaleTargetRef: { name },
    minReplicaCount: 1,
    maxReplicaCount: 3,
    pollingInterval: 30,
    triggers: [{ type: "metrics-api", metadata: { targetValue: "10", url: scalerSourceUrl, valueLocation: "value" } }],
  },
});

/** Something to scale: two Deployments with a ScaledObject each. */
export const workloads: readonly Loose[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: shop.namespace } },
  ...shop.names.map(deployment),
];
export const scaledObjects: readonly Loose[] = shop.names.map(scaledObject);
