const SHORT: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Go's `%q` of a string: what stands between the quotes in "candidate authority certificate %q". */
export const goQuote = (text: string): string => `"${escaped(text)}"`;

/** One character in UTF-8, or else one octet that begins none (Unicode, table 3-7). */
const UTF8 =
  /[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** Go's `%q` of octets that need not be text, given as one character for each (`latin1`). */
export const goQuoteOctets = (octets: string): string => `"${octets.replace(UTF8, quotedOctets)}"`;

const quotedOctets = (octets: string): string =>
  octets.length === 1 && octets >= "\u0080"
    ? `\\x${octets.charCodeAt(0).toString(16)}`
    : escaped(Buffer.from(octets, "latin1").toString("utf8"));

const escaped = (text: string): string => Array.from(text, quoted).join("");

function quoted(character: string): string {
  const known = SHORT[character];
  if (known !== undefined) return known;
  if (PRINTABLE.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const hex = (width: number): string => point.toString(16).padStart(width, "0");
  if (point < 0x80) return `\\x${hex(2)}`;
  return point < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
