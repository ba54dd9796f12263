import type { Evidence, Layout } from "../core/evidence.ts";
import { mapSeen, sawAt } from "../core/seen.ts";
import { find, type Objects } from "./find.ts";
import type { Ports } from "./ports.ts";
import { readApiService } from "./read/apiService.ts";
import { readLayout } from "./read/layout.ts";

const apiServiceName = "v1beta1.external.metrics.k8s.io";

/** Who is KEDA here, as far as it can be seen. */
export interface Resolution extends Pick<Evidence, "apiService" | "layout"> {
  /** False: nobody serves external metrics, or somebody in another namespace than the one that we were told. */
  readonly isOurs: boolean;
  /** Undefined where it is not KEDA, or not a KEDA that we know. */
  readonly keda: { readonly layout: Layout; readonly objects: Objects } | undefined;
}

/** From the APIService through Services and Deployments to the Secret; no name is assumed. */
export async function resolve(
  ports: Pick<Ports, "cluster" | "clock">,
  kedaNamespace: string | undefined,
): Promise<Resolution> {
  const apiService = mapSeen(await ports.cluster.apiService(apiServiceName), readApiService);
  if (!apiService.seen) return { apiService, layout: apiService, isOurs: false, keda: undefined };
  const { service } = apiService.value;
  if (kedaNamespace !== undefined && kedaNamespace !== service.namespace) {
    const detail = `External metrics are served by ${service.namespace}/${service.name}, not from namespace ${kedaNamespace}: of several KEDA installations only one can serve. Ask about namespace ${service.namespace}.`;
    const layout = sawAt({ supported: false, code: "OtherNamespace", detail } as const, apiService.at);
    return { apiService, layout, isOurs: false, keda: undefined };
  }
  const found = await find(ports, service);
  if (!found.seen) return { apiService, layout: found, isOurs: true, keda: undefined };
  if ("supported" in found.value)
    return { apiService, layout: sawAt(found.value, found.at), isOurs: true, keda: undefined };
  const read = readLayout(found.value.found);
  const keda = read.supported ? { layout: read.layout, objects: found.value } : undefined;
  return { apiService, layout: sawAt(read, found.at), isOurs: true, keda };
}
