import { describe, expect, it } from "@jest/globals";
import { readPublicKey } from "../../../src/core/certificate/public-key.ts";
import { bitString, element, explicit, integer, nothing, oid, sequence } from "../../../src/sandbox/pki/der.ts";
import { cutShort, ED25519, type Parts, pemOf, problemOf } from "./handmade.ts";

// The texts are crypto/x509's, from parseCertificate and parsePublicKey in parser.go; each row was put to Go.

const key = sequence(sequence(oid(ED25519)), bitString(Buffer.alloc(32, 1)));
/** What follows the key in the body. */
const after = (...elements: readonly Buffer[]): Partial<Parts> => ({ publicKey: Buffer.concat([key, ...elements]) });
const version1 = { version: Buffer.alloc(0) };
const version2 = { version: explicit(0, integer(1)) };
const uniqueId = (n: number): Buffer => element(0x80 | n, Buffer.from([0, 1]));

const broken: readonly (readonly [string, Partial<Parts>, string])[] = [
  ["an issuer that is no list", { issuer: integer(1) }, "x509: malformed issuer"],
  ["a subject that is no list, which Go calls the issuer too", { subject: integer(1) }, "x509: malformed issuer"],
  ["a validity that is no list", { validity: integer(1) }, "x509: malformed validity"],
  ["a key that is no list", { publicKey: integer(1) }, "x509: malformed spki"],
  ["a signature that is no bit string", { signature: integer(1) }, "x509: malformed signature"],
  ["extensions that are no list", after(explicit(3, integer(1))), "x509: malformed extensions"],
  ["a cut block of extensions", after(cutShort(0xa3)), "x509: malformed extensions"],
  ["a cut identifier of the issuer", after(cutShort(0x81)), "x509: malformed issuerUniqueID"],
  ["a cut identifier of the subject", after(uniqueId(1), cutShort(0x82)), "x509: malformed subjectUniqueID"],
  ["the same in version 2", { ...after(cutShort(0x81)), ...version2 }, "x509: malformed issuerUniqueID"],
  ["identifiers in version 2", { ...after(uniqueId(1), uniqueId(2)), ...version2 }, ""],
  ["what follows the key in version 1, which nobody reads", { ...after(cutShort(0x81)), ...version1 }, ""],
];

describe("a broken part is called as Go calls it", () => {
  it.each(broken)("%s", (_, parts, text) => {
    expect(problemOf(pemOf(parts))).toBe(text);
  });
});

describe("a key of RSA", () => {
  const usual = element(0x02, Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(126), Buffer.from([1])]));
  const of = (...numbers: readonly Buffer[]): Buffer =>
    sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing()), bitString(sequence(...numbers)));

  it.each([
    [
      "that is no list",
      sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing()), bitString(integer(1))),
      "public key",
    ],
    ["with a modulus that is no number", of(nothing(), integer(3)), "modulus"],
    ["with an exponent that is no number", of(usual, nothing()), "public exponent"],
  ])("%s is invalid", (_, publicKey, what) => {
    expect(problemOf(pemOf({ publicKey }))).toBe(`x509: invalid RSA ${what}`);
  });

  it.each([
    ["modulus", 0, of(integer(0), integer(3))],
    ["modulus", -1, of(integer(-1), integer(3))],
    ["public exponent", 0, of(usual, integer(0))],
    ["public exponent", -1, of(usual, integer(-1))],
  ])("with the %s %d is refused", (what, _, publicKey) => {
    expect(problemOf(pemOf({ publicKey }))).toBe(`x509: RSA ${what} is not a positive number`);
  });

  // crypto/rsa, checkPublicKey in fips140/rsa: 2 <= e <= 2^31-1, and odd.
  it.each([
    [1, "crypto/rsa: public exponent too small or negative"],
    [2, "crypto/rsa: public exponent is even"],
    [3, undefined],
    [0x7fff_ffff, undefined],
    [0x8000_0001, "crypto/rsa: public exponent too large"],
  ])("with the exponent %d is as good as Go finds it", (exponent, weakness) => {
    expect(readPublicKey(of(usual, integer(exponent))).weakness).toBe(weakness);
  });
});
