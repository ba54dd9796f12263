import { createECDH } from "node:crypto";
import { isIP } from "node:net";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { addressText, parseAddress } from "../../../src/core/certificate/address.ts";
import { signatureAlgorithmOf } from "../../../src/core/certificate/algorithm.ts";
import { DerReader, TAG } from "../../../src/core/certificate/der.ts";
import { memo } from "../../../src/core/certificate/memo.ts";
import { readName } from "../../../src/core/certificate/name.ts";
import { readPublicKey } from "../../../src/core/certificate/public-key.ts";
import { goQuote } from "../../../src/core/certificate/quote.ts";
import { readTime, timeText } from "../../../src/core/certificate/validity.ts";
import {
  bitString,
  element,
  explicit,
  integer,
  nothing,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from "../../../src/sandbox/pki/der.ts";

describe("a time", () => {
  const written = (tag: number, text: string) => readTime(new DerReader(element(tag, Buffer.from(text))));

  it("is read as it was written, over all years of a certificate", () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 }), (seconds) => {
        expect(readTime(new DerReader(time(seconds * 1000)))).toEqual({ at: seconds * 1000, offset: 0 });
      }),
    );
  });

  it("may lack seconds, and may be of another zone, which its text keeps", () => {
    expect(written(0x17, "2611230219Z").at).toBe(Date.UTC(2026, 10, 23, 2, 19));
    const eastern = written(0x17, "261123021916+0130");
    expect(eastern).toEqual({ at: Date.UTC(2026, 10, 23, 0, 49, 16), offset: 90 });
    expect(timeText(eastern.at, eastern.offset)).toBe("2026-11-23T02:19:16+01:30");
    expect(timeText(0, -330)).toBe("1969-12-31T18:30:00-05:30");
  });

  it.each([
    [0x17, "261323021916Z"],
    [0x17, "260229021916Z"],
    [0x17, "261123241916Z"],
    [0x17, "261123021960Z"],
    [0x17, "261123021916"],
    [0x17, "261123021916+0000"],
    [0x17, "261123021916+2500"],
    [0x18, "20261123021916.5Z"],
    [0x18, "19000229000000Z"],
    [0x18, "2026112302191Z"],
    [0x16, "261123021916Z"],
  ])("of tag %p and text %p is none", (tag, text) => {
    expect(() => written(tag, text)).toThrow(/^x509: /);
  });
});

describe("an address", () => {
  it("is taken exactly when it is one, and its text is canonical", () => {
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,20}$/));
    fc.assert(
      fc.property(text, (candidate) => {
        const canonical = parseAddress(candidate);
        expect(canonical !== undefined).toBe(isIP(candidate) !== 0);
        if (canonical !== undefined) expect(parseAddress(canonical)).toBe(canonical);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["2001:db8::1", "20010db8000000000000000000000001"],
    ["2001:db8:0:1:1:1:1:1", "20010db8000000010001000100010001"],
    ["2001:0:0:1::1", "20010000000000010000000000000001"],
    ["::", "00000000000000000000000000000000"],
    ["10.1.2.3", "00000000000000000000ffff0a010203"],
  ])("%s is the shortest text", (text, hex) => {
    expect(addressText(Buffer.from(hex, "hex"))).toBe(text);
    expect(parseAddress(text)).toBe(text);
  });
});

describe("a distinguished name", () => {
  const attribute = (type: string, value: Buffer): Buffer => set(sequence(oid(type), value));
  const commonName = (tag: number, content: Buffer | string): string =>
    readName(sequence(attribute("2.5.4.3", element(tag, Buffer.from(content))))).commonName;

  it("has the last common name and every organization", () => {
    const raw = sequence(
      attribute("2.5.4.10", utf8String("one")),
      attribute("2.5.4.3", utf8String("first")),
      attribute("2.5.4.10", utf8String("two")),
      attribute("2.5.4.3", utf8String("last")),
      attribute("2.5.4.6", utf8String("DE")),
    );
    expect(readName(raw)).toEqual({ commonName: "last", organizations: ["one", "two"] });
    expect(readName(sequence())).toEqual({ commonName: "", organizations: [] });
  });

  it.each([
    ["UTF-8", 12, "é", "é"],
    ["NumericString", 18, "1 2", "1 2"],
    ["PrintableString, with Go's * and &", 19, "*.a&b", "*.a&b"],
    ["T61String, taken for Latin-1", 20, Buffer.from([0xe9]), "é"],
    ["IA5String", 22, "a@b", "a@b"],
    ["BMPString", 30, Buffer.from("00e965e5", "hex"), "é日"],
    ["BMPString with a terminator", 30, Buffer.from("00e90000", "hex"), "é"],
  ])("is read from %s", (_, tag, content, text) => {
    expect(commonName(tag, content)).toBe(text);
  });

  it.each([
    ["UTF-8", 12, Buffer.from([0xff])],
    ["NumericString", 18, "a"],
    ["PrintableString", 19, "a@b"],
    ["IA5String", 22, Buffer.from([0xe9])],
    ["BMPString of odd length", 30, "abc"],
    ["BMPString with a surrogate", 30, Buffer.from("d83d", "hex")],
    ["BMPString with a non-character", 30, Buffer.from("ffff", "hex")],
    ["another type", 4, "abc"],
  ])("is not read from a broken %s", (_, tag, content) => {
    expect(() => commonName(tag, content)).toThrow("x509: invalid RDNSequence: invalid attribute value: ");
  });
});

describe("a public key", () => {
  const pointOf = (curve: string, form: "compressed" | "uncompressed"): Buffer => {
    const pair = createECDH(curve);
    pair.generateKeys();
    return pair.getPublicKey(null, form);
  };
  const ecKey = (curve: string, point: Buffer): Buffer =>
    sequence(sequence(oid("1.2.840.10045.2.1"), oid(curve)), bitString(point));
  const rsaKey = (modulus: bigint, exponent: bigint, ...more: readonly Buffer[]): Buffer =>
    sequence(sequence(oid("1.2.840.113549.1.1.1"), ...more), bitString(sequence(integer(modulus), integer(exponent))));
  const P256 = "1.2.840.10045.3.1.7";
  const modulus = 2n ** 2047n + 1n;

  const curves = [
    ["prime256v1", P256, "P256", "P256 element"],
    ["secp224r1", "1.3.132.0.33", "P224", "P224Element"],
    ["secp384r1", "1.3.132.0.34", "P384", "P384Element"],
    ["secp521r1", "1.3.132.0.35", "P521", "P521Element"],
  ] as const;

  it.each(curves)("on %s must be a point of it, told in Go's words", (openssl, curve, name, element) => {
    const point = pointOf(openssl, "uncompressed");
    const off = Buffer.from(point);
    off.writeUInt8(off.readUInt8(off.length - 1) ^ 1, off.length - 1);
    const big = Buffer.from(point).fill(0xff, 1, 1 + (point.length - 1) / 2);
    expect(readPublicKey(ecKey(curve, point)).kind).toBe("ECDSA");
    expect(() => readPublicKey(ecKey(curve, off))).toThrow(`${name} point not on curve`);
    expect(() => readPublicKey(ecKey(curve, big))).toThrow(`invalid ${element} encoding`);
    expect(() => readPublicKey(ecKey(curve, point.subarray(1)))).toThrow(
      /^(ecdsa: invalid|invalid \w+ point encoding)/,
    );
    expect(() => readPublicKey(ecKey(curve, point.subarray(0, -1)))).toThrow(`invalid ${name} point encoding`);
  });

  it.each([
    ["an EC key", ecKey(P256, pointOf("prime256v1", "uncompressed"))],
    ["an RSA key", rsaKey(modulus, 65537n, nothing())],
    ["an Ed25519 key", sequence(sequence(oid("1.3.101.112")), bitString(Buffer.alloc(32, 7)))],
  ])("keeps %s apart from the elements that Go passes over and OpenSSL refuses", (_, spki) => {
    const more = sequence(new DerReader(spki).read(TAG.sequence, ""), sequence());
    const found = readPublicKey(more);
    expect([found.plain.toString("hex"), found.spki.toString("hex")]).toEqual([
      spki.toString("hex"),
      more.toString("hex"),
    ]);
  });

  it("on a curve is taken uncompressed only, as Go takes it", () => {
    expect(readPublicKey(ecKey(P256, pointOf("prime256v1", "uncompressed"))).kind).toBe("ECDSA");
    expect(() => readPublicKey(ecKey(P256, pointOf("prime256v1", "compressed")))).toThrow(
      "ecdsa: invalid uncompressed public key",
    );
    expect(() => readPublicKey(ecKey("1.3.132.0.10", pointOf("secp256k1", "uncompressed")))).toThrow("unsupported");
  });

  it.each([
    [
      2n ** 1022n + 1n,
      65537n,
      "crypto/rsa: 1023-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)",
    ],
    [2n ** 2047n, 65537n, "crypto/rsa: public modulus is even"],
    [modulus, 1n, "crypto/rsa: public exponent too small or negative"],
    [modulus, 4n, "crypto/rsa: public exponent is even"],
    [modulus, 2n ** 31n + 1n, "crypto/rsa: public exponent too large"],
    [modulus, 65537n, undefined],
  ])("of RSA that Go will not compute with is read, and marked (case %#)", (n, e, weakness) => {
    expect(readPublicKey(rsaKey(n, e, nothing())).weakness).toBe(weakness);
  });

  it.each([
    ["no parameters", rsaKey(modulus, 65537n), "x509: RSA key missing NULL parameters"],
    ["a negative modulus", rsaKey(-modulus, 65537n, nothing()), "x509: RSA modulus is not a positive number"],
    ["a negative exponent", rsaKey(modulus, -3n, nothing()), "x509: RSA public exponent is not a positive number"],
    ["a huge exponent", rsaKey(modulus, 2n ** 64n, nothing()), "x509: invalid RSA public exponent"],
  ])("of RSA is not read with %s", (_, spki, problem) => {
    expect(() => readPublicKey(spki)).toThrow(problem);
  });

  it("of an unknown type is read and has no kind, so it never signs", () => {
    expect(readPublicKey(sequence(sequence(oid("1.3.101.110")), bitString(Buffer.alloc(32))))).not.toHaveProperty(
      "kind",
    );
  });
});

describe("RSA-PSS", () => {
  const SHA256 = "2.16.840.1.101.3.4.2.1";
  const named = (dotted: string, ...more: readonly Buffer[]): Buffer => sequence(oid(dotted), ...more);
  const parameters = (change: {
    mgf?: string;
    maskHash?: string;
    salt?: number;
    trailer?: number;
    hash?: Buffer;
  }): Buffer =>
    sequence(
      explicit(0, change.hash ?? named(SHA256)),
      explicit(1, named(change.mgf ?? "1.2.840.113549.1.1.8", named(change.maskHash ?? SHA256))),
      explicit(2, integer(change.salt ?? 32)),
      ...(change.trailer === undefined ? [] : [explicit(3, integer(change.trailer))]),
    );
  const nameOf = (raw?: Buffer): string =>
    signatureAlgorithmOf({ oid: "1.2.840.113549.1.1.10", ...(raw && { parameters: raw }) }).name;

  it("is known with one digest throughout and a salt of its length", () => {
    expect(nameOf(parameters({}))).toBe("SHA256-RSAPSS");
    expect(nameOf(parameters({ trailer: 1 }))).toBe("SHA256-RSAPSS");
  });

  it.each([
    ["another salt", parameters({ salt: 20 })],
    ["another digest in the mask", parameters({ maskHash: "2.16.840.1.101.3.4.2.2" })],
    ["another mask", parameters({ mgf: "1.2.3" })],
    ["another trailer", parameters({ trailer: 2 })],
    ["an unknown digest", parameters({ hash: named("1.2.3"), maskHash: "1.2.3" })],
    ["a digest with parameters", parameters({ hash: named(SHA256, integer(1)) })],
    ["no parameters", undefined],
    ["parameters that are none", integer(1)],
  ])("is unknown to Go with %s", (_, raw) => {
    expect(nameOf(raw)).toBe("1.2.840.113549.1.1.10");
  });
});

describe("DER", () => {
  it("gives integers and object identifiers back as they were written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (value) => {
        expect(new DerReader(integer(value)).integer("bad")).toBe(value);
      }),
    );
    for (const dotted of ["2.5.29.17", "1.2.840.113549.1.1.11", "0.39", "2.999.1", "1.3.6.1.4.1.99999"]) {
      expect(new DerReader(oid(dotted)).oid("bad")).toBe(dotted);
    }
  });

  it.each([
    ["a padded integer", "02020001"],
    ["a padded negative integer", "0202ff80"],
    ["an empty integer", "0200"],
    ["a length in more octets than needed", "02810101"],
    ["a length with a leading zero", `02820080${"01".repeat(128)}`],
    ["an indefinite length", "028001"],
    ["more than there is", "020501"],
    ["another tag", "040101"],
    ["nothing", ""],
  ])("refuses %s", (_, hex) => {
    expect(() => new DerReader(Buffer.from(hex, "hex")).integer("bad")).toThrow("bad");
  });

  it.each(["0600", "06018081".slice(0, 8), "060181", "0602807f", "060788888888888801"])(
    "refuses the object identifier %s",
    (hex) => {
      expect(() => new DerReader(Buffer.from(hex, "hex")).oid("bad")).toThrow("bad");
    },
  );

  it.each(["0300", "030108", "030101", "03020101"])("refuses the bit string %s", (hex) => {
    expect(() => new DerReader(Buffer.from(hex, "hex")).bits("bad")).toThrow("bad");
  });
});

describe("a memo", () => {
  it("never keeps more than its weight, and forgets the oldest first", () => {
    const kept = memo<number>(3);
    for (let i = 0; i < 5; i++) kept.keep(String(i), i);
    expect(["0", "1", "2", "3", "4"].map(kept.get)).toEqual([undefined, undefined, 2, 3, 4]);
    kept.keep("big", 9, 3);
    expect(kept.get("4")).toBeUndefined();
    expect(kept.get("big")).toBe(9);
  });

  it("weighs an answer once, however often it is kept", () => {
    const kept = memo<number>(2);
    kept.keep("a", 1);
    for (let i = 0; i < 10; i++) kept.keep("b", i);
    expect([kept.get("a"), kept.get("b")]).toEqual([1, 9]);
  });
});

describe("a quoted string", () => {
  it.each([
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ["\u0007\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'],
    ["\u0000\u001f\u007f", '"\\x00\\x1f\\x7f"'],
    ["é日\u{1f600}", '"é日\u{1f600}"'],
    ["\u00a0\u200b\ufeff", '"\\u00a0\\u200b\\ufeff"'],
    ["\u{e0001}", '"\\U000e0001"'],
  ])("%j is written as Go's %%q writes it", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });
});
