import { readAlgorithm, type SignatureAlgorithm, signatureAlgorithmOf } from "./algorithm.ts";
import { DerReader, TAG, Unreadable } from "./der.ts";
import { type Extensions, readExtensions } from "./extension.ts";
import { type DistinguishedName, readName } from "./name.ts";
import { type PublicKey, readPublicKey, rightAligned } from "./public-key.ts";
import { readTime, type WrittenTime } from "./validity.ts";

/** A certificate as it was read, octets and all. The rest of the program uses Certificate, which is plain text and numbers. */
export interface ParsedCertificate {
  readonly der: Buffer;
  /** The signed part. */
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly algorithm: SignatureAlgorithm;
  readonly version: number;
  readonly serialNumber: bigint;
  /** DER of the whole Name. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly subjectName: DistinguishedName;
  readonly notBefore: WrittenTime;
  readonly notAfter: WrittenTime;
  readonly publicKey: PublicKey;
  readonly extensions: Extensions;
}

/** Parses as Go's crypto/x509 does (parser.go), in the same order and with the same tolerance. @throws Unreadable */
export function parseCertificate(der: Buffer): ParsedCertificate {
  const input = new DerReader(der);
  const outer = input.inside(TAG.sequence, "x509: malformed certificate");
  const signed = outer.element(TAG.sequence, "x509: malformed tbs certificate");
  const body = readBody(new DerReader(signed.content), outer);
  const { octets, length } = outer.bits("x509: malformed signature");
  const signature = length % 8 === 0 ? octets : rightAligned(octets, 8 - (length % 8));
  if (!input.empty) throw new Unreadable("x509: trailing data");
  return { der, signed: signed.raw, signature, ...body };
}

type Body = Omit<ParsedCertificate, "der" | "signed" | "signature">;

/** @param outer stands at the algorithm that is named a second time, outside the signed part. */
function readBody(der: DerReader, outer: DerReader): Body {
  const version = readVersion(der);
  const serialNumber = readSerialNumber(der);
  const algorithm = readSignatureAlgorithm(der, outer);
  const issuer = der.element(TAG.sequence, "x509: malformed issuer").raw;
  readName(issuer);
  const validity = der.inside(TAG.sequence, "x509: malformed validity");
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  const subject = der.element(TAG.sequence, "x509: malformed issuer").raw;
  const subjectName = readName(subject);
  const publicKey = readPublicKey(der.element(TAG.sequence, "x509: malformed spki").raw);
  const extensions = readExtensionBlock(der, version);
  return { version, serialNumber, algorithm, issuer, subject, subjectName, notBefore, notAfter, publicKey, extensions };
}

/** 1, 2 or 3: the encoding counts from 0. */
function readVersion(der: DerReader): number {
  const problem = "x509: malformed version";
  if (!der.next(0xa0)) return 1;
  const inner = der.inside(0xa0, problem);
  const version = inner.integer(problem);
  if (!inner.empty || version < 0n || version !== BigInt.asIntN(64, version)) throw new Unreadable(problem);
  if (version > 2n) throw new Unreadable("x509: invalid version");
  return Number(version) + 1;
}

function readSerialNumber(der: DerReader): bigint {
  const serialNumber = der.integer("x509: malformed serial number");
  if (serialNumber < 0n) throw new Unreadable("x509: negative serial number");
  return serialNumber;
}

function readSignatureAlgorithm(der: DerReader, outer: DerReader): SignatureAlgorithm {
  const inner = der.read(TAG.sequence, "x509: malformed signature algorithm identifier");
  const second = outer.read(TAG.sequence, "x509: malformed algorithm identifier");
  if (!inner.equals(second)) throw new Unreadable("x509: inner and outer signature algorithm identifiers don't match");
  return signatureAlgorithmOf(readAlgorithm(new DerReader(inner)));
}

/** Only version 3 has extensions; Go passes over whatever an older version carries. */
function readExtensionBlock(der: DerReader, version: number): Extensions {
  if (version > 1) {
    der.optional(0x81, "x509: malformed issuerUniqueID");
    der.optional(0x82, "x509: malformed subjectUniqueID");
  }
  const present = version === 3 && der.next(0xa3);
  if (!present) return { unhandledCritical: [] };
  const problem = "x509: malformed extensions";
  return readExtensions(der.inside(0xa3, problem).inside(TAG.sequence, problem));
}
