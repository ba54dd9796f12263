import type { Cluster } from "../cluster/cluster.ts";
import type { WorldOptions } from "../worldOptions.ts";
import { deployments } from "./deployments.ts";
import type { Names } from "./names.ts";
import { hpa, type Scaled, scaledObject } from "./scaled.ts";
import { apiService, services } from "./services.ts";

const SHOP: readonly Scaled[] = [
  { namespace: "shop", name: "web" },
  { namespace: "shop", name: "worker" },
];

/** Applies KEDA's manifests, and ScaledObjects with the HPAs that KEDA makes of them. The Secret must be there. */
export function install({ objects, network, timing }: Cluster, names: Names, options: WorldOptions): void {
  const version = options.kedaVersion ?? "2.13.1";
  for (const service of services(names, version, network)) objects.put("services", service);
  objects.put("apiservices", apiService(names, version, options.certManager === true));
  const metricsApiserverReplicas = options.metricsApiservers ?? 2;
  for (const deployment of deployments({ names, version, metricsApiserverReplicas, timing })) {
    objects.put("deployments", deployment);
  }
  for (const scaled of options.scaled ?? SHOP) {
    objects.put("horizontalpodautoscalers", hpa(objects.put("scaledobjects", scaledObject(scaled))));
  }
}
