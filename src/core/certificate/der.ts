/** Strict DER, with the same tolerance as Go's cryptobyte (which crypto/x509 parses with): what Go refuses is refused here. */

/** Why a certificate cannot be read. Thrown inside the parser only; readCertificates turns it into a value. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface Element {
  readonly tag: number;
  /** Tag, length and content. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/** Reads elements one after the other; every method throws Unreadable with the given sentence when the next element does not fit. */
export class DerReader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get empty(): boolean {
    return this.at >= this.bytes.length;
  }

  next(tag: number): boolean {
    return this.bytes[this.at] === tag;
  }

  any(problem: string): Element {
    const size = sizeOf(this.bytes, this.at);
    const end = this.at + size.header + size.content;
    if (size.header === 0 || end > this.bytes.length) throw new Unreadable(problem);
    const raw = this.bytes.subarray(this.at, end);
    this.at = end;
    return { tag: raw[0] ?? 0, raw, content: raw.subarray(size.header) };
  }

  element(tag: number, problem: string): Element {
    const found = this.any(problem);
    if (found.tag !== tag) throw new Unreadable(problem);
    return found;
  }

  /** The content of the next element. */
  read(tag: number, problem: string): Buffer {
    return this.element(tag, problem).content;
  }

  inside(tag: number, problem: string): DerReader {
    return new DerReader(this.read(tag, problem));
  }

  optional(tag: number, problem: string): Buffer | undefined {
    return this.next(tag) ? this.read(tag, problem) : undefined;
  }

  boolean(problem: string): boolean {
    const [value, ...more] = this.read(TAG.boolean, problem);
    if (more.length > 0 || (value !== 0 && value !== 0xff)) throw new Unreadable(problem);
    return value === 0xff;
  }

  integer(problem: string, tag: number = TAG.integer): bigint {
    const bytes = this.read(tag, problem);
    if (!isMinimal(bytes)) throw new Unreadable(problem);
    return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
  }

  oid(problem: string): string {
    return oidText(this.read(TAG.oid, problem), problem);
  }

  /** The octets of a BIT STRING and how many bits of them count. */
  bits(problem: string): { readonly octets: Buffer; readonly length: number } {
    const bytes = this.read(TAG.bitString, problem);
    const unused = bytes[0] ?? 8;
    // Where no bits follow, the count stands in the last octet itself, and any count but 0 has a bit among these.
    const last = bytes.at(-1) ?? 0;
    if (unused > 7 || (last & ((1 << unused) - 1)) !== 0) throw new Unreadable(problem);
    return { octets: bytes.subarray(1), length: (bytes.length - 1) * 8 - unused };
  }
}

/** An element out of parts: the only DER that is written here, to give OpenSSL a key without what Go passes over. */
export function elementOf(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const hex = content.length.toString(16);
  const size = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  const length = content.length < 0x80 ? size : Buffer.concat([Buffer.from([0x80 | size.length]), size]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

/** The number of the tag stands in octets of its own. */
const HIGH_TAG = 0x1f;
const BAD_SIZE = { header: 0, content: 0 };

/** Header 0 means "not DER": high tag numbers, indefinite or needlessly long lengths. */
function sizeOf(bytes: Buffer, at: number): { readonly header: number; readonly content: number } {
  const tag = bytes[at] ?? HIGH_TAG;
  // Where nothing is left this reads as an indefinite length, which is none either.
  const first = bytes[at + 1] ?? 0x80;
  if ((tag & HIGH_TAG) === HIGH_TAG) return BAD_SIZE;
  if (first < 0x80) return { header: 2, content: first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4 || at + 2 + octets > bytes.length) return BAD_SIZE;
  const content = bytes.readUIntBE(at + 2, octets);
  const minimal = content >= 0x80 && bytes[at + 2] !== 0;
  return minimal ? { header: 2 + octets, content } : BAD_SIZE;
}

function isMinimal(bytes: Buffer): boolean {
  const [first, second] = bytes;
  if (first === undefined) return false;
  if (second === undefined) return true;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

function oidText(bytes: Buffer, problem: string): string {
  const numbers: number[] = [];
  let value = 0;
  let started = false;
  for (const byte of bytes) {
    if ((!started && byte === 0x80) || value >= 2 ** 24) throw new Unreadable(problem);
    value = value * 128 + (byte & 0x7f);
    started = byte >= 0x80;
    if (started) continue;
    numbers.push(value);
    value = 0;
  }
  const [first] = numbers;
  if (started || first === undefined) throw new Unreadable(problem);
  const head = first < 80 ? [Math.floor(first / 40), first % 40] : [2, first - 80];
  return [...head, ...numbers.slice(1)].join(".");
}
