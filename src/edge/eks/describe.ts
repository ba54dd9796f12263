import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { nameOf } from "../../core/thrown.ts";
import { clientSettings } from "../aws/client.ts";
import { failureCode, type Kind, kindOf, sentenceFor } from "../aws/fault.ts";
import { AccessError } from "../kubernetes/access.ts";

/** What a function must know of a cluster to reach it. */
export interface Found {
  readonly endpoint: string;
  /** PEM. */
  readonly ca: string;
}

const codes: Partial<Record<Kind, AccessError["code"]>> = { absent: "ContextMissing", region: "ContextMissing" };

function failure(error: unknown, cluster: string, region: string): AccessError {
  const kind = kindOf(error);
  const call = { action: "eks:DescribeCluster", what: `EKS cluster ${cluster}`, region };
  const sentence = sentenceFor(kind, failureCode(error), call);
  return new AccessError(
    codes[kind] ?? "Incomplete",
    `${sentence}; or set KEDA_MEDIC_EKS_ENDPOINT and KEDA_MEDIC_EKS_CA`,
    {
      cause: error,
    },
  );
}

/** Asks EKS for endpoint and CA, once. Throws {@link AccessError} that names the permission. */
export async function describeCluster(cluster: string, region: string, client?: EKSClient): Promise<Found> {
  const asked = client ?? new EKSClient(clientSettings(region));
  try {
    const { cluster: found } = await asked.send(new DescribeClusterCommand({ name: cluster }));
    const { endpoint, certificateAuthority } = found ?? {};
    if (endpoint === undefined || certificateAuthority?.data === undefined)
      throw new AccessError(
        "Incomplete",
        `EKS cluster ${cluster} has no endpoint yet (it is ${found?.status ?? "unknown"})`,
      );
    return { endpoint, ca: Buffer.from(certificateAuthority.data, "base64").toString("utf8") };
  } catch (error) {
    throw nameOf(error) === "AccessError" ? error : failure(error, cluster, region);
  } finally {
    if (client === undefined) asked.destroy();
  }
}
