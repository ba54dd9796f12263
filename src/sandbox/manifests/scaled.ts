import type { StoredObject } from "../apiserver/objects.ts";
import { owner } from "../cluster/pods.ts";

export interface Scaled {
  readonly namespace: string;
  readonly name: string;
}

const METRIC = "s0-metric-api-value";

/** A ScaledObject that KEDA has taken up. */
export const scaledObject = ({ namespace, name }: Scaled): StoredObject =>
  ({
    metadata: { name, namespace, finalizers: ["finalizer.keda.sh"], labels: { "scaledobject.keda.sh/name": name } },
    spec: {
      maxReplicaCount: 3,
      minReplicaCount: 1,
      scaleTargetRef: { name },
      triggers: [
        {
          metadata: { targetValue: "10", url: "http://10.244.0.3:8090/", valueLocation: "value" },
          type: "metrics-api",
        },
      ],
    },
    status: {
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "ScaledObjectReady",
          message: "ScaledObject is defined correctly and is ready for scaling",
        },
        {
          type: "Active",
          status: "True",
          reason: "ScalerActive",
          message: "Scaling is performed because triggers are active",
        },
        {
          type: "Fallback",
          status: "False",
          reason: "NoFallbackFound",
          message: "No fallbacks are active on this scaled object",
        },
        { type: "Paused", status: "Unknown" },
      ],
      externalMetricNames: [METRIC],
      health: { [METRIC]: { numberOfFailures: 0, status: "Happy" } },
      hpaName: `keda-hpa-${name}`,
      scaleTargetKind: "apps/v1.Deployment",
    },
  }) as StoredObject;

/** The HPA that KEDA makes of it. */
export const hpa = (of: StoredObject): StoredObject => {
  const { name, namespace = "", uid = "" } = of.metadata;
  const matchLabels = { "scaledobject.keda.sh/name": name };
  return {
    metadata: {
      name: `keda-hpa-${name}`,
      namespace,
      labels: {
        "app.kubernetes.io/managed-by": "keda-operator",
        "app.kubernetes.io/name": `keda-hpa-${name}`,
        "app.kubernetes.io/part-of": name,
        "scaledobject.keda.sh/name": name,
      },
      ownerReferences: [owner("ScaledObject", name, uid, "keda.sh/v1alpha1")],
    },
    spec: {
      scaleTargetRef: { kind: "Deployment", name, apiVersion: "apps/v1" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        {
          type: "External",
          external: {
            metric: { name: METRIC, selector: { matchLabels } },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    },
  };
};
