import { sha256 } from "./cryptography.ts";
import { Unreadable } from "./der.ts";
import { memo } from "./memo.ts";
import { type ParsedCertificate, parseCertificate } from "./parsed.ts";
import { pemBlocks } from "./pem.ts";

/** One X.509 certificate as Go reads it: plain text and numbers, nothing secret. */
export interface Certificate {
  /** This certificate alone, as normalised PEM. */
  readonly pem: string;
  /** SHA-256 of the DER, lower-case hex, no colons. */
  readonly fingerprint: string;
  /** Raw DER of the Name, hex: compare these, as Go does. */
  readonly subject: string;
  /** Raw DER of the Name, hex. */
  readonly issuer: string;
  /** Subject CN, else first Organization, else `serial:<decimal>`: how Go names it in hints. */
  readonly displayName: string;
  /** Decimal. */
  readonly serialNumber: string;
  /** SHA-256 of the SubjectPublicKeyInfo's DER, hex. */
  readonly publicKey: string;
  readonly keyAlgorithm: "RSA" | "RSA-PSS" | "ECDSA" | "Ed25519" | "unknown";
  /** Go's name (`SHA256-RSA`, `ECDSA-SHA256`), or the OID of one that Go does not implement. */
  readonly signatureAlgorithm: string;
  /** 1 or 3 (2 exists on paper). */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** Epoch milliseconds. */
  readonly notAfter: number;
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  /** `digitalSignature`, `certSign`, ...; undefined: the extension is absent. */
  readonly keyUsage?: readonly string[];
  /** `serverAuth`, `clientAuth`, `any`, or OIDs; undefined: the extension is absent. */
  readonly extendedKeyUsage?: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Raw value of the extension, hex; "" when absent. */
  readonly subjectAltName: string;
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
  /** OIDs of critical extensions that Go does not handle. */
  readonly unhandledCriticalExtensions: readonly string[];
}

/** What a component loads at one time: its leaf, what it sends along, and whom it trusts. */
export interface Generation {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly ca: readonly Certificate[];
}

export type CertificatesRead =
  | { readonly ok: true; readonly certificates: readonly Certificate[] }
  /** `problem` is a sentence, with Go's words for it; of what was read it repeats names at most, and briefly. */
  | { readonly ok: false; readonly problem: string };

/** A Secret holds at most 1 MiB; anything far above is no certificate bundle. */
const MAX_PEM_LENGTH = 4 * 1024 * 1024;
const texts = memo<CertificatesRead>(4 * MAX_PEM_LENGTH);
const parsed = memo<ParsedCertificate>(4096);

/**
 * Every certificate of a PEM bundle, in order. Text around the blocks and blocks of other types are ignored, and so are
 * blocks that encoding/pem does not decode; but one certificate that Go cannot parse makes the whole bundle unreadable,
 * because a verdict on half a bundle would be a guess. Never throws; a text is parsed once.
 */
export function readCertificates(pem: string): CertificatesRead {
  if (pem.length > MAX_PEM_LENGTH)
    return { ok: false, problem: "The PEM text is larger than 4 MiB, which no certificate bundle is." };
  return texts.get(pem) ?? texts.keep(pem, readBundle(pem), pem.length);
}

function readBundle(pem: string): CertificatesRead {
  // Blocks with headers are passed over as by Go's CertPool.AppendCertsFromPEM.
  const blocks = pemBlocks(pem).filter((block) => block.type === "CERTIFICATE" && !block.hasHeaders);
  if (blocks.length === 0) return { ok: false, problem: "The PEM text holds no certificate block." };
  const certificates: Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    const read = readOne(block.der);
    if (typeof read === "string") {
      return { ok: false, problem: `Certificate ${index + 1} of ${blocks.length} cannot be read: ${briefly(read)}.` };
    }
    certificates.push(read);
  }
  return { ok: true, certificates };
}

/** A name may be 64 KiB long, a sentence may not. */
const briefly = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)} ...` : text);

/** No Go TLS peer can send a larger one (crypto/tls, maxHandshakeCertificateMsg). */
const MAX_DER_LENGTH = 256 * 1024;

/** The certificate, or why it cannot be read. */
function readOne(der: Buffer): Certificate | string {
  if (der.length > MAX_DER_LENGTH) return "it is larger than 256 KiB";
  try {
    return describe(parseCertificate(der));
  } catch (error) {
    return error instanceof Unreadable ? error.message : "its structure is none that a certificate has";
  }
}

function describe(found: ParsedCertificate): Certificate {
  const fingerprint = sha256(found.der);
  parsed.keep(fingerprint, found);
  return {
    pem: pemOf(found.der),
    fingerprint,
    subject: found.subject.toString("hex"),
    issuer: found.issuer.toString("hex"),
    displayName: displayName(found),
    serialNumber: found.serialNumber.toString(),
    publicKey: sha256(found.publicKey.spki),
    keyAlgorithm: keyAlgorithm(found),
    signatureAlgorithm: found.algorithm.name,
    version: found.version,
    notBefore: found.notBefore.at,
    notAfter: found.notAfter.at,
    ...describeExtensions(found),
  };
}

type ExtensionFields = Pick<
  Certificate,
  | "basicConstraints"
  | "keyUsage"
  | "extendedKeyUsage"
  | "dnsNames"
  | "ipAddresses"
  | "subjectAltName"
  | "subjectKeyId"
  | "authorityKeyId"
  | "unhandledCriticalExtensions"
>;

function describeExtensions({ extensions }: ParsedCertificate): ExtensionFields {
  const { basicConstraints, keyUsage, extendedKeyUsage, subjectKeyId, authorityKeyId, names } = extensions;
  return {
    ...(basicConstraints && { basicConstraints }),
    ...(keyUsage && { keyUsage }),
    ...(extendedKeyUsage && { extendedKeyUsage }),
    dnsNames: names?.dnsNames ?? [],
    ipAddresses: names?.ipAddresses ?? [],
    subjectAltName: extensions.subjectAltName?.toString("hex") ?? "",
    ...(subjectKeyId && { subjectKeyId: subjectKeyId.toString("hex") }),
    ...(authorityKeyId && { authorityKeyId: authorityKeyId.toString("hex") }),
    unhandledCriticalExtensions: extensions.unhandledCritical,
  };
}

function displayName({ subjectName, serialNumber }: ParsedCertificate): string {
  if (subjectName.commonName !== "") return subjectName.commonName;
  return subjectName.organizations[0] ?? `serial:${serialNumber}`;
}

const RSA_PSS_KEY = "1.2.840.113549.1.1.10";

function keyAlgorithm({ publicKey }: ParsedCertificate): Certificate["keyAlgorithm"] {
  if (publicKey.oid === RSA_PSS_KEY) return "RSA-PSS";
  return publicKey.kind === undefined || publicKey.kind === "DSA" ? "unknown" : publicKey.kind;
}

function pemOf(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** The octets behind a certificate; undefined when its `pem` is none of a certificate. */
export function octetsOf(certificate: Certificate): ParsedCertificate | undefined {
  const known = parsed.get(certificate.fingerprint);
  if (known !== undefined) return known;
  const [block] = pemBlocks(certificate.pem);
  if (block !== undefined) readOne(block.der);
  return parsed.get(certificate.fingerprint);
}
