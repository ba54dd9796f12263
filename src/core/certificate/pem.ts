/** Reads PEM as Go's encoding/pem does: text around blocks is ignored, so are blocks whose armour or base64 is broken. */

export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly der: Buffer;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";

/** Every well-formed block, in order. Linear in the length of the text. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { type: string; lines: string[] } | undefined;
  for (const line of text.split("\n").map(trimLineEnd)) {
    if (line.startsWith(BEGIN)) open = { type: typeOf(line), lines: [] };
    else if (line.startsWith(END)) {
      if (open !== undefined && line === END + open.type + DASHES) blocks.push(...blockOf(open.type, open.lines));
      open = undefined;
    } else open?.lines.push(line);
  }
  return blocks;
}

function trimLineEnd(line: string): string {
  let end = line.endsWith("\r") ? line.length - 1 : line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end -= 1;
  return line.slice(0, end);
}

/** A BEGIN line that does not end in dashes opens nothing that an END line could match. */
const typeOf = (line: string): string =>
  line.endsWith(DASHES) && line.length >= BEGIN.length + DASHES.length
    ? line.slice(BEGIN.length, -DASHES.length)
    : "\n";

function blockOf(type: string, lines: readonly string[]): PemBlock[] {
  const body = lines.findIndex((line) => !line.includes(":"));
  const start = body < 0 ? lines.length : body;
  const base64 = lines
    .slice(start)
    .join("")
    .replace(/[ \t\r]/g, "");
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return [];
  return [{ type, hasHeaders: start > 0, der: Buffer.from(base64, "base64") }];
}
