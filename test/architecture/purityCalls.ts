/**
 * Calls into core that are made while clock, chance and the world outside throw. Each imports what it calls by itself, so
 * that loading happens under the same conditions; only types of core are imported up here. One line per way into core.
 */
import type { Evidence } from "../../src/core/evidence.ts";
import type { Unseen } from "../../src/core/seen.ts";
import { mintKey } from "../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../src/sandbox/pki/mint.ts";

const AT = 1_764_000_000_000;
const nothing: Unseen = { seen: false, reason: "Unreachable", detail: "nobody looked" };

/** Evidence of a cluster that nobody could look at. */
const blind: Evidence = {
  at: AT,
  apiService: nothing,
  layout: nothing,
  material: nothing,
  issuance: nothing,
  operator: nothing,
  metricsApiserver: nothing,
  lease: nothing,
  operatorPresents: {},
  metricsApiserverPresents: {},
  logs: {},
  hpas: nothing,
  scaledObjects: nothing,
  rawMetric: nothing,
  history: [],
};

const { certificate: pem } = mintCertificate({
  subject: { cn: "keda-operator" },
  key: mintKey("ECDSA"),
  dnsNames: ["keda-operator.keda.svc"],
  notBefore: AT - 1000,
  notAfter: AT + 1000,
});

export const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  formatInstant: async () => {
    const { formatInstant } = await import("../../src/core/instant.ts");
    if (formatInstant(AT) !== "2025-11-24T16:00:00Z") throw new Error(formatInstant(AT));
  },
  verifyCertificate: async () => {
    const { readCertificates } = await import("../../src/core/certificate/certificate.ts");
    const { verifyCertificate } = await import("../../src/core/certificate/verify.ts");
    const read = readCertificates(pem);
    if (!read.ok || read.certificates[0] === undefined) throw new Error("the certificate was not read");
    const verified = verifyCertificate(read.certificates[0], read.certificates, {
      now: AT,
      dnsName: "keda-operator.keda.svc",
      usage: "serverAuth",
      intermediates: [],
    });
    if (!verified.ok) throw new Error(verified.text);
  },
  diagnoseAndDecide: async () => {
    const { diagnose } = await import("../../src/core/diagnose.ts");
    const { decide } = await import("../../src/core/decide.ts");
    const { newInstallation } = await import("../../src/core/installation.ts");
    const { defaultPolicy } = await import("../../src/core/policy.ts");
    const file = { installation: newInstallation("prod.keda", AT), incident: undefined, evidence: blind };
    return decide(file, diagnose(blind, defaultPolicy), defaultPolicy, AT);
  },
};
