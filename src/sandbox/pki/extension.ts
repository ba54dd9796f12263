import { bitString, boolean, element, implicit, integer, octetString, oid, sequence } from "./der.ts";

/** An extension as it goes into a certificate; `value` is the DER inside the OCTET STRING. */
export interface RawExtension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

export const encodeExtension = (extension: RawExtension): Buffer =>
  sequence(oid(extension.oid), ...(extension.critical ? [boolean(true)] : []), octetString(extension.value));

export const basicConstraints = (ca: boolean, pathLength?: number): RawExtension => ({
  oid: "2.5.29.19",
  critical: true,
  value: sequence(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
});

const KEY_USAGE_BITS = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "certSign",
  "crlSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof KEY_USAGE_BITS)[number];

export function keyUsage(usages: readonly KeyUsage[]): RawExtension {
  const bits = usages.map((usage) => KEY_USAGE_BITS.indexOf(usage));
  const bytes = Buffer.alloc(bits.some((bit) => bit > 7) ? 2 : usages.length > 0 ? 1 : 0);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  const last = Math.max(-1, ...bits);
  return { oid: "2.5.29.15", critical: true, value: bitString(bytes, last < 0 ? 0 : 7 - (last & 7)) };
}

const USAGE_OIDS: Readonly<Record<string, string>> = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  any: "2.5.29.37.0",
};

/** Names `serverAuth`, `clientAuth`, `any`, or an OID in dots. */
export const extendedKeyUsage = (usages: readonly string[]): RawExtension => ({
  oid: "2.5.29.37",
  value: sequence(...usages.map((usage) => oid(USAGE_OIDS[usage] ?? usage))),
});

export interface SubjectNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

export const subjectAltName = (names: SubjectNames, critical: boolean): RawExtension => ({
  oid: "2.5.29.17",
  critical,
  value: sequence(
    ...names.dnsNames.map((name) => implicit(2, Buffer.from(name, "latin1"))),
    ...names.ipAddresses.map((address) => implicit(7, addressBytes(address))),
  ),
});

function addressBytes(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = tail === undefined ? [] : Array<number>(8 - before.length - after.length).fill(0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

const groups = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));

export const subjectKeyId = (id: Uint8Array): RawExtension => ({ oid: "2.5.29.14", value: octetString(id) });
export const authorityKeyId = (id: Uint8Array): RawExtension => ({
  oid: "2.5.29.35",
  value: sequence(implicit(0, id)),
});

/** Subtrees as general names, for example `implicit(2, "svc")`; see `dnsSubtree`. */
export interface Subtrees {
  readonly permitted?: readonly Uint8Array[];
  readonly excluded?: readonly Uint8Array[];
}

export const dnsSubtree = (domain: string): Buffer => implicit(2, Buffer.from(domain, "latin1"));

/** Address and mask in dots, as in `10.0.0.0/255.0.0.0`. */
export const ipSubtree = (network: string): Buffer => implicit(7, Buffer.concat(network.split("/").map(addressBytes)));

export const nameConstraints = (subtrees: Subtrees): RawExtension => ({
  oid: "2.5.29.30",
  critical: true,
  value: sequence(...subtreeList(0, subtrees.permitted), ...subtreeList(1, subtrees.excluded)),
});

const subtreeList = (n: number, names: readonly Uint8Array[] = []): Buffer[] =>
  names.length === 0 ? [] : [element(0xa0 | n, ...names.map((name) => sequence(name)))];
