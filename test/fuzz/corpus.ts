import { readFileSync } from "node:fs";
import { type Certificate, readCertificates } from "../../src/core/certificate/certificate.ts";
import { derOf, hell, leafWith } from "./hell.ts";

const tables = ["../oracle/certificate/table.json", "../oracle/handshake/table.json"];

function recorded(path: string): readonly string[] {
  const table = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
    certificates: Readonly<Record<string, string>>;
  };
  return Object.values(table.certificates);
}

const parsedBy = (pem: string): readonly Certificate[] => {
  const read = readCertificates(pem);
  return read.ok ? read.certificates : [];
};

const texts = [...tables.flatMap(recorded), ...hell().map((one) => one.leaf), leafWith()];

/** Whom a fuzzed certificate is shown to: every certificate on record that can be read. */
export const pool: readonly Certificate[] = texts.flatMap(parsedBy);

/** What is changed: the same in every run, so that a seed repeats. Big ones are left out, they only cost time. */
export const corpus: readonly Buffer[] = texts
  .filter((text) => parsedBy(text).length === 1)
  .map(derOf)
  .filter((der) => der.length < 4096);
