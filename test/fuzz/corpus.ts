import { readFileSync } from "node:fs";
import { type Certificate, readCertificates } from "../../src/core/certificate/certificate.ts";
import { sha256 } from "../../src/core/certificate/cryptography.ts";
import { implicit, sequence } from "../../src/sandbox/pki/der.ts";
import { derOf, extension, hell, leafWith } from "./hell.ts";

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

/** Names that are URIs, which Go takes apart; several of these, for they are few beside the others. */
const uris = ["spiffe://cluster.local/ns/keda", "https://keda.svc:443/a?b#c", "mailto:a@b.c", "//[::1]:1/"].map(
  (uri) => {
    const name = implicit(6, Buffer.from(uri, "latin1"));
    return leafWith({ extensions: [extension("2.5.29.17", sequence(name, name))], dnsNames: [] });
  },
);

const texts = [
  ...tables.flatMap(recorded),
  ...hell().map((one) => one.leaf),
  leafWith(),
  ...Array.from({ length: 12 }, () => uris).flat(),
];

/** Whom a fuzzed certificate is shown to: every certificate on record that can be read. */
export const pool: readonly Certificate[] = texts.flatMap(parsedBy);

/** What is changed: the same in every run, so that a seed repeats. Big ones are left out, they only cost time. */
export const corpus: readonly Buffer[] = texts
  .filter((text) => parsedBy(text).length === 1)
  .map(derOf)
  .filter((der) => der.length < 4096);

const known = new Map(pool.map((one) => [one.fingerprint, one]));
const relatives = corpus.map((der) => {
  const own = known.get(sha256(der));
  return pool.filter((one) => own !== undefined && (one.issuer === own.subject || one.subject === own.issuer));
});

/** Certificates that name the subject or the issuer of this one of the corpus. */
export const relativesOf = (der: Buffer): readonly Certificate[] => relatives[corpus.indexOf(der)] ?? [];
