import { unseen } from "../../src/core/seen.ts";
import { chart, rotator } from "../builders/certificates.ts";

export const noHint = "x509: certificate signed by unknown authority";
export const hint = (why: string, cn: string): string =>
  `${noHint} (possibly because of "${why}" while trying to verify candidate authority certificate "${cn}")`;
export const rsaHint = (cn: string): string => hint("crypto/rsa: verification error", cn);
export const refusedBy = (alert: string): string => `remote error: tls: ${alert}`;
export const expiredAt = (notAfter: string): string =>
  `x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after ${notAfter}`;

export const forbidden = unseen("Forbidden", "get on it is forbidden");
export const timedOut = unseen("Timeout", "no answer within 5 s");
export const unreachable = unseen("Unreachable", "connection refused");
export const withheld = unseen("Withheld", "the Secret was not read, its CertificateRequest was");

export const rsaNow = chart("corpus-rsa-now", { algorithm: "RSA" });
export const rsaBefore = chart("corpus-rsa-before", { algorithm: "RSA" });
export const kedaNow = rotator("corpus-keda-now", { algorithm: "RSA" });
export const kedaBefore = rotator("corpus-keda-before", { algorithm: "RSA" });
