import type { Random } from "./random.ts";

type Mutation = (der: Buffer, random: Random, other: Buffer) => Buffer;

const replaced = (der: Buffer, at: number, bytes: Uint8Array): Buffer => {
  const copy = Buffer.from(der);
  copy.set(bytes.subarray(0, Math.max(0, copy.length - at)), at);
  return copy;
};

/** Bytes that mean something in DER: tags, lengths, Booleans. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xa3, 0xff,
];

interface Place {
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Where elements stand, as deep as it can be followed. */
function places(der: Buffer, from = 0, to = der.length, depth = 0): Place[] {
  const found: Place[] = [];
  for (let at = from; at + 2 <= to; ) {
    const place = placeAt(der, at, to);
    if (place === undefined) return found;
    found.push(place);
    // Values of extensions are DER inside an OCTET STRING.
    const nested = (((der[at] ?? 0) & 0x20) !== 0 || der[at] === 0x04) && depth < 12;
    if (nested) found.push(...places(der, place.content, place.end, depth + 1));
    at = place.end;
  }
  return found;
}

function placeAt(der: Buffer, start: number, to: number): Place | undefined {
  const first = der[start + 1] ?? 0;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 4 || start + 2 + octets > to) return undefined;
  const size = octets === 0 ? first & 0x7f : der.readUIntBE(start + 2, octets);
  const content = start + 2 + octets;
  return content + size <= to ? { start, content, end: content + size } : undefined;
}

/** What URIs are made of, and what breaks them: Go's net/url has a rule about each. */
const URI_PARTS = [
  "http",
  "https",
  "spiffe",
  "mailto",
  "1a",
  ":",
  "://",
  "//",
  "///",
  "/",
  "?",
  "#",
  "@",
  "*",
  ".",
  "..",
  "a.b",
  "keda",
  "user",
  "[",
  "]",
  "::1",
  "fe80::1",
  "1.2.3.4",
  "::ffff:1.2.3.4",
  "01.2.3.4",
  "12345",
  "%",
  "%2",
  "%zz",
  "%41",
  "%25",
  "%25en0",
  "%20",
  "%c3%a9",
  "%ff",
  "443",
  ":443",
  ":x",
  "+",
  "-",
  "_",
  "~",
  '"',
  "\\",
  " ",
  "\n",
  "\u007f",
  "<",
  "|",
  ",",
  "é",
  "g",
  "0:0:0:0:0:0:0:0",
  "::",
  ":::",
];

const uriOf = (random: Random): Buffer =>
  Buffer.from(Array.from({ length: random.below(9) }, () => random.pick(URI_PARTS)).join(""), "utf8");

const URI_TAG = 0x86;

const MUTATIONS: readonly Mutation[] = [
  // Another URI where there is one.
  (der, random) => {
    const uris = places(der).filter(({ start }) => der[start] === URI_TAG);
    if (uris.length === 0) return der;
    const bytes = uriOf(random);
    return resized(der, random.pick(uris), Buffer.concat([header(URI_TAG, bytes.length), bytes]));
  },
  (der, random) => replaced(der, random.below(der.length), Buffer.from([random.below(256)])),
  (der, random) => replaced(der, random.below(der.length), Buffer.from([random.pick(TELLING)])),
  (der, random) => der.subarray(0, random.below(der.length)),
  (der, random) => {
    const at = random.below(der.length);
    return Buffer.concat([der.subarray(0, at), der.subarray(at + 1 + random.below(4))]);
  },
  (der, random) => {
    const at = random.below(der.length);
    return Buffer.concat([
      der.subarray(0, at),
      Buffer.alloc(1 + random.below(4), random.pick(TELLING)),
      der.subarray(at),
    ]);
  },
  // An element of another certificate in the place of one of this: often of another kind, with its length put right.
  (der, random, other) => swapped(der, random, elementOf(other, random)),
  // An element twice, or none.
  (der, random) => {
    const place = random.pick(places(der));
    const element = der.subarray(place.start, place.end);
    return resized(der, place, random.below(2) === 0 ? Buffer.concat([element, element]) : Buffer.alloc(0));
  },
  // A content of chance, of the right length.
  (der, random) => {
    const { content, end } = random.pick(places(der));
    const bytes = Uint8Array.from({ length: Math.min(64, end - content) }, () => random.below(256));
    return replaced(der, content, bytes);
  },
];

function elementOf(der: Buffer, random: Random): Buffer {
  const { start, end } = random.pick(places(der));
  return der.subarray(start, end);
}

const swapped = (der: Buffer, random: Random, element: Buffer): Buffer =>
  resized(der, random.pick(places(der)), element);

/** Puts bytes in the place of an element and corrects the lengths of all that hold it. */
function resized(der: Buffer, place: Place, bytes: Buffer): Buffer {
  const holders = places(der).filter(({ content, end }) => content <= place.start && end >= place.end);
  let inner: Buffer = bytes;
  let [start, end] = [place.start, place.end];
  for (const holder of holders.reverse()) {
    if (holder.start === place.start) continue;
    const content = Buffer.concat([der.subarray(holder.content, start), inner, der.subarray(end, holder.end)]);
    inner = Buffer.concat([header(der[holder.start] ?? 0x30, content.length), content]);
    [start, end] = [holder.start, holder.end];
  }
  return Buffer.concat([der.subarray(0, start), inner, der.subarray(end)]);
}

function header(tag: number, size: number): Buffer {
  if (size < 0x80) return Buffer.from([tag, size]);
  const octets = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3;
  const bytes = Buffer.alloc(2 + octets);
  bytes.set([tag, 0x80 | octets]);
  bytes.writeUIntBE(size, 2, octets);
  return bytes;
}

/** One to four changes. */
export function mutated(der: Buffer, random: Random, other: Buffer): Buffer {
  let result = der;
  for (let left = 1 + random.below(4); left > 0 && result.length > 2; left--) {
    if (places(result).length === 0) return result;
    result = random.pick(MUTATIONS)(result, random, other);
  }
  return result;
}

const NOISE = [
  "",
  "\n",
  "-----BEGIN CERTIFICATE-----\n",
  "-----END CERTIFICATE-----\n",
  "subject=CN = keda\n",
  "\u0000",
  "\r\n",
  "A: b\n",
  "==",
];

/** The block between lines that belong there and lines that do not, sometimes cut. */
export function wrapped(pem: string, random: Random): string {
  const text =
    random.pick(NOISE) + pem.replaceAll("\n", random.pick(["\n", "\r\n", "\n", " \n"])) + random.pick(NOISE) + pem;
  return random.below(8) === 0 ? text.slice(random.below(text.length)) : text;
}
