import type { Clock } from "../../ports/clock.ts";
import type { ClusterAccess } from "../kubernetes/access.ts";
import type { Found } from "./describe.ts";
import type { Keys } from "./presign.ts";
import { eksTokens } from "./token.ts";

export interface EksSettings {
  /** The one cluster that this process serves. */
  readonly cluster: string;
  readonly region: string;
  readonly keys: () => Keys;
  readonly endpoint?: string | undefined;
  /** PEM. */
  readonly ca?: string | undefined;
  /** Name for people and for the incident's key; default the EKS name. */
  readonly clusterName?: string | undefined;
  readonly clock: Clock;
  /** Default: eks:DescribeCluster, which is loaded only where endpoint or CA are not configured. */
  readonly describe?: (cluster: string, region: string) => Promise<Found>;
}

/** EKS answers every login that it does not take in the same way: with 401 and one word. */
const refusedHint = (cluster: string, region: string): string =>
  `EKS takes no login of this role: its credentials have expired (Lambda gives each new execution environment new ones, elsewhere sign in again), or it has no access entry in cluster ${cluster}, or that is not the cluster in ${region} at this endpoint`;

async function describeLazily(cluster: string, region: string): Promise<Found> {
  const { describeCluster } = await import("./describe.ts");
  return describeCluster(cluster, region);
}

/**
 * Access to an EKS cluster as an AWS role, by tokens that we sign ourselves. What the role may do is said by the
 * cluster's access entry and RBAC. Throws AccessError.
 */
export async function eksAccess(settings: EksSettings): Promise<ClusterAccess> {
  const { cluster, region, keys, clock, describe = describeLazily } = settings;
  const { endpoint, ca } = settings;
  const found =
    endpoint !== undefined && ca !== undefined ? { endpoint, ca } : { ...(await describe(cluster, region)) };
  const tokens = eksTokens({ cluster, region, keys, clock });
  return {
    server: new URL(endpoint ?? found.endpoint),
    clusterName: settings.clusterName ?? cluster,
    ca: ca ?? found.ca,
    insecureSkipTlsVerify: false,
    unauthorizedHint: refusedHint(cluster, region),
    token: async (how) => tokens(how),
  };
}
