import { type KeyAlgorithm, pooledKey } from "../../../src/sandbox/pki/key.ts";
import { type CertificateRequest, type MintedCertificate, mintCertificate } from "../../../src/sandbox/pki/mint.ts";

/** One question to a verifier. Certificates are PEM. */
export interface OracleCase {
  readonly name: string;
  readonly leaf: string;
  readonly pool: readonly string[];
  readonly intermediates?: readonly string[];
  /** Default NOW. */
  readonly now?: number;
  /** Default DIALLED; "" asks for no name. */
  readonly dnsName?: string;
  /** Default serverAuth. */
  readonly usage?: "serverAuth" | "clientAuth";
}

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 23, 2, 19, 16);
export const DIALLED = "keda-operator.keda.svc.cluster.local";
export const DATES = { notBefore: NOW - 10 * DAY, notAfter: NOW + 90 * DAY } as const;

type Some = Partial<CertificateRequest>;

/** Keys are shared by name: the same name is the same key. */
export const key = (name: string, algorithm: KeyAlgorithm = "ECDSA") => pooledKey(algorithm, name);

let serial = 1000;

/** A certificate with KEDA's name and usages that is no CA. */
export const leaf = (request: Some = {}): MintedCertificate =>
  mintCertificate({
    subject: { cn: "keda-operator" },
    key: key("leaf"),
    ca: false,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    dnsNames: [DIALLED],
    serial: serial++,
    ...DATES,
    ...request,
  });

/** A CA that is fit for everything. */
export const ca = (request: Some = {}): MintedCertificate =>
  mintCertificate({
    subject: { cn: "KEDA", o: "KEDAORG" },
    key: key("ca"),
    ca: true,
    keyUsage: ["certSign", "digitalSignature"],
    serial: serial++,
    ...DATES,
    ...request,
  });

/** A question about a leaf shown to a verifier that trusts `pool`. */
export const ask = (
  name: string,
  shown: MintedCertificate,
  pool: readonly MintedCertificate[],
  more: Omit<Partial<OracleCase>, "name" | "leaf" | "pool"> = {},
): OracleCase => ({ name, leaf: shown.certificate, pool: pool.map((one) => one.certificate), ...more });
