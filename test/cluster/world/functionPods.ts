import type { PodWorker } from "../kubelet/podWorker.ts";
import type { FunctionName } from "../medic/images.ts";
import { medicNamespace } from "../medic/manifests.ts";
import type { RealWorld } from "./realWorld.ts";

/** Pods of one of keda-medic's functions, by their names: labels differ between the harness's manifests and the chart's. */
export async function podsOf({ api, cluster }: RealWorld, name: FunctionName): Promise<readonly PodWorker[]> {
  const pods = await api.list(`/api/v1/namespaces/${medicNamespace}/pods`);
  return pods
    .filter(({ metadata }) => metadata.name.startsWith(`keda-medic-${name}-`))
    .flatMap(({ metadata }) => cluster.kubelet.find(medicNamespace, metadata.name) ?? []);
}
