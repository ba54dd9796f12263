import { DerReader, TAG } from "./der.ts";

/** The key types that crypto/x509 knows by name. */
export type KeyKind = "RSA" | "DSA" | "ECDSA" | "Ed25519";

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** The whole element of the OID. */
  readonly name: Buffer;
  /** The whole element; undefined when absent. */
  readonly parameters?: Buffer;
}

export interface SignatureAlgorithm {
  /** Go's name (`SHA256-RSA`), or the OID of one that Go does not implement. */
  readonly name: string;
  /** undefined: Go does not implement it. */
  readonly key?: KeyKind;
  readonly digest?: "md5" | "sha1" | "sha256" | "sha384" | "sha512";
  readonly pss?: true;
}

/** @param der the content of an AlgorithmIdentifier. */
export function readAlgorithm(der: DerReader): AlgorithmIdentifier {
  const name = der.element(TAG.oid, "x509: malformed OID").raw;
  const found = { oid: new DerReader(name).oid("x509: malformed OID"), name };
  return der.empty ? found : { ...found, parameters: der.any("x509: malformed parameters").raw };
}

const SHA1_RSA: SignatureAlgorithm = { name: "SHA1-RSA", key: "RSA", digest: "sha1" };

/** crypto/x509's signatureAlgorithmDetails, without RSA-PSS, whose name depends on its parameters. */
const BY_OID: Readonly<Record<string, SignatureAlgorithm>> = {
  "1.2.840.113549.1.1.4": { name: "MD5-RSA", key: "RSA", digest: "md5" },
  "1.2.840.113549.1.1.5": SHA1_RSA,
  "1.3.14.3.2.29": SHA1_RSA,
  "1.2.840.113549.1.1.11": { name: "SHA256-RSA", key: "RSA", digest: "sha256" },
  "1.2.840.113549.1.1.12": { name: "SHA384-RSA", key: "RSA", digest: "sha384" },
  "1.2.840.113549.1.1.13": { name: "SHA512-RSA", key: "RSA", digest: "sha512" },
  "1.2.840.10040.4.3": { name: "DSA-SHA1", key: "DSA", digest: "sha1" },
  "2.16.840.1.101.3.4.3.2": { name: "DSA-SHA256", key: "DSA", digest: "sha256" },
  "1.2.840.10045.4.1": { name: "ECDSA-SHA1", key: "ECDSA", digest: "sha1" },
  "1.2.840.10045.4.3.2": { name: "ECDSA-SHA256", key: "ECDSA", digest: "sha256" },
  "1.2.840.10045.4.3.3": { name: "ECDSA-SHA384", key: "ECDSA", digest: "sha384" },
  "1.2.840.10045.4.3.4": { name: "ECDSA-SHA512", key: "ECDSA", digest: "sha512" },
};
const ED25519 = "1.3.101.112";
const RSA_PSS = "1.2.840.113549.1.1.10";

export function signatureAlgorithmOf({ oid, parameters }: Omit<AlgorithmIdentifier, "name">): SignatureAlgorithm {
  if (oid === ED25519) return parameters === undefined ? { name: "Ed25519", key: "Ed25519" } : { name: oid };
  if (oid === RSA_PSS) return pssOf(parameters) ?? { name: oid };
  return BY_OID[oid] ?? { name: oid };
}

const MGF1 = "1.2.840.113549.1.1.8";
/** Digests that Go takes for RSA-PSS, each with the salt length that it insists on. */
const PSS_DIGESTS: Readonly<
  Record<string, { readonly digest: "sha256" | "sha384" | "sha512"; readonly salt: bigint }>
> = {
  "2.16.840.1.101.3.4.2.1": { digest: "sha256", salt: 32n },
  "2.16.840.1.101.3.4.2.2": { digest: "sha384", salt: 48n },
  "2.16.840.1.101.3.4.2.3": { digest: "sha512", salt: 64n },
};

/** Caught again: parameters that are none make the algorithm an unknown one. */
const NOT_PSS = "no parameters of RSA-PSS";

/** Go takes RSA-PSS only with one digest throughout, a salt as long as the digest, and the usual trailer. */
function pssOf(parameters: Buffer = Buffer.alloc(0)): SignatureAlgorithm | undefined {
  try {
    return readPss(new DerReader(parameters).inside(TAG.sequence, NOT_PSS));
  } catch {
    return undefined;
  }
}

function readPss(der: DerReader): SignatureAlgorithm | undefined {
  const hash = readAlgorithm(der.inside(0xa0, NOT_PSS).inside(TAG.sequence, NOT_PSS));
  const mask = readAlgorithm(der.inside(0xa1, NOT_PSS).inside(TAG.sequence, NOT_PSS));
  const salt = der.inside(0xa2, NOT_PSS).integer(NOT_PSS);
  const trailer = der.empty ? 1n : der.inside(0xa3, NOT_PSS).integer(NOT_PSS);
  const maskHash = readAlgorithm(new DerReader(mask.parameters ?? Buffer.alloc(0)).inside(TAG.sequence, NOT_PSS));
  const known = PSS_DIGESTS[hash.oid];
  if (known === undefined || salt !== known.salt) return undefined;
  const usual = mask.oid === MGF1 && maskHash.oid === hash.oid && trailer === 1n;
  if (!usual || !isPlain(hash) || !isPlain(maskHash)) return undefined;
  return { name: `${known.digest.toUpperCase()}-RSAPSS`, key: "RSA", digest: known.digest, pss: true };
}

const isPlain = ({ parameters }: AlgorithmIdentifier): boolean => parameters === undefined || isNull(parameters);

/** The encoding of NULL. */
export const isNull = (parameters: Buffer | undefined): boolean => parameters?.toString("hex") === "0500";
