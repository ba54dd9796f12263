import { type Certificate, readCertificates } from "../../../src/core/certificate/certificate.ts";
import {
  bitString,
  boolean,
  element,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from "../../../src/sandbox/pki/der.ts";
import { pem } from "../../../src/sandbox/pki/mint.ts";
import { DATES } from "./minted.ts";

/** The parts of a certificate, each a whole element. */
export interface Parts {
  /** `[0]`, or nothing at all. */
  readonly version: Buffer;
  readonly serial: Buffer;
  readonly algorithm: Buffer;
  readonly issuer: Buffer;
  readonly validity: Buffer;
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  /** What stands in `[3]`; nothing: no extensions. */
  readonly extensions: readonly Buffer[];
  readonly signature: Buffer;
}

export const commonName = (text: string): Buffer => sequence(set(sequence(oid("2.5.4.3"), utf8String(text))));
export const ED25519 = "1.3.101.112";
export const EXTENSION = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  nameConstraints: "2.5.29.30",
  distributionPoints: "2.5.29.31",
  policies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyId: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  inhibitAnyPolicy: "2.5.29.54",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
} as const;

const USUAL: Parts = {
  version: explicit(0, integer(2)),
  serial: integer(7),
  algorithm: sequence(oid(ED25519)),
  issuer: commonName("handmade"),
  validity: sequence(time(DATES.notBefore), time(DATES.notAfter)),
  subject: commonName("handmade"),
  publicKey: sequence(sequence(oid(ED25519)), bitString(Buffer.alloc(32, 1))),
  extensions: [],
  signature: bitString(Buffer.alloc(64, 2)),
};

/** DER of a certificate out of its parts. It is signed by nobody: reading one does not ask. */
export function derOf(parts: Partial<Parts>): Buffer {
  const { version, serial, algorithm, issuer, validity, subject, publicKey, extensions, signature } = {
    ...USUAL,
    ...parts,
  };
  const block = extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))];
  const body = sequence(version, serial, algorithm, issuer, validity, subject, publicKey, ...block);
  return sequence(body, algorithm, signature);
}

export const pemOf = (parts: Partial<Parts>): string => pem("CERTIFICATE", derOf(parts));

export const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));

/** Why the certificate cannot be read; "" when it can. */
export function problemOf(text: string): string {
  const read = readCertificates(text);
  return read.ok ? "" : read.problem.replace(/^Certificate 1 of 1 cannot be read: (.*)\.$/s, "$1");
}

export function certificateOf(parts: Partial<Parts>): Certificate {
  const read = readCertificates(pemOf(parts));
  const first = read.ok ? read.certificates[0] : undefined;
  if (first === undefined) throw new Error(read.ok ? "nothing was read" : read.problem);
  return first;
}

/** An element that says it is longer than what follows. */
export const cutShort = (tag: number): Buffer => Buffer.from([tag, 5]);
export const hex = (digits: string): Buffer => Buffer.from(digits, "hex");
/** `[n]` around content that is no whole element. */
export const implicitly = (n: number, content: string): Buffer => element(0x80 | n, Buffer.from(content, "latin1"));
