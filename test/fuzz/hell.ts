import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { element, implicit, sequence } from "../../src/sandbox/pki/der.ts";
import type { RawExtension } from "../../src/sandbox/pki/extension.ts";
import type { MintedKey } from "../../src/sandbox/pki/key.ts";
import { type CertificateRequest, mintCertificate, pem } from "../../src/sandbox/pki/mint.ts";

const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 23, 2, 19, 16);
export const DIALLED = "keda-operator.keda.svc.cluster.local";
const DATES = { notBefore: NOW - 10 * DAY, notAfter: NOW + 90 * DAY };

/** A certificate out of hell, and what crypto/x509 says when the pool holds that very certificate. */
export interface Odd {
  readonly name: string;
  /** PEM. */
  readonly leaf: string;
  /** Go's text; "" when Go accepts it. */
  readonly text: string;
  /** False when Go cannot even read it. */
  readonly readable: boolean;
}

/** The same key in every run, so that the same certificates come out: Ed25519 signs without chance. */
function fixedKey(): MintedKey {
  const seed = createHash("sha256").update("keda-medic/hell").digest();
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return { algorithm: "Ed25519", privateKey, publicKey: createPublicKey(privateKey) };
}

const KEY = fixedKey();

/** KEDA's self-signed leaf, changed as asked. */
export const leafWith = (request: Partial<CertificateRequest> = {}): string =>
  mintCertificate({
    subject: { cn: "keda-operator" },
    key: KEY,
    ca: false,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    dnsNames: [DIALLED],
    serial: 0x1234567,
    ...DATES,
    ...request,
  }).certificate;

export const derOf = (certificate: string): Buffer => new X509Certificate(certificate).raw;
export const extension = (oid: string, value: Uint8Array, critical = false): RawExtension => ({ oid, critical, value });

const readable = (name: string, leaf: string, text = ""): Odd => ({ name, leaf, text, readable: true });
const unreadable = (name: string, leaf: string, text: string): Odd => ({ name, leaf, text, readable: false });

/** The bytes of a good leaf with some replaced: signatures do not count where the pool holds the leaf itself. */
function patched(from: string, to: string): string {
  const hex = derOf(leafWith()).toString("hex");
  if (!hex.includes(from)) throw new Error(`no ${from} to replace`);
  return pem("CERTIFICATE", Buffer.from(hex.replace(from, to), "hex"));
}

const SERIAL = "020401234567";
const nameless = `x509: certificate is not valid for any names, but wanted to match ${DIALLED}`;

const serials = (): Odd[] => [
  readable("serial number 0", leafWith({ serial: 0 })),
  readable("serial number 2^159", leafWith({ serial: 2n ** 159n })),
  readable("serial number 2^200, longer than RFC 5280 allows", leafWith({ serial: 2n ** 200n })),
  unreadable("serial number -1", leafWith({ serial: -1 }), "x509: negative serial number"),
  unreadable("serial number -2^159", leafWith({ serial: -(2n ** 159n) }), "x509: negative serial number"),
  unreadable("serial number with a needless zero", patched(SERIAL, "020400004567"), "x509: malformed serial number"),
  unreadable("serial number that is an OCTET STRING", patched(SERIAL, "040401234567"), "x509: malformed serial number"),
];

const versions = (): Odd[] => [
  readable("version 1, which has no names", leafWith({ version: 1 }), nameless),
  readable("version 2, whose extensions do not count", patched("a003020102", "a003020101"), nameless),
  unreadable("version 3 in two octets", patched("a003020102", "a00302022a"), "x509: malformed version"),
];

const names = (): Odd[] => {
  const list = (...entries: readonly Uint8Array[]): RawExtension => extension("2.5.29.17", sequence(...entries));
  const only = (san: RawExtension): string => leafWith({ dnsNames: [], extensions: [san] });
  const withNul = `${DIALLED}\u0000.evil.example`;
  return [
    readable("no subject and no names", leafWith({ subject: {}, dnsNames: [] }), nameless),
    readable("an empty list of names", only(list()), nameless),
    readable(
      "an empty list of names, critical",
      only({ ...list(), critical: true }),
      "x509: unhandled critical extension",
    ),
    readable(
      "a name that goes on after a NUL",
      leafWith({ dnsNames: [withNul] }),
      `x509: certificate is valid for ${withNul}, not ${DIALLED}`,
    ),
    readable("a common name that goes on after a NUL", leafWith({ subject: { cn: withNul }, dnsNames: [] }), nameless),
    unreadable(
      "a name that is not ASCII",
      only(list(implicit(2, Buffer.from("é.svc", "utf8")))),
      "x509: SAN dNSName is malformed",
    ),
    readable(
      "kinds of names that nobody reads",
      only(list(Buffer.from("a0020500", "hex"), implicit(8, Buffer.from([42])))),
      nameless,
    ),
  ];
};

const extensions = (): Odd[] => {
  const having = (...more: readonly RawExtension[]): string => leafWith({ extensions: more });
  const none = Buffer.alloc(0);
  const twice = "x509: certificate contains duplicate extension";
  return [
    unreadable(
      "an unknown extension twice",
      having(extension("1.2.3.4", none), extension("1.2.3.4", none, true)),
      twice,
    ),
    unreadable("key usage twice", having(extension("2.5.29.15", Buffer.from("03020780", "hex"))), twice),
    readable(
      "an unknown critical extension",
      having(extension("1.2.3.4", none, true)),
      "x509: unhandled critical extension",
    ),
    readable("an unknown extension of 200 KiB", having(extension("1.2.3.4", Buffer.alloc(200 * 1024)))),
    readable(
      "5,000 unknown extensions",
      having(...Array.from({ length: 5000 }, (_, i) => extension(`1.2.3.${i}`, none))),
    ),
    readable("an extension nested 30,000 deep", having(extension("1.2.3.4", nested(30_000)))),
    unreadable(
      "usages that are no list",
      leafWithout("extendedKeyUsage", extension("2.5.29.37", none)),
      "x509: invalid extended key usages",
    ),
    unreadable(
      "a path length of -1",
      leafWithout("ca", extension("2.5.29.19", Buffer.from("30060101ff0201ff", "hex"))),
      "x509: invalid basic constraints",
    ),
    unreadable(
      "a Boolean that is neither 0 nor 255",
      patched("0603551d0f0101ff", "0603551d0f010101"),
      "x509: malformed extension critical field",
    ),
  ];
};

function leafWithout(field: "extendedKeyUsage" | "ca", instead: RawExtension): string {
  const { [field]: _left, ...rest } = { extendedKeyUsage: ["serverAuth"], ca: false };
  return mintCertificate({
    subject: { cn: "keda-operator" },
    key: KEY,
    dnsNames: [DIALLED],
    serial: 1,
    ...DATES,
    ...rest,
    extensions: [instead],
  }).certificate;
}

/** SEQUENCE in SEQUENCE in SEQUENCE: what makes a recursive parser run out of stack. */
function nested(depth: number): Buffer {
  const heads: Buffer[] = [];
  for (let size = 0, i = 0; i < depth; i++) {
    const head = element(0x30, Buffer.alloc(0));
    const bytes = size < 0x80 ? Buffer.from([0x30, size]) : lengthy(size);
    heads.unshift(size === 0 ? head : bytes);
    size += size === 0 ? head.length : bytes.length;
  }
  return Buffer.concat(heads);
}

const lengthy = (size: number): Buffer => {
  const octets = Math.ceil(Math.log2(size + 1) / 8);
  const bytes = Buffer.alloc(2 + octets, Buffer.from([0x30, 0x80 | octets]));
  bytes.writeUIntBE(size, 2, octets);
  return bytes;
};

const shapes = (): Odd[] => {
  const der = derOf(leafWith());
  const malformed = "x509: malformed certificate";
  return [
    readable(
      "it ends before it begins",
      leafWith({ notBefore: DATES.notAfter, notAfter: DATES.notBefore }),
      "x509: certificate has expired or is not yet valid: current time 2026-11-23T02:19:16Z is before 2027-02-21T02:19:16Z",
    ),
    unreadable("only zeros", pem("CERTIFICATE", Buffer.alloc(1000)), malformed),
    unreadable("only 255s", pem("CERTIFICATE", Buffer.alloc(1000, 0xff)), malformed),
    // Of these two Go finds another fault first.
    unreadable("SEQUENCE 30,000 deep", pem("CERTIFICATE", nested(30_000)), "x509: malformed"),
    unreadable("a certificate in a certificate", pem("CERTIFICATE", sequence(der)), "x509: malformed"),
    unreadable("a length of more octets than it needs", longer(der), malformed),
    unreadable(
      "an end of contents",
      pem("CERTIFICATE", Buffer.concat([Buffer.from("3080", "hex"), der.subarray(4), Buffer.alloc(2)])),
      malformed,
    ),
    unreadable("the certificate of before, cut by one octet", pem("CERTIFICATE", der.subarray(0, -1)), malformed),
  ];
};

/** The outer length, which takes two octets, in three. */
const longer = (der: Buffer): string => {
  const header = Buffer.from([0x30, 0x83, 0, ...der.subarray(2, 4)]);
  return pem("CERTIFICATE", Buffer.concat([header, der.subarray(4)]));
};

/** All of them, minted anew. */
export const hell = (): readonly Odd[] => [...serials(), ...versions(), ...names(), ...extensions(), ...shapes()];
