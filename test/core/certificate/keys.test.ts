import { describe, expect, it } from "@jest/globals";
import { holds } from "../../../src/core/certificate/cryptography.ts";
import { pointProblem } from "../../../src/core/certificate/curve.ts";
import { DerReader, elementOf } from "../../../src/core/certificate/der.ts";
import { parseCertificate } from "../../../src/core/certificate/parsed.ts";
import { readPublicKey } from "../../../src/core/certificate/public-key.ts";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";
import {
  bitString,
  boolean,
  element,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
} from "../../../src/sandbox/pki/der.ts";
import { certificateOf, commonName, cutShort, derOf, ED25519, extension, hex, pemOf, problemOf } from "./handmade.ts";
import { NOW } from "./minted.ts";

// The texts are crypto/x509's, from parsePublicKey and parseAI in parser.go; each row of a certificate was put to Go.

const DSA = "1.2.840.10040.4.1";
const numbers = (...values: readonly number[]): Buffer => sequence(...values.map((value) => integer(value)));
const dsaKey = (parameters: readonly Buffer[], y: Buffer): Buffer =>
  sequence(sequence(oid(DSA), ...parameters), bitString(y));
const told = (publicKey: Buffer): string => problemOf(pemOf({ publicKey }));

describe("a key of DSA is read as Go reads it, and signs nothing", () => {
  const zero = "x509: zero or negative DSA parameter";
  const invalid = "x509: invalid DSA parameters";
  it.each([
    ["four numbers", dsaKey([numbers(23, 11, 4)], integer(8)), ""],
    ["a public number that is none", dsaKey([numbers(23, 11, 4)], nothing()), "x509: invalid DSA public key"],
    ["no parameters", dsaKey([], integer(8)), invalid],
    ["parameters that are no list", dsaKey([integer(1)], integer(8)), invalid],
    ["two parameters", dsaKey([numbers(23, 11)], integer(8)), invalid],
    ["four parameters", dsaKey([numbers(23, 11, 4, 0)], integer(8)), ""],
    ["a public number of zero", dsaKey([numbers(23, 11, 4)], integer(0)), zero],
    ["a negative public number", dsaKey([numbers(23, 11, 4)], integer(-1)), zero],
    ["a last parameter of zero", dsaKey([numbers(23, 11, 0)], integer(8)), zero],
    ["ones", dsaKey([numbers(1, 1, 1)], integer(1)), ""],
  ])("%s", (_, publicKey, text) => {
    expect(told(publicKey)).toBe(text);
  });

  it("its certificate has a key of unknown type, and cannot be a parent", () => {
    const ca = extension("2.5.29.19", sequence(boolean(true)));
    const parent = {
      publicKey: dsaKey([numbers(23, 11, 4)], integer(8)),
      subject: commonName("dsa"),
      extensions: [ca],
    };
    expect(certificateOf(parent).keyAlgorithm).toBe("unknown");
    expect(
      verifyCertificate(certificateOf({ issuer: commonName("dsa") }), [certificateOf(parent)], { now: NOW }),
    ).toMatchObject({
      text: 'x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: algorithm unimplemented" while trying to verify candidate authority certificate "dsa")',
    });
  });

  it("neither can one with a key that Go does not know, which leaves no hint", () => {
    const publicKey = sequence(sequence(oid("1.3.101.110")), bitString(Buffer.alloc(32)));
    const parent = certificateOf({ publicKey, subject: commonName("x") });
    expect(parent.keyAlgorithm).toBe("unknown");
    expect(verifyCertificate(certificateOf({ issuer: commonName("x") }), [parent], { now: NOW })).toMatchObject({
      text: "x509: certificate signed by unknown authority",
    });
  });
});

describe("a key of Ed25519", () => {
  const of = (octets: number, ...parameters: readonly Buffer[]): Buffer =>
    sequence(sequence(oid(ED25519), ...parameters), bitString(Buffer.alloc(octets, 1)));
  it.each([
    ["has 32 octets", of(32), ""],
    ["has no parameters", of(32, nothing()), "x509: Ed25519 key encoded with illegal parameters"],
    ["has not 31", of(31), "x509: wrong Ed25519 public key size"],
    ["has not 33", of(33), "x509: wrong Ed25519 public key size"],
  ])("%s", (_, publicKey, text) => {
    expect(told(publicKey)).toBe(text);
  });

  // encoding/asn1, BitString.RightAlign.
  it("and a signature, of bits that are no whole octets, count from the right", () => {
    const octets = Buffer.concat([Buffer.alloc(30, 0xab), hex("cdf0")]);
    const key = readPublicKey(sequence(sequence(oid(ED25519)), bitString(octets, 4)));
    const aligned = `0a${"ba".repeat(29)}bcdf`;
    expect(key.plain.toString("hex")).toBe(`302a300506032b6570032100${aligned}`);
    const parsed = parseCertificate(derOf({ signature: bitString(octets, 4) }));
    expect(parsed.signature.toString("hex")).toBe(aligned);
  });
});

describe("an algorithm", () => {
  it.each([
    ["without a name", sequence(), "x509: malformed OID"],
    ["with a number for a name", sequence(integer(1)), "x509: malformed OID"],
    ["with a name cut short", sequence(element(6, hex("2a81"))), "x509: malformed OID"],
    ["with parameters cut short", sequence(oid("1.2.3"), cutShort(5)), "x509: malformed parameters"],
  ])("%s is refused", (_, algorithm, text) => {
    expect(problemOf(pemOf({ algorithm }))).toBe(text);
  });

  it.each([
    ["1.2.3", sequence(oid("1.2.3"), nothing()), "1.2.3"],
    ["Ed25519", sequence(oid(ED25519)), "Ed25519"],
    ["Ed25519 with parameters", sequence(oid(ED25519), nothing()), ED25519],
    ["SHA-1 of the old name", sequence(oid("1.3.14.3.2.29"), nothing()), "SHA1-RSA"],
  ])("is named as Go names it, or by its number where Go has no name: %s", (_, algorithm, name) => {
    expect(certificateOf({ algorithm }).signatureAlgorithm).toBe(name);
  });
});

describe("a point whose coordinate is the prime itself or above", () => {
  const P256 = "1.2.840.10045.3.1.7";
  const p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
  const one = `${"00".repeat(31)}01`;
  const ff = "ff".repeat(32);
  it.each([
    [p, one],
    [one, p],
    [ff, one],
    [one, ff],
  ])("%s, %s is no encoding of one", (x, y) => {
    expect(pointProblem(P256, hex(`04${x}${y}`))).toBe("invalid P256 element encoding");
  });

  it("the largest below it is one, though off the curve", () => {
    expect(pointProblem(P256, hex(`04${p.slice(0, -1)}e${p.slice(0, -1)}e`))).toBe("P256 point not on curve");
  });
});

describe("DER as Go's cryptobyte reads it", () => {
  const of = (digits: string): DerReader => new DerReader(hex(digits));

  it.each(["", "02", "1f0100", "3f0100", "308701000000000000", "30850100000000", "3082ff", "0480"])(
    "no element: %j",
    (digits) => {
      expect(() => of(digits).any("bad")).toThrow("bad");
    },
  );

  it.each(["3087010000000000000000", "3085010000000000000000"])(
    "a length of more than four octets is none: %s",
    (digits) => {
      expect(() => of(digits).any("bad")).toThrow("bad");
    },
  );

  it("a length of four octets is one", () => {
    const long = Buffer.concat([hex("048401000000"), Buffer.alloc(2 ** 24)]);
    expect(new DerReader(long).read(4, "bad").length).toBe(2 ** 24);
  });

  it.each([
    ["010100", false],
    ["0101ff", true],
  ])("a boolean %s is %p", (digits, value) => {
    expect(of(digits).boolean("bad")).toBe(value);
  });

  it.each(["010101", "0102ff00", "01020000", "0100"])("no boolean: %s", (digits) => {
    expect(() => of(digits).boolean("bad")).toThrow("bad");
  });

  it.each([
    ["030100", "", 0],
    ["030204f0", "f0", 4],
    ["03020780", "80", 1],
    ["030300ff01", "ff01", 16],
    ["030301ff00", "ff00", 15],
  ])("a bit string %s has the octets %j and %i bits", (digits, octets, length) => {
    const found = of(digits).bits("bad");
    expect([found.octets.toString("hex"), found.length]).toEqual([octets, length]);
  });

  it.each([
    "0303010001",
    "0300",
    "030101",
    "030102",
    "030103",
    "030104",
    "030105",
    "030106",
    "030107",
    "030108",
    "030208ff",
    "0304",
  ])("no bit string: %s", (digits) => {
    expect(() => of(digits).bits("bad")).toThrow("bad");
  });

  it.each([
    ["060150", "2.0"],
    ["06014f", "1.39"],
    ["06042a818001", "1.2.16385"],
    ["06062a87ffffff7f", "1.2.2147483647"],
  ])("an object identifier %s is %s", (digits, dotted) => {
    expect(of(digits).oid("bad")).toBe(dotted);
  });

  it.each(["06062a8880808000", "06022a81", "06032a8001"])("no object identifier: %s", (digits) => {
    expect(() => of(digits).oid("bad")).toThrow("bad");
  });

  it.each([
    [0x7f, "047f"],
    [0x80, "048180"],
    [0xff, "0481ff"],
    [0x100, "04820100"],
  ])("is written with the shortest length: %i octets", (size, header) => {
    const written = elementOf(4, Buffer.alloc(size - 1), Buffer.alloc(1));
    expect(written.toString("hex")).toBe(octetString(Buffer.alloc(size)).toString("hex"));
    expect(written.toString("hex").startsWith(header)).toBe(true);
  });
});

it("a signature does not hold when the key is none", () => {
  const nothingAtAll = Buffer.alloc(0);
  const check = { spki: nothingAtAll, digest: "sha256", pss: false, signed: nothingAtAll, signature: nothingAtAll };
  expect(holds(check)).toBe(false);
});
