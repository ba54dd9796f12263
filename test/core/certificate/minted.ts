import { type Certificate, type Generation, readCertificates } from "../../../src/core/certificate/certificate.ts";
import { type KeyAlgorithm, pooledKey } from "../../../src/sandbox/pki/key.ts";
import { type CertificateRequest, type MintedCertificate, mintCertificate } from "../../../src/sandbox/pki/mint.ts";

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 23, 2, 19, 16);
export const DIALLED = "keda-operator.keda.svc.cluster.local";
export const DATES = { notBefore: NOW - 10 * DAY, notAfter: NOW + 90 * DAY } as const;
export const EXPIRED = { notBefore: NOW - 400 * DAY, notAfter: NOW - DAY } as const;

/** The same name is the same key. ECDSA, because minting must be quick. */
export const key = (name: string, algorithm: KeyAlgorithm = "ECDSA") => pooledKey(algorithm, name);

/** A leaf as KEDA has it, changed as the test says. */
export const mintLeaf = (request: Partial<CertificateRequest> = {}): MintedCertificate =>
  mintCertificate({
    subject: { cn: "keda-operator" },
    key: key("leaf"),
    ca: false,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    dnsNames: [DIALLED],
    ...DATES,
    ...request,
  });

export const mintCa = (request: Partial<CertificateRequest> = {}): MintedCertificate =>
  mintCertificate({
    subject: { cn: "keda-ca" },
    key: key("ca"),
    ca: true,
    keyUsage: ["certSign"],
    ...DATES,
    ...request,
  });

export function readOne(pem: string): Certificate {
  const read = readCertificates(pem);
  if (!read.ok) throw new Error(read.problem);
  const [first] = read.certificates;
  if (first === undefined) throw new Error("no certificate");
  return first;
}

export const read = (minted: MintedCertificate): Certificate => readOne(minted.certificate);

/** What a component holds that loaded this leaf and this CA. */
export const generation = (leaf: MintedCertificate, ...ca: readonly MintedCertificate[]): Generation => ({
  leaf: read(leaf),
  intermediates: [],
  ca: ca.map(read),
});
