import { isUtf8 } from "node:buffer";

const quoted = /^"((?:[^"\\]|\\.)*)"$/;
const backslashPair = /\\(.)/g;
const percentByte = /%([0-9a-f]{2})/gi;

/** Node hands header bytes over as Latin-1; a host that decoded them already (Lambda) may hand over anything. */
const bytesOf = (text: string): Buffer =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the question is exactly whether each character is one byte
  /^[\x00-\xff]*$/.test(text) ? Buffer.from(text, "latin1") : Buffer.from(text, "utf8");

/**
 * One `ce-` header value as text: unquoted, then percent-decoded exactly once; undefined when the result is not UTF-8.
 * A `%` without two hex digits stays as it is, because neither the Go nor the JavaScript SDK encodes.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const unquoted = quoted.exec(value)?.[1]?.replace(backslashPair, "$1") ?? value;
  const raw = bytesOf(unquoted).toString("latin1");
  const bytes = Buffer.from(
    raw.replace(percentByte, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}
