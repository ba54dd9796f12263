import type { Condition } from "../../ports/cluster.ts";
import { EXTERNAL_METRICS } from "../apiserver/aggregator.ts";
import { field } from "../apiserver/call.ts";
import { toSecond } from "../stamps.ts";
import type { Cluster } from "./cluster.ts";

/** The aggregator's availability controller: ready endpoints make an APIService available, whatever its caBundle. */
export function watchAvailability(cluster: Cluster): () => void {
  const check = (): void => {
    cluster.objects.update("apiservices", { name: EXTERNAL_METRICS }, (apiService) => {
      const service = field(apiService.spec, "service") as { namespace: string; name: string };
      const condition = available(service, cluster.network.endpoints(service).length > 0);
      const old = field(apiService.status, "conditions", "0") as Condition | undefined;
      const since = old?.status === condition.status ? old.lastTransitionTime : toSecond(cluster.time.now());
      const { type, status, ...words } = condition;
      return { ...apiService, status: { conditions: [{ type, status, lastTransitionTime: since, ...words }] } };
    });
  };
  return cluster.objects.onChange(({ resource }) => {
    if (resource === "pods") cluster.time.after(0, check);
  });
}

const available = ({ namespace, name }: { namespace: string; name: string }, reachable: boolean): Condition =>
  reachable
    ? { type: "Available", status: "True", reason: "Passed", message: "all checks passed" }
    : {
        type: "Available",
        status: "False",
        reason: "MissingEndpoints",
        message: `endpoints for service/${name} in "${namespace}" have no addresses with port name "https"`,
      };
