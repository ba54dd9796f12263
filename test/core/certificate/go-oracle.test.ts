import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { type Certificate, readCertificates } from "../../../src/core/certificate/certificate.ts";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";

interface OracleRow {
  readonly name: string;
  readonly leaf: string;
  readonly pool: readonly string[];
  readonly intermediates: readonly string[];
  readonly now: number;
  readonly dnsName: string;
  readonly usage: "serverAuth" | "clientAuth";
  readonly parsed: boolean;
  readonly ok: boolean;
  readonly text: string;
}

interface OracleTable {
  readonly go: string;
  readonly certificates: Readonly<Record<string, string>>;
  readonly cases: readonly OracleRow[];
}

// Written by test/oracle/certificate/make.ts with a real Go.
const file = new URL("../../oracle/certificate/table.json", import.meta.url);
const source = readFileSync(file, "utf8");
const table = JSON.parse(source) as OracleTable;

function certificate(id: string): Certificate {
  const read = readCertificates(table.certificates[id] ?? "");
  if (!read.ok) throw new Error(read.problem);
  const [only] = read.certificates;
  if (only === undefined) throw new Error(`no certificate ${id}`);
  return only;
}

function ourVerdict(row: OracleRow): { readonly ok: boolean; readonly text: string } {
  const verification = verifyCertificate(certificate(row.leaf), row.pool.map(certificate), {
    now: row.now,
    dnsName: row.dnsName,
    usage: row.usage,
    intermediates: row.intermediates.map(certificate),
  });
  return { ok: verification.ok, text: verification.ok ? "" : verification.text };
}

describe(`agrees with crypto/x509 of ${table.go}, verdict and text`, () => {
  it.each(table.cases.filter((row) => row.parsed).map((row) => [row.name, row] as const))("%s", (_, row) => {
    expect(ourVerdict(row)).toEqual({ ok: row.ok, text: row.text });
  });
});

describe("cannot read what Go cannot read, and says why in Go's words", () => {
  it.each(table.cases.filter((row) => !row.parsed).map((row) => [row.name, row] as const))("%s", (_, row) => {
    const read = readCertificates(table.certificates[row.leaf] ?? "");
    expect(read).toEqual({ ok: false, problem: `Certificate 1 of 1 cannot be read: ${row.text}.` });
  });
});

describe("the table of the oracle", () => {
  it("has at least 60 cases of every outcome", () => {
    expect(table.cases.length).toBeGreaterThanOrEqual(60);
    expect(table.cases.some((row) => row.ok)).toBe(true);
  });

  it("holds no private key", () => {
    expect(source).not.toContain("PRIVATE KEY");
  });
});
