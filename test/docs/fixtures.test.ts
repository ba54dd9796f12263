import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { root } from "./fences.ts";

const folder = `${root}test/fixtures`;
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.(json|txt)$/.test(name));

/** The text, and what stands in it as Base64. */
function texts(file: string): readonly string[] {
  const text = readFileSync(`${folder}/${file}`, "utf8");
  const encoded = [...text.matchAll(/"([A-Za-z0-9+/]{100,}={0,2})"/g)].map(([, base64]) => base64 ?? "");
  return [text, ...encoded.map((base64) => Buffer.from(base64, "base64").toString("latin1"))];
}

test("there are recordings", () => {
  expect(files.length).toBeGreaterThan(8);
});

test.each(files)("%s holds no private key and no token", (file) => {
  for (const text of texts(file)) {
    expect(/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)).toBe(false);
    expect(/\beyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/.test(text)).toBe(false);
  }
});
