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
export const goQuote = (text: string): string => `"${Array.from(text, quoted).join("")}"`;

function quoted(character: string): string {
  const known = SHORT[character];
  if (known !== undefined) return known;
  if (PRINTABLE.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const hex = (width: number): string => point.toString(16).padStart(width, "0");
  if (point < 0x80) return `\\x${hex(2)}`;
  return point < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
