import { readCertificates } from "../../core/certificate/certificate.ts";
import type { ApiServiceFacts, LeaseFacts } from "../../core/evidence.ts";
import type { KubeObject } from "../../ports/cluster.ts";
import { asArray, asInstant, asNumber, asObject, asString, at } from "./json.ts";

function caBundle(apiService: KubeObject): ApiServiceFacts["caBundle"] {
  const read = readCertificates(
    Buffer.from(asString(at(apiService.spec, "caBundle")) ?? "", "base64").toString("utf8"),
  );
  return read.ok ? read.certificates : [];
}

export function readApiService(apiService: KubeObject): ApiServiceFacts {
  const conditions = asArray(at(apiService.status, "conditions")).map(asObject);
  const available = conditions.find((c) => c["type"] === "Available") ?? {};
  const status = available["status"];
  return {
    service: {
      namespace: asString(at(apiService.spec, "service", "namespace")) ?? "",
      name: asString(at(apiService.spec, "service", "name")) ?? "",
    },
    available: status === "True" || status === "False" ? status : "Unknown",
    reason: asString(available["reason"]) ?? "",
    message: (asString(available["message"]) ?? "").slice(0, 300),
    insecureSkipTlsVerify: at(apiService.spec, "insecureSkipTLSVerify") === true,
    caBundle: caBundle(apiService),
  };
}

export function readLease(lease: KubeObject): LeaseFacts {
  const acquiredAt = asInstant(at(lease.spec, "acquireTime"));
  return {
    holder: asString(at(lease.spec, "holderIdentity")) ?? "",
    renewedAt: asInstant(at(lease.spec, "renewTime")) ?? 0,
    durationSeconds: asNumber(at(lease.spec, "leaseDurationSeconds")) ?? 15,
    ...(acquiredAt === undefined ? {} : { acquiredAt }),
  };
}
