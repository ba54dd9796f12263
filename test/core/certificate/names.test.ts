import { describe, expect, it } from "@jest/globals";
import { addressText, parseAddress } from "../../../src/core/certificate/address.ts";
import { hostnameProblem } from "../../../src/core/certificate/hostname.ts";
import { readAddress } from "../../../src/core/certificate/ip-literal.ts";
import { goQuote, goQuoteOctets } from "../../../src/core/certificate/quote.ts";
import { element, oid, sequence, set } from "../../../src/sandbox/pki/der.ts";
import { certificateOf, commonName, EXTENSION, extension, hex, implicitly, pemOf, problemOf } from "./handmade.ts";

// What Go does is in crypto/x509: parseASN1String (parser.go) and VerifyHostname (verify.go); each row was put to Go.

describe("a string of a name is read in its own alphabet, or refused in Go's words", () => {
  const named = (tag: number, value: Buffer) => ({
    subject: sequence(set(sequence(oid("2.5.4.3"), element(tag, value)))),
  });

  it.each([
    [18, "31613200", "invalid NumericString"],
    [19, "614062", "invalid PrintableString"],
    [22, "61e9", "invalid IA5String"],
    [12, "61ff", "invalid UTF-8 string"],
    [30, "004100", "invalid BMPString"],
    [30, "0041d800", "invalid BMPString"],
    [30, "dfff0041", "invalid BMPString"],
    [30, "fdd0", "invalid BMPString"],
    [30, "fde0", "invalid BMPString"],
    [30, "fdef", "invalid BMPString"],
    [30, "fffe", "invalid BMPString"],
    [30, "ffff", "invalid BMPString"],
    [4, "61", "unsupported string type: 4"],
  ])("tag %i, octets %s", (tag, octets, problem) => {
    expect(problemOf(pemOf(named(tag, hex(octets))))).toBe(
      `x509: invalid RDNSequence: invalid attribute value: ${problem}`,
    );
  });

  it.each([
    [22, "617f", "a\u007f"],
    [30, "d7ff", "\ud7ff"],
    [30, "e000", "\ue000"],
    [30, "fdcf", "\ufdcf"],
    [30, "fdf0", "\ufdf0"],
    [30, "fffd", "\ufffd"],
    [30, "004100000042", "A\0B"],
    [30, "00410000", "A"],
  ])("tag %i, octets %s are %j", (tag, octets, text) => {
    expect(certificateOf(named(tag, hex(octets))).displayName).toBe(text);
  });
});

describe("an address", () => {
  it.each([
    ["255.255.255.255", "255.255.255.255"],
    ["256.1.1.1", undefined],
    ["1.2.3.256", undefined],
    ["1::2::3", undefined],
    ["1.2.3.4::", undefined],
    ["1::1.2.3.4", "1::102:304"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["1:2:3:4::5:6:7:8", undefined],
    ["1:2:3:4::5:6:7:8::", undefined],
    ["1:2:3:4:5:6:7", undefined],
  ])("%s", (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  it.each([
    ["00000000000000000000ffff0a010203", "10.1.2.3"],
    ["00000000000000000000fffe0a010203", "::fffe:a01:203"],
    ["00000000000000000000ffff00000000", "0.0.0.0"],
    ["0000000000000000000000000a010203", "::a01:203"],
    ["00000000000000000001ffff0a010203", "::1:ffff:a01:203"],
  ])("of the octets %s is written %s", (octets, text) => {
    expect(addressText(hex(octets))).toBe(text);
  });

  it("in brackets is of one family, and what is wrong with it is told as net/netip tells it", () => {
    expect(readAddress("fe80::1%en0")).toEqual({ family: "IPv6" });
    expect(readAddress("255.2.3.4")).toEqual({ family: "IPv4" });
    expect(readAddress("256.2.3.4")).toEqual({ problem: 'ParseAddr("256.2.3.4"): IPv4 field has value >255' });
    expect(readAddress("1.2.3.x")).toEqual({ problem: 'ParseAddr("1.2.3.x"): unexpected character (at "x")' });
  });
});

describe("a name is the certificate's, or the text says which are", () => {
  const withNames = (...names: readonly string[]) =>
    certificateOf({
      extensions: [extension(EXTENSION.subjectAltName, sequence(...names.map((n) => implicitly(2, n))))],
    });
  const other = (names: string, host: string): string => `x509: certificate is valid for ${names}, not ${host}`;

  it.each([
    ["*.svc", "*.svc", undefined],
    ["*.svc", "*.svc.", other("*.svc", "*.svc.")],
    ["a b.svc", "a b.svc", undefined],
    ["a b.svc", "a b.svc.", other("a b.svc", "a b.svc.")],
    ["a.svc!", "a.svc!.", other("a.svc!", "a.svc!.")],
    ["svc.", "svc.", undefined],
    ["a.*.svc", "a.b.svc", other("a.*.svc", "a.b.svc")],
    [".", ".", other(".", ".")],
    ["", ".", "x509: certificate is not valid for any names, but wanted to match ."],
    ["A.svc", "a.SVC", undefined],
    ["a B.svc", "a b.svc", undefined],
  ])("%j for the host %j", (name, host, problem) => {
    expect(hostnameProblem(withNames(name), host)).toBe(problem);
  });

  it("an empty host is nobody's", () => {
    expect(hostnameProblem(withNames(""), "")).toBe(
      "x509: certificate is not valid for any names, but wanted to match ",
    );
  });

  it("a certificate without names stands for its common name no more, and an empty one does not count", () => {
    const legacy = "x509: certificate relies on legacy Common Name field, use SANs instead";
    expect(hostnameProblem(certificateOf({ subject: commonName("keda.svc") }), "keda.svc")).toBe(legacy);
    expect(hostnameProblem(certificateOf({ subject: sequence() }), ".")).toBe(
      "x509: certificate is not valid for any names, but wanted to match .",
    );
  });

  it("a certificate whose octets are unknown is judged by what it says", () => {
    const forged = { ...withNames("a.svc"), pem: "", fingerprint: "0".repeat(64) };
    expect(hostnameProblem(forged, "a.svc")).toBeUndefined();
    expect(hostnameProblem(forged, "b.svc")).toBe(other("a.svc", "b.svc"));
  });
});

describe("quoted as Go's %q quotes", () => {
  it.each([
    ["\u0080", '"\\u0080"'],
    ["\u{1f600}", '"\u{1f600}"'],
    ["\uffff", '"\\uffff"'],
    ["\u{10ffff}", '"\\U0010ffff"'],
  ])("text %j", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });

  it.each([
    ["\x7f", '"\\x7f"'],
    ["\x80", '"\\x80"'],
    ["\xff", '"\\xff"'],
    ["\xc3\xa9", '"é"'],
    ["\xc2\x80", '"\\u0080"'],
  ])("octets %j", (octets, quoted) => {
    expect(goQuoteOctets(octets)).toBe(quoted);
  });
});
