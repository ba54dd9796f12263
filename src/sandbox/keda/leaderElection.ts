import { randomUUID } from "node:crypto";
import { field, textField } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Environment } from "../cluster/program.ts";
import { toMicro } from "../stamps.ts";
import { klog } from "./klog.ts";

const LEASE = "operator.keda.sh";

/** client-go's leader election over a Lease. It is not released at the end: the next leader waits until it expires. */
export function campaign(cluster: Cluster, environment: Environment, onLeading: () => void): void {
  const { time, log, namespace } = environment;
  const identity = `${environment.podName}_${randomUUID()}`;
  let leading = false;
  log(klog(time.exact(), "I", "leaderelection.go:250", `attempting to acquire leader lease ${namespace}/${LEASE}...`));
  const attempt = (): void => {
    if (!renew(cluster, namespace, identity) || leading) return;
    leading = true;
    log(klog(time.exact(), "I", "leaderelection.go:260", `successfully acquired lease ${namespace}/${LEASE}`));
    onLeading();
  };
  attempt();
  time.every(cluster.timing.leaseRetry, attempt);
}

/** Takes or renews the lease; false while somebody else holds it. */
function renew(cluster: Cluster, namespace: string, identity: string): boolean {
  const lease = cluster.objects.get("leases", { namespace, name: LEASE });
  const now = cluster.time.exact();
  const holder = textField(lease?.spec, "holderIdentity");
  if (holder !== undefined && holder !== identity && !expired(cluster, lease)) return false;
  const mine = holder === identity;
  const transitions = Number(field(lease?.spec, "leaseTransitions") ?? -1);
  const written = cluster.objects.put("leases", {
    ...lease,
    metadata: { ...lease?.metadata, name: LEASE, namespace },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(cluster.timing.leaseDuration / 1000),
      acquireTime: mine ? textField(lease?.spec, "acquireTime") : toMicro(now),
      renewTime: toMicro(now),
      leaseTransitions: mine ? transitions : transitions + 1,
    },
  });
  if (!mine) becameLeader(cluster, written, identity);
  return true;
}

function expired(cluster: Cluster, lease: StoredObject | undefined): boolean {
  const renewed = Date.parse(textField(lease?.spec, "renewTime") ?? "");
  return cluster.time.now() - renewed > cluster.timing.leaseDuration;
}

function becameLeader(cluster: Cluster, lease: StoredObject, identity: string): void {
  const message = `${identity} became leader`;
  cluster.recorder.record("leases", lease, { type: "Normal", reason: "LeaderElection", message, component: identity });
}
