import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { inflateRawSync } from "node:zlib";

/** APPNOTE.TXT 4.3.16: the end of the central directory, 22 bytes where the archive has no comment. */
const endSignature = 0x06054b50;
const stored = 0;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly size: number;
  readonly offset: number;
}

/** APPNOTE.TXT 4.3.12: one after the other, each with three fields of their own length. */
function entriesOf(zip: Buffer): readonly Entry[] {
  const end = zip.length - 22;
  if (end < 0 || zip.readUInt32LE(end) !== endSignature) throw new Error("this is no zip that Lambda would take");
  const entries: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    entries.push({
      name: zip.toString("utf8", at + 46, at + 46 + name),
      method: zip.readUInt16LE(at + 10),
      size: zip.readUInt32LE(at + 20),
      offset: zip.readUInt32LE(at + 42),
    });
    at += 46 + name + extra + comment;
  }
  return entries;
}

function contentOf(zip: Buffer, { method, size, offset }: Entry): Buffer {
  const from = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(from, from + size);
  return method === stored ? packed : inflateRawSync(packed);
}

/** Unpacks the zip of a function into a folder, as Lambda does into /var/task. */
export function unzip(file: string, folder: string): void {
  const zip = readFileSync(file);
  for (const entry of entriesOf(zip)) {
    const path = join(folder, normalize(entry.name));
    if (!path.startsWith(folder)) throw new Error(`${entry.name} leads out of the folder`);
    if (entry.name.endsWith("/")) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contentOf(zip, entry));
  }
}
