import { DerReader, TAG, Unreadable } from "./der.ts";
import { type NameConstraints, readNameConstraints } from "./name-constraints.ts";
import { type AlternativeNames, readAlternativeNames } from "./names.ts";

/** What the extensions of a certificate say, as far as Go reads them. */
export interface Extensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage?: readonly string[];
  readonly extendedKeyUsage?: readonly string[];
  /** The raw value of the subjectAltName extension. */
  readonly subjectAltName?: Buffer;
  readonly names?: AlternativeNames;
  readonly nameConstraints?: NameConstraints;
  readonly subjectKeyId?: Buffer;
  readonly authorityKeyId?: Buffer;
  /** It demands certificate policies, or maps them. */
  readonly policies?: true;
  readonly unhandledCritical: readonly string[];
}

interface RawExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

type Reading = Omit<Extensions, "unhandledCritical"> & { readonly unhandled?: boolean };
type Reader = (extension: RawExtension) => Reading;

/** @param der the list inside `[3]`. @throws Unreadable where crypto/x509 does not parse the certificate. */
export function readExtensions(der: DerReader): Extensions {
  const unhandledCritical: string[] = [];
  let found: Extensions = { unhandledCritical };
  for (const extension of rawExtensions(der)) {
    const { unhandled, ...reading } = (READERS[extension.oid] ?? unknown)(extension);
    if (extension.critical && unhandled) unhandledCritical.push(extension.oid);
    found = { ...found, ...reading };
  }
  return found;
}

/** All of them, before any is understood. */
function rawExtensions(der: DerReader): readonly RawExtension[] {
  const all = new Map<string, RawExtension>();
  while (!der.empty) {
    const extension = readExtension(der.inside(TAG.sequence, "x509: malformed extension"));
    if (all.has(extension.oid))
      throw new Unreadable(`x509: certificate contains duplicate extension with OID "${extension.oid}"`);
    all.set(extension.oid, extension);
  }
  return [...all.values()];
}

function readExtension(der: DerReader): RawExtension {
  const oid = der.oid("x509: malformed extension OID field");
  const critical = der.next(TAG.boolean) && der.boolean("x509: malformed extension critical field");
  return { oid, critical, value: der.read(TAG.octetString, "x509: malformed extension value field") };
}

const unknown: Reader = () => ({ unhandled: true });
const reader = ({ value }: RawExtension): DerReader => new DerReader(value);

/** Every extension that crypto/x509 handles. */
const READERS: Readonly<Record<string, Reader>> = {
  "2.5.29.14": subjectKeyId,
  "2.5.29.15": keyUsage,
  "2.5.29.17": subjectAltName,
  "2.5.29.19": basicConstraints,
  "2.5.29.30": nameConstraints,
  "2.5.29.31": distributionPoints,
  "2.5.29.32": certificatePolicies,
  "2.5.29.33": policyMappings,
  "2.5.29.35": authorityKeyId,
  "2.5.29.36": policyConstraints,
  "2.5.29.37": extendedKeyUsage,
  "2.5.29.54": inhibitAnyPolicy,
  "1.3.6.1.5.5.7.1.1": authorityInfoAccess,
};

function refuseCritical(extension: RawExtension, name: string): void {
  if (extension.critical) throw new Unreadable(`x509: ${name} incorrectly marked critical`);
}

function subjectKeyId(extension: RawExtension): Reading {
  refuseCritical(extension, "subject key identifier");
  return { subjectKeyId: reader(extension).read(TAG.octetString, "x509: invalid subject key identifier") };
}

function authorityKeyId(extension: RawExtension): Reading {
  refuseCritical(extension, "authority key identifier");
  const problem = "x509: invalid authority key identifier";
  const id = reader(extension).inside(TAG.sequence, problem).optional(0x80, problem);
  return id === undefined ? {} : { authorityKeyId: id };
}

/** Bit by bit, under the names of Go's constants (`KeyUsageCertSign`) with a small first letter. */
const KEY_USAGES = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "certSign",
  "crlSign",
  "encipherOnly",
  "decipherOnly",
];

function keyUsage(extension: RawExtension): Reading {
  const { octets } = reader(extension).bits("x509: invalid key usage");
  const isSet = (bit: number): boolean => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  return { keyUsage: KEY_USAGES.filter((_, bit) => isSet(bit)) };
}

function basicConstraints(extension: RawExtension): Reading {
  const problem = "x509: invalid basic constraints";
  const der = reader(extension).inside(TAG.sequence, problem);
  const ca = der.next(TAG.boolean) && der.boolean(problem);
  if (!der.next(TAG.integer)) return { basicConstraints: { ca } };
  const pathLength = der.integer(problem);
  if (pathLength !== BigInt.asUintN(63, pathLength)) throw new Unreadable(problem);
  return { basicConstraints: { ca, pathLength: Number(pathLength) } };
}

const USAGE_NAMES: Readonly<Record<string, string>> = {
  "2.5.29.37.0": "any",
  "1.3.6.1.5.5.7.3.1": "serverAuth",
  "1.3.6.1.5.5.7.3.2": "clientAuth",
};

function extendedKeyUsage(extension: RawExtension): Reading {
  const problem = "x509: invalid extended key usages";
  const usages: string[] = [];
  for (const list = reader(extension).inside(TAG.sequence, problem); !list.empty; ) usages.push(list.oid(problem));
  return { extendedKeyUsage: usages.map((usage) => USAGE_NAMES[usage] ?? usage) };
}

function subjectAltName(extension: RawExtension): Reading {
  const names = readAlternativeNames(reader(extension));
  const { dnsNames, ipAddresses, emails, uris } = names;
  const unhandled = dnsNames.length + ipAddresses.length + emails.length + uris.length === 0;
  return { subjectAltName: extension.value, names, unhandled };
}

function nameConstraints({ value }: RawExtension): Reading {
  const found = readNameConstraints(value);
  return { nameConstraints: found, unhandled: found.unhandled };
}

function certificatePolicies(extension: RawExtension): Reading {
  const problem = "x509: invalid certificate policies";
  const seen = new Set<string>();
  for (const list = reader(extension).inside(TAG.sequence, problem); !list.empty; ) {
    const policy = list.inside(TAG.sequence, problem).read(TAG.oid, problem);
    if (seen.has(policy.toString("hex")) || !isObjectId(policy)) throw new Unreadable(problem);
    seen.add(policy.toString("hex"));
  }
  return {};
}

/** crypto/x509's newOIDFromDER: numbers of any size, none cut short and none with a needless zero in front. */
const isObjectId = (octets: Buffer): boolean =>
  octets.length > 0 &&
  (octets.at(-1) ?? 0) < 0x80 &&
  octets.every((octet, i) => octet !== 0x80 || (octets[i - 1] ?? 0) >= 0x80);

function policyMappings(extension: RawExtension): Reading {
  const problem = "x509: invalid policy mappings extension";
  for (const list = reader(extension).inside(TAG.sequence, problem); !list.empty; ) {
    const mapping = list.inside(TAG.sequence, problem);
    mapping.read(TAG.oid, problem);
    mapping.read(TAG.oid, problem);
  }
  return { policies: true };
}

/** An integer that Go keeps in an int. */
function count(der: DerReader, problem: string, tag: number = TAG.integer): void {
  const value = der.integer(problem, tag);
  if (value !== BigInt.asIntN(64, value)) throw new Unreadable(problem);
}

function policyConstraints(extension: RawExtension): Reading {
  const problem = "x509: invalid policy constraints extension";
  const der = reader(extension).inside(TAG.sequence, problem);
  const explicit = der.next(0x80);
  if (explicit) count(der, problem, 0x80);
  if (der.next(0x81)) count(der, problem, 0x81);
  return explicit ? { policies: true } : {};
}

function inhibitAnyPolicy(extension: RawExtension): Reading {
  count(reader(extension), "x509: invalid inhibit any policy extension");
  return {};
}

function distributionPoints(extension: RawExtension): Reading {
  const problem = "x509: invalid CRL distribution point";
  const list = reader(extension).inside(TAG.sequence, `${problem}s`);
  while (!list.empty) {
    const point = list.inside(TAG.sequence, problem);
    if (point.next(0xa0)) readFullName(point.inside(0xa0, problem), problem);
  }
  return {};
}

/** Go wants `[0]` inside, and of its names it reads the URIs up to the first name of another kind. */
function readFullName(point: DerReader, problem: string): void {
  for (const names = point.inside(0xa0, problem); names.next(0x86); ) names.read(0x86, problem);
}

function authorityInfoAccess(extension: RawExtension): Reading {
  refuseCritical(extension, "authority info access");
  const problem = "x509: invalid authority info access";
  const list = reader(extension).inside(TAG.sequence, problem);
  while (!list.empty) {
    const access = list.inside(TAG.sequence, problem);
    access.oid(problem);
    access.optional(0x86, problem);
  }
  return {};
}
