import { pooledKey } from "./pki/key.ts";
import { mintCertificate } from "./pki/mint.ts";

const DAY = 86_400_000;

/** The API server's own certificate, under a CA that clients are given. Valid by the real clock, which clients use. */
export function servingCertificate(address: string): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  const dates = { notBefore: Date.now() - DAY, notAfter: Date.now() + 30 * DAY };
  const ca = mintCertificate({
    subject: { cn: "kubernetes" },
    key: pooledKey("ECDSA", "sandbox/apiserver-ca"),
    ca: true,
    keyUsage: ["digitalSignature", "certSign"],
    ...dates,
  });
  const leaf = mintCertificate({
    subject: { cn: "kube-apiserver" },
    key: pooledKey("ECDSA", "sandbox/apiserver"),
    issuer: ca,
    ca: false,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: ["serverAuth"],
    dnsNames: ["kubernetes", "kubernetes.default.svc"],
    ipAddresses: [address],
    ...dates,
  });
  return { ca: ca.certificate, cert: leaf.certificate, key: leaf.keyPem };
}
