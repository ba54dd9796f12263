import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { unzip } from "./unzip.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unzip-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16: one packed file. */
function zipOf(name: string, text: string): Buffer {
  const packed = deflateRawSync(text);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(text), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(text.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
  const made = Buffer.from([20, 0]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02"), made, common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from("PK\x05\x06"), end]);
}

const zipped = (name: string, text: string): string => {
  const file = join(folder, "a.zip");
  writeFileSync(file, zipOf(name, text));
  return file;
};

test("a packed file is where the zip says, in its folders", () => {
  unzip(zipped("dist/lambda/index.mjs", "export const a = 1;"), join(folder, "task"));
  expect(readFileSync(join(folder, "task/dist/lambda/index.mjs"), "utf8")).toBe("export const a = 1;");
});

test("a path that leads out of the folder is refused", () => {
  expect(() => unzip(zipped("../../out", "x"), join(folder, "task"))).toThrow("leads out of the folder");
});

test("what is no zip is said to be none", () => {
  writeFileSync(join(folder, "a.zip"), "nothing of the kind, and long enough");
  expect(() => unzip(join(folder, "a.zip"), folder)).toThrow("no zip");
});
