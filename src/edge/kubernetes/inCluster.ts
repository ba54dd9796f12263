import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import { AccessError, type ClusterAccess } from "./access.ts";
import { readText, tokenFromFile } from "./tokenFile.ts";

/** Where kubelet puts the files of a Pod's service account. */
const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterSettings {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string | undefined;
  /** `KUBERNETES_SERVICE_PORT`; default 443. */
  readonly port?: string | undefined;
  readonly clusterName: string;
  /** Default {@link serviceAccountFolder}. */
  readonly folder?: string;
  readonly clock: Clock;
}

/**
 * Access as the Pod's own service account. Proxies are not used: the API server is inside.
 * Throws {@link AccessError}.
 */
export async function inClusterAccess(settings: InClusterSettings): Promise<ClusterAccess> {
  const { host, port, clusterName, folder = serviceAccountFolder } = settings;
  if (host === undefined || host === "")
    throw new AccessError("NotInCluster", "KUBERNETES_SERVICE_HOST is not set: this is no Pod of a cluster");
  const ca = await readText(join(folder, "ca.crt"), "service account's CA file");
  const namespace = await readText(join(folder, "namespace"), "service account's namespace file").catch(() => "");
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port ?? "443"}`),
    clusterName,
    ...(namespace.trim() === "" ? {} : { namespace: namespace.trim() }),
    ca,
    insecureSkipTlsVerify: false,
    token: tokenFromFile(join(folder, "token"), settings.clock),
  };
}
