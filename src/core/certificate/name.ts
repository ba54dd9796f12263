import { DerReader, TAG, Unreadable } from "./der.ts";

/** What Go's texts use of a distinguished name. */
export interface DistinguishedName {
  /** The last common name; "" when there is none. */
  readonly commonName: string;
  readonly organizations: readonly string[];
}

const INVALID = "x509: invalid RDNSequence";
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";

/** @param raw DER of the whole Name. */
export function readName(raw: Buffer): DistinguishedName {
  const attributes = attributesOf(raw);
  const values = (type: string): string[] => attributes.filter((a) => a.type === type).map((a) => a.value);
  return { commonName: values(COMMON_NAME).at(-1) ?? "", organizations: values(ORGANIZATION) };
}

interface Attribute {
  readonly type: string;
  readonly value: string;
}

function attributesOf(raw: Buffer): Attribute[] {
  const found: Attribute[] = [];
  for (const sets = new DerReader(raw).inside(TAG.sequence, INVALID); !sets.empty; ) {
    for (const set = sets.inside(TAG.set, INVALID); !set.empty; ) {
      const attribute = set.inside(TAG.sequence, `${INVALID}: invalid attribute`);
      const type = attribute.oid(`${INVALID}: invalid attribute type`);
      const value = attribute.any(`${INVALID}: invalid attribute value`);
      found.push({ type, value: stringOf(value.tag, value.content) });
    }
  }
  return found;
}

const invalid = (kind: string): Unreadable => new Unreadable(`${INVALID}: invalid attribute value: ${kind}`);

type Decode = (value: Buffer) => string;

/** Decoders by tag, as in crypto/x509's parseASN1String. */
const STRINGS: Readonly<Record<number, Decode>> = {
  12: utf8,
  18: (value) => checked(value, /^[0-9 ]*$/, "invalid NumericString"),
  // Printable, plus `*` and `&`, which Go lets pass because certificates with them are in use.
  19: (value) => checked(value, /^[A-Za-z0-9'()+,\-./ :=?*&]*$/, "invalid PrintableString"),
  20: (value) => value.toString("latin1"),
  22: (value) => {
    if (value.some((byte) => byte > 127)) throw invalid("invalid IA5String");
    return value.toString("latin1");
  },
  30: bmp,
};

function stringOf(tag: number, value: Buffer): string {
  const decode = STRINGS[tag];
  if (decode === undefined) throw invalid(`unsupported string type: ${tag}`);
  return decode(value);
}

function checked(value: Buffer, allowed: RegExp, problem: string): string {
  const text = value.toString("latin1");
  if (!allowed.test(text)) throw invalid(problem);
  return text;
}

function utf8(value: Buffer): string {
  const text = value.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(value)) throw invalid("invalid UTF-8 string");
  return text;
}

/** UCS-2: no surrogates, no non-characters; one terminator at the end is dropped. */
function bmp(value: Buffer): string {
  if (value.length % 2 !== 0) throw invalid("invalid BMPString");
  const points = Array.from({ length: value.length / 2 }, (_, i) => value.readUInt16BE(i * 2));
  if (points.at(-1) === 0) points.pop();
  if (points.some(isReserved)) throw invalid("invalid BMPString");
  return points.map((point) => String.fromCharCode(point)).join("");
}

const isReserved = (point: number): boolean =>
  point >= 0xfffe || (point >= 0xfdd0 && point <= 0xfdef) || (point >= 0xd800 && point <= 0xdfff);
