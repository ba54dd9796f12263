/** A small DER writer: just enough of X.690 to mint certificates of every key type. */

/** One element: tag, definite length in the shortest form, content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content);
export const octetString = (content: Uint8Array): Buffer => element(0x04, content);
export const bitString = (content: Uint8Array, unusedBits = 0): Buffer =>
  element(0x03, Buffer.from([unusedBits]), content);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
export const nothing = (): Buffer => element(0x05);
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text, "utf8"));
/** `[n]` around whole elements. */
export const explicit = (n: number, ...content: readonly Uint8Array[]): Buffer => element(0xa0 | n, ...content);
/** `[n]` in place of a primitive's own tag. */
export const implicit = (n: number, content: Uint8Array): Buffer => element(0x80 | n, content);

/** Two's complement in the fewest octets; negative numbers included, because broken issuers write them. */
export function integer(value: number | bigint): Buffer {
  const wanted = BigInt(value);
  let octets = 1n;
  while (BigInt.asIntN(Number(octets * 8n), wanted) !== wanted) octets += 1n;
  const hex = BigInt.asUintN(Number(octets * 8n), wanted).toString(16);
  return element(0x02, Buffer.from(hex.padStart(Number(octets) * 2, "0"), "hex"));
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const septets = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) septets.unshift(128 + (rest % 128));
  return septets;
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5), to the second. */
export function time(at: number): Buffer {
  const digits = new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  return element(short ? 0x17 : 0x18, Buffer.from(short ? digits.slice(2) : digits, "latin1"));
}

/** The elements inside a constructed element that we wrote ourselves (no checks: not for foreign input). */
export function elementsOf(constructed: Uint8Array): Buffer[] {
  const whole = Buffer.from(constructed);
  const found: Buffer[] = [];
  for (let at = headerSize(whole, 0); at < whole.length; at += found.at(-1)?.length ?? whole.length) {
    found.push(whole.subarray(at, at + headerSize(whole, at) + contentSize(whole, at)));
  }
  return found;
}

const headerSize = (der: Buffer, at: number): number => 2 + Math.max(0, (der[at + 1] ?? 0) - 0x80);

function contentSize(der: Buffer, at: number): number {
  const first = der[at + 1] ?? 0;
  return first < 0x80 ? first : der.readUIntBE(at + 2, first - 0x80);
}
