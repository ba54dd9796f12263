import type { Loose } from "../api/client.ts";
import { kubernetesService } from "../namespaces/network.ts";

/** A container's environment: kubelet's own variables, then the Pod spec's. Nothing of the harness's leaks in. */
export function environmentOf(pod: Loose, container: Loose, podIP: string): Record<string, string> {
  const entries: [string, string][] = (container.env ?? []).map((variable: Loose) => [
    variable.name,
    // An empty value applied by the server comes back without `value`.
    variable.value ?? fromField(variable.valueFrom?.fieldRef?.fieldPath, pod, podIP),
  ]);
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: kubernetesService.address,
    KUBERNETES_SERVICE_PORT: String(kubernetesService.port),
    ...Object.fromEntries(entries),
  };
}

function fromField(path: string | undefined, pod: Loose, podIP: string): string {
  if (path === "status.podIP") return podIP;
  if (path === "spec.serviceAccountName") return pod.spec.serviceAccountName;
  const name = /^metadata\.(name|namespace|uid)$/.exec(path ?? "")?.[1];
  return name === undefined ? "" : pod.metadata[name];
}
