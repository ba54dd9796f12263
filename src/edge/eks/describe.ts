import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { messageOf, nameOf } from "../../core/thrown.ts";
import { AccessError } from "../kubernetes/access.ts";

/** What a function must know of a cluster to reach it. */
export interface Found {
  readonly endpoint: string;
  /** PEM. */
  readonly ca: string;
}

function failure(error: unknown, cluster: string, region: string): AccessError {
  const name = nameOf(error);
  const where = `EKS cluster ${cluster} in ${region}`;
  const instead = "or set KEDA_MEDIC_EKS_ENDPOINT and KEDA_MEDIC_EKS_CA";
  if (name === "AccessDeniedException" || name === "AccessDenied")
    return new AccessError("Incomplete", `no permission for eks:DescribeCluster on ${where}: allow it ${instead}`, {
      cause: error,
    });
  if (name === "ResourceNotFoundException")
    return new AccessError("ContextMissing", `there is no ${where}: wrong region, account or name`, { cause: error });
  const words = `eks:DescribeCluster on ${where} failed: ${name || messageOf(error)}; repeat it ${instead}`;
  return new AccessError("Incomplete", words, { cause: error });
}

/** Asks EKS for endpoint and CA, once. Throws {@link AccessError} that names the permission. */
export async function describeCluster(cluster: string, region: string, client?: EKSClient): Promise<Found> {
  const asked = client ?? new EKSClient({ region, maxAttempts: 3 });
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
