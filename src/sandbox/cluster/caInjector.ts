import { EXTERNAL_METRICS } from "../apiserver/aggregator.ts";
import { field } from "../apiserver/call.ts";
import type { Change } from "../apiserver/objects.ts";
import type { Cluster } from "./cluster.ts";

/** cert-manager's cainjector: the Secret's ca.crt becomes the APIService's caBundle. Returns how to stop it. */
export function injectCa(cluster: Cluster, secretName: string): () => void {
  const inject = (): void => {
    cluster.objects.update("apiservices", { name: EXTERNAL_METRICS }, (apiService) => {
      const secret = cluster.objects.list("secrets").find((candidate) => candidate.metadata.name === secretName);
      return { ...apiService, spec: { ...(apiService.spec as object), caBundle: field(secret, "data", "ca.crt") } };
    });
  };
  const changed = ({ resource, object }: Change): void => {
    if (resource !== "secrets" || object.metadata.name !== secretName) return;
    cluster.time.after(cluster.timing.caInjectionDelay, inject);
  };
  return cluster.objects.onChange(changed);
}
