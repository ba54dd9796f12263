import { describe, expect, it } from "@jest/globals";
import { DerReader } from "../../../src/core/certificate/der.ts";
import { readExtensions } from "../../../src/core/certificate/extension.ts";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";
import {
  bitString,
  element,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
} from "../../../src/sandbox/pki/der.ts";
import { certificateOf, cutShort, EXTENSION, extension, hex, implicitly, pemOf, problemOf } from "./handmade.ts";
import { key, mintCa, mintLeaf, NOW, read } from "./minted.ts";

// The texts are crypto/x509's, from parseExtension and processExtensions in parser.go; each row was put to Go.

const toldOf = (id: string, value: Buffer, critical = false): string =>
  problemOf(pemOf({ extensions: [extension(id, value, critical)] }));
const policy = (octets: string): Buffer => sequence(element(0x06, hex(octets)));
const policies = (...octets: readonly string[]): Buffer => sequence(...octets.map(policy));

describe("an extension that has no such shape is refused, in Go's words", () => {
  it.each([
    ["no sequence", integer(1), "x509: malformed extension"],
    ["no name", sequence(integer(1)), "x509: malformed extension OID field"],
    [
      "critical with a number",
      sequence(oid("1.2.3"), element(1, hex("01"))),
      "x509: malformed extension critical field",
    ],
    ["no value", sequence(oid("1.2.3")), "x509: malformed extension value field"],
    ["a value of another type", sequence(oid("1.2.3"), integer(1)), "x509: malformed extension value field"],
  ])("%s", (_, broken, text) => {
    expect(problemOf(pemOf({ extensions: [broken] }))).toBe(text);
  });

  it("one that says it is not critical is none that is", () => {
    const plain = sequence(oid("1.2.3"), element(1, hex("00")), octetString(hex("0500")));
    expect(certificateOf({ extensions: [plain] }).unhandledCriticalExtensions).toEqual([]);
    const strict = extension("1.2.3", hex("0500"), true);
    expect(certificateOf({ extensions: [strict] }).unhandledCriticalExtensions).toEqual(["1.2.3"]);
  });
});

describe("key identifiers", () => {
  it.each([
    ["a subject's that is a number", EXTENSION.subjectKeyId, integer(1), "x509: invalid subject key identifier"],
    ["an authority's that is a number", EXTENSION.authorityKeyId, integer(1), "x509: invalid authority key identifier"],
    [
      "an authority's cut short",
      EXTENSION.authorityKeyId,
      sequence(cutShort(0x80)),
      "x509: invalid authority key identifier",
    ],
    ["an authority's without an identifier", EXTENSION.authorityKeyId, sequence(), ""],
  ])("%s", (_, id, value, text) => {
    expect(toldOf(id, value)).toBe(text);
  });

  it.each([
    [
      "subject",
      EXTENSION.subjectKeyId,
      octetString(hex("01")),
      "x509: subject key identifier incorrectly marked critical",
    ],
    ["authority", EXTENSION.authorityKeyId, sequence(), "x509: authority key identifier incorrectly marked critical"],
  ])("of the %s must not be critical", (_, id, value, text) => {
    expect(toldOf(id, value, true)).toBe(text);
  });

  it("are absent where the extension names none", () => {
    const list = new DerReader(extension(EXTENSION.authorityKeyId, sequence()));
    expect(readExtensions(list)).not.toHaveProperty("authorityKeyId");
  });
});

it("a key usage that is no bit string is refused", () => {
  expect(toldOf(EXTENSION.keyUsage, integer(1))).toBe("x509: invalid key usage");
  expect(toldOf(EXTENSION.keyUsage, bitString(hex("80"), 7))).toBe("");
});

describe("a critical subjectAltName counts as understood when it holds any name that Go knows", () => {
  const dns = implicitly(2, "a.svc");
  const ip = implicit(7, hex("0a010203"));
  const mail = implicitly(1, "a@b");
  const uri = implicitly(6, "spiffe://a/b");
  it.each([
    ["a domain and an address", [dns, ip], []],
    ["a domain and a mail address", [dns, mail], []],
    ["a domain and a URI", [dns, uri], []],
    ["a URI", [uri], []],
    ["an unknown kind only", [implicitly(8, "x")], ["2.5.29.17"]],
    ["nothing", [], ["2.5.29.17"]],
  ])("%s", (_, names, unhandled) => {
    const one = certificateOf({ extensions: [extension(EXTENSION.subjectAltName, sequence(...names), true)] });
    expect(one.unhandledCriticalExtensions).toEqual(unhandled);
  });

  it("and a mail address in it that is no ASCII is refused", () => {
    expect(toldOf(EXTENSION.subjectAltName, sequence(implicitly(1, "é@b")))).toBe("x509: SAN rfc822Name is malformed");
  });
});

describe("certificate policies", () => {
  const bad = "x509: invalid certificate policies";
  it.each([
    ["two", policies("2a03", "2a04"), ""],
    ["numbers of two octets", policies("2a8101", "2a818001", "2a81808001"), ""],
    ["no list", integer(1), bad],
    ["an entry that is none", sequence(integer(1)), bad],
    ["an entry without a name", sequence(sequence(integer(1))), bad],
    ["the same twice", policies("2a03", "2a03"), bad],
    ["an empty name", policies(""), bad],
    ["a name cut short", policies("2a81"), bad],
    ["a name cut short after a zero", policies("2a8180"), bad],
    ["a name with a needless zero in front", policies("8001"), bad],
    ["a name with a needless zero within", policies("2a8001"), bad],
    ["a needless zero before a long number", policies("2a808101"), bad],
    ["a bad one after a good one", policies("2a03", "2a81"), bad],
  ])("%s", (_, value, text) => {
    expect(toldOf(EXTENSION.policies, value)).toBe(text);
  });
});

describe("policy mappings, policy constraints and inhibitAnyPolicy", () => {
  const mappings = "x509: invalid policy mappings extension";
  const constraints = "x509: invalid policy constraints extension";
  const inhibit = "x509: invalid inhibit any policy extension";
  const most = "7fffffffffffffff";
  const [p, q] = [oid("1.2.3"), oid("1.2.4")];
  it.each([
    ["a mapping", EXTENSION.policyMappings, sequence(sequence(p, q)), ""],
    ["mappings that are no list", EXTENSION.policyMappings, integer(1), mappings],
    ["a mapping that is none", EXTENSION.policyMappings, sequence(integer(1)), mappings],
    ["a mapping of a number", EXTENSION.policyMappings, sequence(sequence(integer(1), q)), mappings],
    ["a mapping to nothing", EXTENSION.policyMappings, sequence(sequence(p)), mappings],
    ["a good mapping and a bad one", EXTENSION.policyMappings, sequence(sequence(p, q), sequence()), mappings],
    ["constraints", EXTENSION.policyConstraints, sequence(implicit(0, hex("00")), implicit(1, hex(most))), ""],
    ["no constraint", EXTENSION.policyConstraints, sequence(), ""],
    ["a mapping constraint alone", EXTENSION.policyConstraints, sequence(implicit(1, hex("00"))), ""],
    ["constraints that are no list", EXTENSION.policyConstraints, integer(1), constraints],
    [
      "a constraint above 64 bits",
      EXTENSION.policyConstraints,
      sequence(implicit(0, hex("008000000000000000"))),
      constraints,
    ],
    ["a padded constraint", EXTENSION.policyConstraints, sequence(implicit(0, hex("0001"))), constraints],
    [
      "a mapping constraint above 64 bits",
      EXTENSION.policyConstraints,
      sequence(implicit(1, hex("008000000000000000"))),
      constraints,
    ],
    ["inhibitAnyPolicy", EXTENSION.inhibitAnyPolicy, integer(0), ""],
    ["inhibitAnyPolicy that is no number", EXTENSION.inhibitAnyPolicy, sequence(), inhibit],
    ["inhibitAnyPolicy above 64 bits", EXTENSION.inhibitAnyPolicy, integer(2n ** 63n), inhibit],
  ])("%s", (_, id, value, text) => {
    expect(toldOf(id, value)).toBe(text);
  });

  it.each([
    ["mappings", EXTENSION.policyMappings, sequence(sequence(p, q)), true],
    ["a demand for policies", EXTENSION.policyConstraints, sequence(implicit(0, hex("00"))), true],
    ["a ban on mappings only", EXTENSION.policyConstraints, sequence(implicit(1, hex("00"))), false],
    ["inhibitAnyPolicy", EXTENSION.inhibitAnyPolicy, integer(0), false],
  ])(
    "of an intermediate are refused where they decide, because they are not evaluated here: %s",
    (_, id, value, refused) => {
      const root = mintCa();
      const extensions = [{ oid: id, value }];
      const middle = mintCa({ subject: { cn: "middle" }, key: key("middle"), issuer: root, extensions });
      const leaf = read(mintLeaf({ issuer: middle }));
      const verdict = verifyCertificate(leaf, [read(root)], { now: NOW, intermediates: [read(middle)] });
      const text = "x509: required certificate policies are not evaluated by keda-medic";
      expect(verdict).toEqual(refused ? { ok: false, failure: "Other", text, about: "leaf" } : { ok: true });
    },
  );
});

describe("where a certificate says revocation and its issuer are found", () => {
  const points = "x509: invalid CRL distribution points";
  const point = "x509: invalid CRL distribution point";
  const access = "x509: invalid authority info access";
  const full = (...names: readonly Buffer[]): Buffer => sequence(sequence(explicit(0, explicit(0, ...names))));
  it.each([
    ["a point with two URIs", EXTENSION.distributionPoints, full(implicitly(6, "a"), implicitly(6, "b")), ""],
    ["a point without a name", EXTENSION.distributionPoints, sequence(sequence()), ""],
    [
      "anything behind a name of another kind",
      EXTENSION.distributionPoints,
      full(implicitly(2, "a"), cutShort(0x86)),
      "",
    ],
    ["points that are no list", EXTENSION.distributionPoints, integer(1), points],
    ["a point that is none", EXTENSION.distributionPoints, sequence(integer(1)), point],
    ["a good point and one that is none", EXTENSION.distributionPoints, sequence(sequence(), integer(1)), point],
    ["a point cut short", EXTENSION.distributionPoints, sequence(sequence(cutShort(0xa0))), point],
    ["a point with another name", EXTENSION.distributionPoints, sequence(sequence(explicit(0, explicit(1)))), point],
    ["a URI cut short", EXTENSION.distributionPoints, full(cutShort(0x86)), point],
    ["access", EXTENSION.authorityInfoAccess, sequence(sequence(oid("1.2.3"), implicitly(6, "a"))), ""],
    [
      "access by another kind of name",
      EXTENSION.authorityInfoAccess,
      sequence(sequence(oid("1.2.3"), cutShort(0x82))),
      "",
    ],
    ["access that is no list", EXTENSION.authorityInfoAccess, integer(1), access],
    ["access that is none", EXTENSION.authorityInfoAccess, sequence(integer(1)), access],
    ["access without a method", EXTENSION.authorityInfoAccess, sequence(sequence(implicitly(6, "a"))), access],
    [
      "access by a URI cut short",
      EXTENSION.authorityInfoAccess,
      sequence(sequence(oid("1.2.3"), cutShort(0x86))),
      access,
    ],
  ])("%s", (_, id, value, text) => {
    expect(toldOf(id, value)).toBe(text);
  });

  it("access to the issuer must not be critical", () => {
    expect(toldOf(EXTENSION.authorityInfoAccess, sequence(), true)).toBe(
      "x509: authority info access incorrectly marked critical",
    );
  });
});
