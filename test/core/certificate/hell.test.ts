import { createPublicKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { type Certificate, readCertificates } from "../../../src/core/certificate/certificate.ts";
import { generationOf } from "../../../src/core/certificate/rotation.ts";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";
import { sawAt } from "../../../src/core/seen.ts";
import { bitString, integer, nothing, oid, sequence } from "../../../src/sandbox/pki/der.ts";
import { dnsSubtree, ipSubtree, nameConstraints } from "../../../src/sandbox/pki/extension.ts";
import { judge } from "../../builders/casefile.ts";
import { incident, rotatedAt } from "../../builders/evidence.ts";
import { NOW as now } from "../../builders/time.ts";
import { DIALLED, hell, leafWith, NOW } from "../../fuzz/hell.ts";
import { key, mintCa, mintLeaf, read, readOne } from "./minted.ts";

const odd = hell();

/** Runs `work` and holds it to a time that a machine under load keeps, too. */
function within<T>(milliseconds: number, work: () => T): T {
  const started = performance.now();
  const answer = work();
  expect(performance.now() - started).toBeLessThan(milliseconds);
  return answer;
}

/** "" for a certificate that is accepted, Go's text for one that is not, or why it cannot be read. */
function told(leaf: Certificate, pool: readonly Certificate[], intermediates: readonly Certificate[] = []): string {
  const verified = verifyCertificate(leaf, pool, { now: NOW, dnsName: DIALLED, intermediates });
  return verified.ok ? "" : verified.text;
}

describe("a certificate out of hell gets Go's verdict, or a sentence that says why it cannot be read", () => {
  it.each(odd.filter((one) => one.readable).map((one) => [one.name, one] as const))("read: %s", (_, { leaf, text }) => {
    expect(within(2000, () => told(readOne(leaf), [readOne(leaf)]))).toBe(text);
  });

  it.each(odd.filter((one) => !one.readable).map((one) => [one.name, one] as const))("not: %s", (_, { leaf, text }) => {
    const problem = within(2000, () => {
      const found = readCertificates(leaf);
      return found.ok ? "was read" : found.problem;
    });
    expect(problem).toMatch(/^Certificate 1 of 1 cannot be read: x509: .*\.$/);
    expect(problem).toContain(text);
  });
});

describe("a bundle out of hell", () => {
  const ca = mintCa();
  const good = read(mintLeaf({ issuer: ca }));

  it("of 1,000 different certificates is read and searched, and the right one is found", () => {
    const others = Array.from({ length: 999 }, (_, i) => mintCa({ subject: { cn: `ca-${i}` } }).certificate);
    const pool = within(5000, () => readCertificates([...others, ca.certificate].join("")));
    expect(pool.ok && pool.certificates.length).toBe(1000);
    expect(within(500, () => told(good, pool.ok ? pool.certificates : []))).toBe("");
  });

  it("of 1,000 look-alikes ends where Go gives up", () => {
    const twins = Array.from({ length: 1000 }, (_, i) => read(mintCa({ serial: i + 1 })));
    const strange = read(mintLeaf({ issuer: mintCa({ key: mintLeaf().key }) }));
    const limit = "x509: signature check attempts limit reached while verifying certificate chain";
    expect(within(2000, () => told(strange, twins))).toBe(limit);
    expect(within(2000, () => told(strange, [], twins))).toBe(limit);
  });

  it("with a word of text around each of its certificates, and a line of a megabyte, is read", () => {
    const text = `${"x".repeat(1024 * 1024)}\n${`Bag Attributes\n    friendlyName: keda\n${ca.certificate}\n# end\n`.repeat(1000)}`;
    const found = within(5000, () => readCertificates(text));
    expect(found.ok && found.certificates.length).toBe(1000);
  });

  it("of a million opening lines is none", () => {
    const text = "-----BEGIN CERTIFICATE-----\n".repeat(140_000);
    expect(within(2000, () => readCertificates(text))).toEqual({
      ok: false,
      problem: "The PEM text holds no certificate block.",
    });
  });

  it("with one unreadable certificate among 1,000 is unreadable, and the sentence says which", () => {
    const bad = odd.find((one) => one.name === "serial number -1")?.leaf ?? "";
    const text = `${ca.certificate.repeat(700)}${bad}${ca.certificate.repeat(299)}`;
    expect(readCertificates(text)).toEqual({
      ok: false,
      problem: "Certificate 701 of 1000 cannot be read: x509: negative serial number.",
    });
  });
});

describe("a certificate made to keep a verifier busy does not", () => {
  it("has 8,000 names", () => {
    const many = Array.from({ length: 8000 }, (_, i) => `n${i}.svc`);
    const leaf = within(2000, () => readOne(leafWith({ dnsNames: many })));
    const text = `x509: certificate is valid for 8000 names, but none matched ${DIALLED}`;
    expect(within(1000, () => told(leaf, [leaf]))).toBe(text);
  });

  it("sets 4,000 names against 4,000 constraints of its CA", () => {
    const excluded = Array.from({ length: 4000 }, (_, i) => dnsSubtree(`c${i}.example`));
    const networks = Array.from({ length: 2000 }, (_, i) => ipSubtree(`10.${i >> 8}.${i & 255}.0/255.255.255.0`));
    const root = mintCa({ extensions: [nameConstraints({ excluded: [...excluded, ...networks] })] });
    const names = [DIALLED, ...Array.from({ length: 4000 }, (_, i) => `${"a.".repeat(10)}n${i}.svc`)];
    const leaf = read(mintLeaf({ issuer: root, dnsNames: names }));
    expect(within(3000, () => told(leaf, [read(root)]))).toBe("");
  });

  it.each([
    [2n ** 100_000n + 1n, 65537],
    [2n ** 16_000n + 1n, 0x7fff_ffff],
    [2n ** 3072n + 1n, 2n ** 63n - 1n],
  ])("has an RSA issuer that costs much to verify with (%#)", (modulus, exponent) => {
    const issuer = mintCa({ key: key("ca", "RSA") });
    const huge = read(mintCa({ key: { ...key("ca", "RSA"), publicKey: rsaKey(modulus, exponent) }, issuer }));
    const leaf = read(mintLeaf({ issuer }));
    expect(within(3000, () => told(leaf, [huge]))).toMatch(
      /^x509: certificate signed by unknown authority \(possibly because of "crypto\/rsa: /,
    );
  });

  it("goes round in circles: twenty CAs of one name that each signed each other", () => {
    const keys = Array.from({ length: 20 }, (_, i) => mintCa({ subject: { cn: `circle-${i}` } }));
    const circle = keys.flatMap((issuer, i) => keys.slice(0, i).map((of) => mintCa({ key: of.key, issuer })));
    const leaf = read(mintLeaf({ issuer: mintCa() }));
    expect(within(3000, () => told(leaf, [], circle.map(read)))).toMatch(/^x509: /);
  });
});

/** A key that only its owner could have found. */
function rsaKey(modulus: bigint, exponent: number | bigint): KeyObject {
  const key = sequence(integer(modulus), integer(exponent));
  const spki = sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing()), bitString(key));
  return createPublicKey({ key: spki, format: "der", type: "spki" });
}

describe("a diagnosis in which one of them turns up comes to a decision", () => {
  const readable = odd.filter((one) => one.readable).map((one) => [one.name, one] as const);

  it.each(readable)("as what the operator shows: %s", (_, { leaf }) => {
    const one = readOne(leaf);
    const operatorPresents = { "operator-1": sawAt({ leaf: one, chain: [one] }, now) };
    const { decision } = judge({ evidence: { ...incident(), operatorPresents } });
    expect(["restart", "escalate"]).toContain(decision.kind);
  });

  it.each(readable)("as what the Secret holds, which is refused where Go refuses it: %s", (_, { leaf, text }) => {
    const one = readOne(leaf);
    const certificates = { leaf: one, intermediates: [], ca: [one] };
    const material = {
      from: "Secret" as const,
      generation: generationOf([one], [one]),
      certificates,
      writtenAt: rotatedAt,
      keyFits: sawAt(true, now),
      writers: [],
    };
    const { decision } = judge({ evidence: { ...incident(), material: sawAt({ usable: true, material }, now) } });
    expect(decision.kind === "refuse").toBe(text !== "");
  });
});
