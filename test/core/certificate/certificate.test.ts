import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readCertificates } from "../../../src/core/certificate/certificate.ts";
import type { KeyAlgorithm } from "../../../src/sandbox/pki/key.ts";
import { pem } from "../../../src/sandbox/pki/mint.ts";
import { DAY, key, mintCa, mintLeaf, NOW, read } from "./minted.ts";

const leafPem = mintLeaf().certificate;
const derOf = (certificate: string): Buffer => new X509Certificate(certificate).raw;
const problemOf = (text: string): string => {
  const result = readCertificates(text);
  return result.ok ? "" : result.problem;
};

describe("what a certificate says", () => {
  it("is read in full", () => {
    const ca = mintCa({ pathLength: 3, subject: { o: "KEDAORG" } });
    const leaf = read(mintLeaf({ issuer: ca, serial: 2n ** 70n, ipAddresses: ["10.1.2.3", "::1"] }));
    expect(leaf).toMatchObject({
      displayName: "keda-operator",
      serialNumber: "1180591620717411303424",
      issuer: read(ca).subject,
      keyAlgorithm: "ECDSA",
      signatureAlgorithm: "ECDSA-SHA256",
      version: 3,
      notBefore: NOW - 10 * DAY,
      notAfter: NOW + 90 * DAY,
      basicConstraints: { ca: false },
      keyUsage: ["digitalSignature", "keyEncipherment"],
      extendedKeyUsage: ["serverAuth", "clientAuth"],
      dnsNames: ["keda-operator.keda.svc.cluster.local"],
      ipAddresses: ["10.1.2.3", "::1"],
      authorityKeyId: read(ca).subjectKeyId,
      unhandledCriticalExtensions: [],
    });
    expect(read(ca)).toMatchObject({
      displayName: "KEDAORG",
      basicConstraints: { ca: true, pathLength: 3 },
      subjectAltName: "",
    });
  });

  it("lacks what the certificate lacks", () => {
    const bare = read(mintCa({ version: 1 }));
    expect(bare).toMatchObject({ version: 1, dnsNames: [], subjectAltName: "" });
    expect(bare).not.toHaveProperty("basicConstraints");
    expect(bare).not.toHaveProperty("keyUsage");
    expect(bare).not.toHaveProperty("extendedKeyUsage");
    expect(bare).not.toHaveProperty("subjectKeyId");
  });

  it("is named by CN, else organization, else serial number", () => {
    expect(read(mintCa({ subject: { cn: "a", o: "b" } })).displayName).toBe("a");
    expect(read(mintCa({ subject: { o: "b" } })).displayName).toBe("b");
    expect(read(mintCa({ subject: {}, serial: 1014 })).displayName).toBe("serial:1014");
  });

  it.each<[KeyAlgorithm, string, string]>([
    ["RSA", "RSA", "SHA256-RSA"],
    ["RSA-PSS", "RSA-PSS", "SHA256-RSAPSS"],
    ["ECDSA", "ECDSA", "ECDSA-SHA256"],
    ["ECDSA-P384", "ECDSA", "ECDSA-SHA256"],
    ["Ed25519", "Ed25519", "Ed25519"],
  ])("a key of type %s is %s and signs with %s", (algorithm, keyAlgorithm, signatureAlgorithm) => {
    const own = read(mintLeaf({ key: key("own", algorithm) }));
    expect(own).toMatchObject({ keyAlgorithm, signatureAlgorithm });
  });

  it("agrees with node:crypto about identity, dates and names", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    const request = fc.record({
      serial: fc.bigInt({ min: 0n, max: 2n ** 159n }),
      dnsNames: fc.array(name, { maxLength: 5 }),
      subject: fc.record({ cn: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }) }),
      notBefore: fc.integer({ min: 0, max: 4e9 }).map((seconds) => seconds * 1000),
    });
    fc.assert(
      fc.property(request, (wanted) => {
        const { certificate } = mintLeaf({ ...wanted, notAfter: wanted.notBefore + DAY });
        const ours = read({ ...mintLeaf(), certificate });
        const theirs = new X509Certificate(certificate);
        expect(ours.fingerprint).toBe(theirs.fingerprint256.replaceAll(":", "").toLowerCase());
        expect(BigInt(ours.serialNumber)).toBe(BigInt(`0x${theirs.serialNumber}`));
        expect(ours.notBefore).toBe(theirs.validFromDate.getTime());
        expect(ours.notAfter).toBe(theirs.validToDate.getTime());
        expect(ours.dnsNames).toEqual(wanted.dnsNames);
        expect(ours.displayName).toBe(wanted.subject.cn);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a bundle", () => {
  it("is read in order, whatever stands around the blocks", () => {
    const [a, b] = [mintCa(), mintCa()];
    const text = `subject=CN = a\r\n${a.certificate.replaceAll("\n", "\r\n")}junk\n${b.keyPem}\n${b.certificate}-----BEGIN`;
    const result = readCertificates(text);
    expect(result).toEqual({ ok: true, certificates: [read(a), read(b)] });
  });

  it("gives each certificate its own normalised PEM", () => {
    const squeezed = leafPem.replace(/\n(?=[^-])(?!$)/g, "");
    const text = `# comment\n${squeezed.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\n")}`;
    expect(readCertificates(text)).toMatchObject({ ok: true, certificates: [{ pem: leafPem }] });
  });

  it("keeps a certificate that comes twice", () => {
    expect(readCertificates(leafPem + leafPem)).toMatchObject({ ok: true, certificates: [{}, {}] });
  });

  it("of a thousand is read, and quickly", () => {
    const started = performance.now();
    const result = readCertificates(leafPem.repeat(1000));
    expect(result.ok && result.certificates.length).toBe(1000);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("is parsed once", () => {
    expect(readCertificates(`${leafPem}`)).toBe(readCertificates(`${leafPem}`));
  });

  it("with one unreadable certificate is unreadable, and the sentence says which", () => {
    const bad = mintLeaf({ serial: -1 }).certificate;
    expect(problemOf(leafPem + bad)).toBe("Certificate 2 of 2 cannot be read: x509: negative serial number.");
  });

  it.each([
    ["no text", ""],
    ["text only", "hello\nworld"],
    ["a key only", mintLeaf().keyPem],
    ["another type of block", leafPem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")],
    ["a block with headers, as Go's pools pass it over", leafPem.replace("-----\n", "-----\nA: b\n\n")],
    ["broken base64, as Go passes it over", leafPem.replace("-----\n", "-----\n*")],
    ["base64 cut short, as Go passes it over", leafPem.replace(/.\n-----END/, "\n-----END")],
    ["an END that fits no BEGIN", leafPem.replace("END CERTIFICATE", "END CERTIFICATES")],
    ["an indented BEGIN", ` ${leafPem}`],
    ["no END", leafPem.replace("-----END", "----- END")],
  ])("without a certificate block is a problem: %s", (_, text) => {
    expect(problemOf(text)).toBe("The PEM text holds no certificate block.");
  });

  it("larger than any Secret is not read at all", () => {
    expect(problemOf("x".repeat(5 * 1024 * 1024))).toBe(
      "The PEM text is larger than 4 MiB, which no certificate bundle is.",
    );
  });
});

describe("a certificate out of hell", () => {
  const der = derOf(leafPem);
  const hex = der.toString("hex");
  const patched = (from: string, to: string): string => pem("CERTIFICATE", Buffer.from(hex.replace(from, to), "hex"));

  const point = /03420004.{128}/.exec(hex)?.[0] ?? "";

  it.each([
    ["nothing in the block", pem("CERTIFICATE", Buffer.alloc(0)), "x509: malformed certificate"],
    ["only a header", pem("CERTIFICATE", Buffer.from("3082", "hex")), "x509: malformed certificate"],
    ["an indefinite length", pem("CERTIFICATE", Buffer.from("30800000", "hex")), "x509: malformed certificate"],
    ["a length of 4 GiB", pem("CERTIFICATE", Buffer.from("3084ffffffff00", "hex")), "x509: malformed certificate"],
    ["bytes after the end", pem("CERTIFICATE", Buffer.concat([der, Buffer.from([0])])), "x509: trailing data"],
    ["version 4", patched("a003020102", "a003020103"), "x509: invalid version"],
    ["a negative version", patched("a003020102", "a0030201ff"), "x509: malformed version"],
    [
      "two different algorithms",
      patched("06082a8648ce3d040302", "06082a8648ce3d040303"),
      "x509: inner and outer signature algorithm identifiers don't match",
    ],
    ["a point off its curve", patched(point, `${point.slice(0, -2)}00`), "P256 point not on curve"],
    [
      "a compressed point",
      patched(point, point.replace("03420004", "03420002")),
      "ecdsa: invalid uncompressed public key",
    ],
    ["month 13", patched("170d32363131", "170d32363133"), "x509: malformed UTCTime"],
    [
      "a critical key id",
      mintCa({ keyIds: false, extensions: [{ oid: "2.5.29.14", critical: true, value: Buffer.from("040101", "hex") }] })
        .certificate,
      "x509: subject key identifier incorrectly marked critical",
    ],
    [
      "an extension that comes twice",
      mintCa({ extensions: [{ oid: "2.5.29.19", value: Buffer.from("3000", "hex") }] }).certificate,
      "x509: certificate contains duplicate extension",
    ],
    [
      "300 KiB of it",
      mintCa({ extensions: [{ oid: "1.2.3", value: Buffer.alloc(300_000) }] }).certificate,
      "it is larger than 256 KiB",
    ],
  ])("is refused with a sentence: %s", (_, text, reason) => {
    expect(problemOf(text)).toContain(reason);
    expect(problemOf(text)).toMatch(/^Certificate 1 of 1 cannot be read: .*\.$/);
  });

  it.each([
    ["month 0", "260001000000"],
    ["month 13", "261301000000"],
    ["day 0", "260100000000"],
    ["day 32", "260132000000"],
    ["a leap day in a year that has none", "260229000000"],
    ["hour 24", "260101240000"],
    ["minute 60", "260101006000"],
    ["second 60", "260101000060"],
  ])("is refused for a time that no clock shows: %s", (_, digits) => {
    const written = `170d${Buffer.from(digits).toString("hex")}5a`;
    const found = hex.replace(/170d(?:3\d){12}5a/, written);
    expect(found).not.toBe(hex);
    expect(problemOf(pem("CERTIFICATE", Buffer.from(found, "hex")))).toContain("x509: malformed UTCTime");
  });

  it("with a serial number of 200,000 digits is read in no time", () => {
    const started = performance.now();
    const huge = read(mintLeaf({ serial: 2n ** 660_000n }));
    expect(huge.serialNumber.length).toBeGreaterThan(190_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("with a NUL in its name is read as it stands", () => {
    const text = mintLeaf({ subject: { cn: "good\u0000evil" }, dnsNames: ["good\u0000evil"] }).certificate;
    expect(read({ ...mintLeaf(), certificate: text })).toMatchObject({
      displayName: "good\u0000evil",
      dnsNames: ["good\u0000evil"],
    });
  });

  it("is a verdict or a sentence, whatever bytes were changed", () => {
    const change = fc.record({ at: fc.nat(der.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const copy = Buffer.from(der);
        for (const { at, byte } of changes) copy[at] = byte;
        const result = readCertificates(pem("CERTIFICATE", copy));
        expect(result.ok || result.problem.startsWith("Certificate 1 of 1 cannot be read: ")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("is a verdict or a sentence for any text at all", () => {
    const line = fc.oneof(
      fc.constantFrom("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "MAA=", "a: b"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const result = readCertificates(lines.join("\n"));
        expect(result.ok || result.problem.endsWith(".")).toBe(true);
      }),
    );
  });

  it("is never repeated in the sentence about it", () => {
    const marker = "s3cr3tmarker";
    const bad = mintLeaf({ subject: { cn: marker }, dnsNames: [marker], serial: -1 }).certificate;
    const told = [bad, `${marker}\n`, pem(marker, der), pem("CERTIFICATE", Buffer.from(marker))].map(problemOf).join();
    expect(told).not.toContain(marker);
  });
});
