import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { sha256 } from "../../../src/core/certificate/cryptography.ts";
import {
  classifyRotation,
  type Generation,
  generationOf,
  predictText,
  type RotationClass,
} from "../../../src/core/certificate/rotation.ts";
import { DAY, DIALLED, EXPIRED, generation, key, mintCa, mintLeaf, NOW, read } from "./minted.ts";

const RENEWED = { notBefore: NOW - DAY, notAfter: NOW + 180 * DAY } as const;
const rekeyed = { key: key("new") };
const ca = mintCa();
const issued = (parent = ca, request = {}): Generation => generation(mintLeaf({ issuer: parent, ...request }), parent);
const selfSigned = (request = {}): Generation => {
  const leaf = mintLeaf(request);
  return generation(leaf, leaf);
};
const asCa = { ca: true, keyUsage: ["digitalSignature", "certSign"] } as const;
const old = issued();

describe("the class of a rotation", () => {
  const newCa = mintCa({ key: key("new ca") });
  const renewedCa = mintCa(RENEWED);
  it.each<[string, Generation, Generation, RotationClass]>([
    ["nothing changed", old, old, "Same"],
    ["only the leaf, with the same key", old, issued(), "Safe"],
    ["only the leaf, with a new key", old, issued(ca, rekeyed), "Safe"],
    ["CA renewed with the same key", old, issued(renewedCa), "Safe"],
    ["CA bundle grew", old, generation(mintLeaf({ issuer: ca }), ca, newCa), "Safe"],
    ["M1 self-signed, new key", selfSigned(), selfSigned(rekeyed), "Breaking"],
    ["M2 self-signed, same key", selfSigned(), selfSigned(RENEWED), "Breaking"],
    ["M3 self-signed CA, new key", selfSigned(asCa), selfSigned({ ...asCa, ...rekeyed }), "Breaking"],
    ["M4 self-signed CA, same key", selfSigned(asCa), selfSigned({ ...asCa, ...RENEWED }), "Breaking"],
    ["M7 CA with a new key", old, issued(newCa), "Breaking"],
    ["M8 CA with a new name", old, issued(mintCa({ ...rekeyed, subject: { cn: "new" } })), "Breaking"],
    [
      "new leaf accepted by the old CA, old leaf not by the new one",
      generation(mintLeaf({ issuer: ca }), ca, newCa),
      issued(newCa),
      "Breaking",
    ],
    [
      "old leaf accepted by the new CA bundle, new leaf not by the old one",
      old,
      generation(mintLeaf({ issuer: newCa }), ca, newCa),
      "Breaking",
    ],
    ["M9 ca.crt new, tls.crt old", old, generation(mintLeaf({ issuer: ca }), newCa), "Inconsistent"],
    ["M10 tls.crt new, ca.crt old", old, generation(mintLeaf({ issuer: newCa }), ca), "Inconsistent"],
    ["an empty CA bundle", old, generation(mintLeaf({ issuer: ca })), "Inconsistent"],
    ["a leaf that is for servers only", old, issued(ca, { extendedKeyUsage: ["serverAuth"] }), "Inconsistent"],
    ["a new leaf that has expired", old, issued(ca, EXPIRED), "Expired"],
    ["a new CA that has expired", old, issued(mintCa(EXPIRED)), "Expired"],
    ["a new leaf of the future", old, issued(ca, { notBefore: NOW + DAY }), "Expired"],
    ["the old leaf has expired, which is no fault of the rotation", issued(ca, EXPIRED), issued(), "Safe"],
    ["the old CA has expired, which is no fault of the rotation", issued(mintCa(EXPIRED)), issued(renewedCa), "Safe"],
    ["an expired old generation of another CA", issued(newCa, EXPIRED), issued(), "Breaking"],
  ])("%s", (_, from, to, expected) => {
    expect(classifyRotation(from, to, NOW)).toBe(expected);
  });

  it("is the same whatever else stands in the Secret's leaf bundle", () => {
    const middle = mintCa({ subject: { cn: "middle" }, key: key("middle"), issuer: ca });
    const from = { ...generation(mintLeaf({ issuer: middle }), ca), intermediates: [read(middle)] };
    const to = { ...generation(mintLeaf({ issuer: middle, ...rekeyed }), ca), intermediates: [read(middle)] };
    expect(classifyRotation(from, to, NOW)).toBe("Safe");
    expect(classifyRotation(from, { ...to, intermediates: [] }, NOW)).toBe("Inconsistent");
  });
});

describe("the text that a stale verifier logs", () => {
  const options = { now: NOW, dnsName: DIALLED };

  it("is the incident's, when a self-signed leaf got a new key", () => {
    expect(predictText(selfSigned(rekeyed), selfSigned().ca, options)).toBe(
      'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "keda-operator")',
    );
  });

  it("is the same when the operator is the stale side", () => {
    const [before, after] = [selfSigned(), selfSigned(rekeyed)];
    expect(predictText(before, after.ca, options)).toBe(predictText(after, before.ca, options));
  });

  it("is none when the verifier accepts", () => {
    expect(predictText(old, old.ca, options)).toBeUndefined();
  });

  it("takes the intermediates of what is shown, unless told otherwise", () => {
    const middle = mintCa({ subject: { cn: "middle" }, key: key("middle"), issuer: ca });
    const shown = { ...generation(mintLeaf({ issuer: middle }), ca), intermediates: [read(middle)] };
    expect(predictText(shown, shown.ca, options)).toBeUndefined();
    expect(predictText(shown, shown.ca, { ...options, intermediates: [] })).toContain("unknown authority");
  });
});

describe("a generation", () => {
  const [a, b, c] = [read(mintCa()), read(mintCa()), read(mintCa())];

  it("is the digest of its fingerprints by role", () => {
    expect(generationOf([a], [b])).toBe(sha256(`leaf:${a.fingerprint};ca:${b.fingerprint}`));
  });

  it("is another one when leaf and CA change places, or the leaf bundle is reordered", () => {
    expect(generationOf([a], [b])).not.toBe(generationOf([b], [a]));
    expect(generationOf([a, b], [c])).not.toBe(generationOf([b, a], [c]));
  });

  it("does not depend on order or repetition in the CA bundle", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([a, b, c, a, b, c], { minLength: 6 }), (bundle) => {
        expect(generationOf([a], bundle)).toBe(generationOf([a], [a, b, c]));
      }),
    );
  });
});
