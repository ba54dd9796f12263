import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { type Certificate, octetsOf, readCertificates } from "../../../src/core/certificate/certificate.ts";
import { pemBlocks } from "../../../src/core/certificate/pem.ts";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";
import { element, sequence } from "../../../src/sandbox/pki/der.ts";
import { pem } from "../../../src/sandbox/pki/mint.ts";
import {
  certificateOf,
  cutShort,
  derOf,
  EXTENSION,
  extension,
  implicitly,
  type Parts,
  pemOf,
  problemOf,
} from "./handmade.ts";
import { key, mintCa, mintLeaf, NOW, read } from "./minted.ts";

describe("what is too large is not read, and the last size that fits is", () => {
  it("a text of 4 MiB", () => {
    const text = pemOf({});
    const filled = `${text}${"x".repeat(4 * 1024 * 1024 - text.length)}`;
    expect(readCertificates(filled)).toMatchObject({ ok: true, certificates: [{}] });
    expect(problemOf(`${filled}x`)).toBe("The PEM text is larger than 4 MiB, which no certificate bundle is.");
  });

  it("a certificate of 256 KiB", () => {
    const sized = (octets: number): Buffer => derOf({ extensions: [extension("1.2.3", Buffer.alloc(octets))] });
    const room = 256 * 1024 - (sized(200_000).length - 200_000);
    expect(sized(room).length).toBe(256 * 1024);
    expect(problemOf(pem("CERTIFICATE", sized(room)))).toBe("");
    expect(problemOf(pem("CERTIFICATE", sized(room + 1)))).toBe("it is larger than 256 KiB");
  });

  it("a problem is told in 500 characters", () => {
    const start = 'x509: cannot parse URI "http://a..';
    const end = '": invalid domain';
    const told = (length: number): string => {
      const name = "a".repeat(length - start.length - end.length);
      return problemOf(
        pemOf({ extensions: [extension(EXTENSION.subjectAltName, sequence(implicitly(6, `http://a..${name}`)))] }),
      );
    };
    expect(told(500)).toBe(`${start}${"a".repeat(500 - start.length - end.length)}${end}`);
    expect(told(501)).toBe(`${start}${"a".repeat(501 - start.length - end.length)}${end.slice(0, -1)} ...`);
  });
});

describe("a certificate is known by its octets", () => {
  const forge = (of: Certificate, der: Buffer, text: string): Certificate => ({
    ...of,
    pem: text,
    fingerprint: createHash("sha256").update(der).digest("hex"),
  });
  const one = certificateOf({});

  it("which are read from its PEM where they were never seen", () => {
    const der = derOf({ serial: element(2, Buffer.from([0x41])) });
    expect(octetsOf(forge(one, der, pem("CERTIFICATE", der)))?.serialNumber).toBe(0x41n);
  });

  it.each([
    ["without a PEM", ""],
    ["with a PEM of something else", pem("CERTIFICATE", Buffer.from([5, 0]))],
    ["with a PEM of another certificate", pemOf({ serial: element(2, Buffer.from([0x42])) })],
  ])("and has none %s", (_, text) => {
    expect(octetsOf(forge(one, Buffer.from("never seen"), text))).toBeUndefined();
  });

  it("and without them it is still accepted where the pool holds that very certificate", () => {
    const forged = forge(one, Buffer.from("nowhere"), "");
    expect(verifyCertificate(forged, [forged], { now: NOW })).toEqual({ ok: true });
    expect(verifyCertificate(forged, [forged], { now: one.notAfter + 1 })).toMatchObject({
      text: "x509: certificate has expired or is not yet valid: current time 2027-02-21T02:19:16Z is after 2027-02-21T02:19:16Z",
    });
    expect(verifyCertificate(forged, [forged], { now: one.notBefore - 1000 })).toMatchObject({
      text: "x509: certificate has expired or is not yet valid: current time 2026-11-13T02:19:15Z is before 2026-11-13T02:19:16Z",
    });
  });

  it("one without names has none of any kind", () => {
    expect(certificateOf({})).toMatchObject({ dnsNames: [], ipAddresses: [], subjectAltName: "" });
  });
});

describe("a time of another zone", () => {
  const valid = (notBefore: string, notAfter: string): Partial<Parts> => ({
    validity: sequence(element(0x18, Buffer.from(notBefore)), element(0x18, Buffer.from(notAfter))),
  });

  // encoding/asn1's times keep their zone, and time.Time prints it.
  it("is told in that zone", () => {
    const one = certificateOf(valid("20261123021916-0530", "20261125021916+0130"));
    const told = (now: number) => verifyCertificate(one, [one], { now });
    const before = Date.UTC(2026, 10, 23, 7, 49, 16);
    const after = Date.UTC(2026, 10, 25, 0, 49, 16);
    expect([one.notBefore, one.notAfter]).toEqual([before, after]);
    expect(told(before)).toEqual({ ok: true });
    expect(told(after)).toEqual({ ok: true });
    expect(told(before - 1000)).toMatchObject({
      text: "x509: certificate has expired or is not yet valid: current time 2026-11-23T07:49:15Z is before 2026-11-23T02:19:16-05:30",
    });
    expect(told(after + 1000)).toMatchObject({
      text: "x509: certificate has expired or is not yet valid: current time 2026-11-25T00:49:17Z is after 2026-11-25T02:19:16+01:30",
    });
  });

  const end = "20271123021916Z";
  const malformed = "x509: malformed GeneralizedTime";
  it.each([
    ["20261123021916+0059", ""],
    ["20261123021916-2359", ""],
    ["20261123021916+2400", ""],
    ["20261123021916+2401", ""],
    ["20261123021916+2500", malformed],
    ["20261123021916+0060", malformed],
    ["20261123021916-0000", malformed],
    ["20261123021916", malformed],
    ["20260229021916Z", malformed],
    ["20000229021916Z", ""],
    ["20240229021916Z", ""],
    ["19000229021916Z", malformed],
  ])("%s: %j", (text, problem) => {
    expect(problemOf(pemOf(valid(text, end)))).toBe(problem);
  });

  it("is of one of two types", () => {
    const validity = sequence(element(0x16, Buffer.from(end)), element(0x18, Buffer.from(end)));
    expect(problemOf(pemOf({ validity }))).toBe("x509: unsupported time format");
  });

  it.each([
    ["UTCTime", 0x17],
    ["GeneralizedTime", 0x18],
  ])("is refused when it is cut short: %s", (kind, tag) => {
    expect(problemOf(pemOf({ validity: sequence(cutShort(tag)) }))).toBe(`x509: malformed ${kind}`);
  });
});

describe("PEM as Go's encoding/pem reads it", () => {
  const block = { type: "X", hasHeaders: false, der: Buffer.from([0x30, 0]) };
  it.each([
    ["spaces and tabs at the end of lines", "-----BEGIN X----- \t\nMAA= \n-----END X-----\t \r\n", [block]],
    ["a BEGIN without dashes at its end", "-----BEGIN X\nMAA=\n-----END -----\n", []],
    ["a long BEGIN without dashes at its end", "-----BEGIN XXXXXXX\nMAA=\n-----END XX-----\n", []],
    ["a BEGIN of dashes only", "-----BEGIN ----\nMAA=\n-----END -----\n", []],
    ["base64 that is none", "-----BEGIN X-----\nMA*=\n-----END X-----\n", []],
    ["no text", "", []],
  ])("%s", (_, text, blocks) => {
    expect(pemBlocks(text)).toEqual(blocks);
  });
});

// crypto/x509, buildChains and alreadyInChain (verify.go); put to Go like the rest.
describe("the search for a chain", () => {
  const limit = "x509: signature check attempts limit reached while verifying certificate chain";
  const unknown = "x509: certificate signed by unknown authority";
  const told = (leaf: Certificate, pool: readonly Certificate[], intermediates: readonly Certificate[]): string => {
    const verified = verifyCertificate(leaf, pool, { now: NOW, intermediates });
    return verified.ok ? "" : verified.text;
  };

  it.each([
    ["that names differ", ["a"], ["b"], unknown],
    ["that only the leaf has names", ["a"], [], limit],
    ["that only its parent has names", [], ["b"], limit],
  ])(
    "of a certificate and its like goes round once, unless Go goes on because of the names: %s",
    (_, own, parents, text) => {
      const root = mintCa({ subject: { cn: "same" }, key: key("same"), dnsNames: parents });
      const leaf = mintLeaf({ subject: { cn: "same" }, key: key("same"), issuer: root, dnsNames: own });
      expect(told(read(leaf), [], [read(root)])).toBe(text);
    },
  );

  it("a good chain stays good when a later candidate has expired", () => {
    const root = mintCa();
    const middle = { subject: { cn: "middle" }, key: key("middle"), issuer: root };
    const good = mintCa(middle);
    const old = mintCa({ ...middle, notBefore: NOW - 2000, notAfter: NOW - 1000 });
    const leaf = read(mintLeaf({ issuer: good }));
    expect(told(leaf, [read(root)], [read(good), read(old)])).toBe("");
    expect(told(leaf, [read(root)], [read(old), read(good)])).toBe("");
  });

  it("an expired root is the problem, whatever hint an earlier one left", () => {
    const wrong = mintCa({ key: key("other") });
    const old = mintCa({ notBefore: NOW - 2000, notAfter: NOW - 1000 });
    const leaf = read(mintLeaf({ issuer: old, keyIds: false }));
    const expired =
      "x509: certificate has expired or is not yet valid: current time 2026-11-23T02:19:16Z is after 2026-11-23T02:19:15Z";
    expect(told(leaf, [read(wrong), read(old)], [])).toBe(expired);
    expect(told(leaf, [read(old), read(wrong)], [])).toBe(expired);
  });
});
