import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { bitString, elementsOf, explicit, integer, oid, sequence, set, time, utf8String } from "./der.ts";
import {
  authorityKeyId,
  basicConstraints,
  encodeExtension,
  extendedKeyUsage,
  type KeyUsage,
  keyUsage,
  type RawExtension,
  subjectAltName,
  subjectKeyId,
} from "./extension.ts";
import type { MintedKey } from "./key.ts";
import { type SignatureStyle, signatureAlgorithm, signWith } from "./signing.ts";

export interface Subject {
  readonly cn?: string;
  readonly o?: string;
}

/** Who signs. A minted certificate is an issuer as it stands. */
export interface Issuer {
  /** PEM. */
  readonly certificate: string;
  readonly key: MintedKey;
}

export interface CertificateRequest {
  readonly subject: Subject;
  readonly key: MintedKey;
  /** Absent: self-signed. */
  readonly issuer?: Issuer;
  /** Absent: no basicConstraints at all. */
  readonly ca?: boolean | undefined;
  readonly pathLength?: number;
  /** Absent: no such extension. */
  readonly keyUsage?: readonly KeyUsage[];
  /** `serverAuth`, `clientAuth`, `any`, or an OID. Absent: no such extension. */
  readonly extendedKeyUsage?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Epoch milliseconds, kept to the second. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Default: 64 random bits. Negative ones are written as asked. */
  readonly serial?: number | bigint;
  /** 3 unless asked otherwise; version 1 carries no extension whatever else is asked. */
  readonly version?: 1 | 3;
  /** Default SHA256. Ed25519 has no choice. */
  readonly signature?: SignatureStyle;
  /** `false` leaves out SKI and AKI, which are otherwise written as cert-manager does: SKI in a CA, AKI under a CA. */
  readonly keyIds?: boolean;
  /** Written after the others, as they are. */
  readonly extensions?: readonly RawExtension[];
}

export interface MintedCertificate extends Issuer {
  /** PKCS #8 PEM. */
  readonly keyPem: string;
}

/** Mints any certificate, fit or unfit, and never checks whether it makes sense: that is what it is for. */
export function mintCertificate(request: CertificateRequest): MintedCertificate {
  const signer = request.issuer?.key ?? request.key;
  const style = request.signature ?? "SHA256";
  const algorithm = signatureAlgorithm(signer, style);
  const body = toBeSigned(request, algorithm);
  const der = sequence(body, algorithm, bitString(signWith(signer, style, body)));
  return {
    certificate: pem("CERTIFICATE", der),
    key: request.key,
    keyPem: request.key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function toBeSigned(request: CertificateRequest, algorithm: Uint8Array): Buffer {
  const version = request.version ?? 3;
  const subject = encodeName(request.subject);
  return sequence(
    ...(version === 3 ? [explicit(0, integer(2))] : []),
    integer(request.serial ?? BigInt(`0x${randomBytes(8).toString("hex")}`)),
    algorithm,
    request.issuer === undefined ? subject : subjectOf(request.issuer.certificate),
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    publicKeyInfo(request.key),
    ...(version === 3 ? extensionBlock(extensionsOf(request)) : []),
  );
}

const extensionBlock = (extensions: readonly RawExtension[]): Buffer[] =>
  extensions.length === 0 ? [] : [explicit(3, sequence(...extensions.map(encodeExtension)))];

function extensionsOf(request: CertificateRequest): RawExtension[] {
  const { dnsNames = [], ipAddresses = [], subject } = request;
  const named = dnsNames.length + ipAddresses.length > 0;
  const critical = subject.cn === undefined && subject.o === undefined;
  return [
    ...(request.keyUsage === undefined ? [] : [keyUsage(request.keyUsage)]),
    ...(request.extendedKeyUsage === undefined ? [] : [extendedKeyUsage(request.extendedKeyUsage)]),
    ...(request.ca === undefined ? [] : [basicConstraints(request.ca, request.pathLength)]),
    ...(request.keyIds === false ? [] : keyIds(request)),
    ...(named ? [subjectAltName({ dnsNames, ipAddresses }, critical)] : []),
    ...(request.extensions ?? []),
  ];
}

function keyIds(request: CertificateRequest): RawExtension[] {
  const own = request.ca === true ? [subjectKeyId(keyId(request.key))] : [];
  const issuer = request.issuer;
  const signedByCa = issuer !== undefined && new X509Certificate(issuer.certificate).ca;
  return signedByCa ? [...own, authorityKeyId(keyId(issuer.key))] : own;
}

const publicKeyInfo = (key: MintedKey): Buffer => key.publicKey.export({ type: "spki", format: "der" });
const keyId = (key: MintedKey): Buffer => createHash("sha1").update(publicKeyInfo(key)).digest();

const attribute = (type: string, text: string): Buffer => set(sequence(oid(type), utf8String(text)));

const encodeName = (subject: Subject): Buffer =>
  sequence(
    ...(subject.o === undefined ? [] : [attribute("2.5.4.10", subject.o)]),
    ...(subject.cn === undefined ? [] : [attribute("2.5.4.3", subject.cn)]),
  );

/** The raw Name of a certificate's subject: the child's issuer must be the same bytes. */
function subjectOf(certificate: string): Buffer {
  const [body] = elementsOf(new X509Certificate(certificate).raw);
  const fields = elementsOf(body ?? Buffer.alloc(0)).filter((field) => field[0] !== 0xa0);
  return fields[4] ?? encodeName({});
}

export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
