import { describe, expect, it } from "@jest/globals";
import type { Certificate } from "../../../src/core/certificate/certificate.ts";
import { type Verification, type VerifyOptions, verifyCertificate } from "../../../src/core/certificate/verify.ts";
import type { MintedCertificate } from "../../../src/sandbox/pki/mint.ts";
import { DAY, DIALLED, EXPIRED, key, mintCa, mintLeaf, NOW, read } from "./minted.ts";

// Texts are proved against Go in go-oracle.test.ts; here are the codes, and what Go's verdict does not show.

const verify = (
  leaf: MintedCertificate,
  pool: readonly MintedCertificate[],
  more: Partial<VerifyOptions> = {},
): Verification => verifyCertificate(read(leaf), pool.map(read), { now: NOW, dnsName: DIALLED, ...more });

const critical = { extensions: [{ oid: "1.2.3", critical: true, value: Buffer.from([5, 0]) }] };
const ca = mintCa();
const middle = (request = {}): MintedCertificate =>
  mintCa({ subject: { cn: "middle" }, key: key("middle"), issuer: ca, ...request });
const via = (parent: MintedCertificate, pool = [ca]): Verification =>
  verify(mintLeaf({ issuer: parent }), pool, { intermediates: [read(parent)] });

describe("a refusal is named, and says whose dates failed", () => {
  const future = { notBefore: NOW + DAY };
  it.each<[string, () => Verification, string, "leaf" | "ca"]>([
    ["a stranger's leaf", () => verify(mintLeaf(), [ca]), "UnknownAuthority", "leaf"],
    ["an expired leaf", () => verify(mintLeaf({ issuer: ca, ...EXPIRED }), [ca]), "Expired", "leaf"],
    ["an expired CA", () => verify(mintLeaf({ issuer: ca }), [mintCa(EXPIRED)]), "Expired", "ca"],
    ["a leaf of the future", () => verify(mintLeaf({ issuer: ca, ...future }), [ca]), "NotYetValid", "leaf"],
    ["a CA of the future", () => verify(mintLeaf({ issuer: ca }), [mintCa(future)]), "NotYetValid", "ca"],
    ["another name", () => verify(mintLeaf({ issuer: ca }), [ca], { dnsName: "other" }), "HostnameMismatch", "leaf"],
    [
      "another use",
      () => verify(mintLeaf({ issuer: ca, extendedKeyUsage: ["clientAuth"] }), [ca]),
      "IncompatibleUsage",
      "leaf",
    ],
    ["an intermediate of version 1", () => via(middle({ version: 1 })), "NotAuthorizedToSign", "leaf"],
    ["a chain too long", () => via(middle(), [mintCa({ pathLength: 0 })]), "TooManyIntermediates", "leaf"],
    [
      "an unknown critical extension",
      () => verify(mintLeaf({ issuer: ca, ...critical }), [ca]),
      "UnhandledCriticalExtension",
      "leaf",
    ],
  ])("%s", (_, verdict, failure, about) => {
    expect(verdict()).toMatchObject({ ok: false, failure, about });
  });
});

describe("what decides", () => {
  it("accepts any certificate that is itself in the pool, CA or not", () => {
    const self = mintLeaf();
    expect(verify(self, [self])).toEqual({ ok: true });
    expect(verify(mintLeaf({ issuer: ca }), [])).toMatchObject({ failure: "UnknownAuthority" });
  });

  it("takes an empty name and an absent name for no name", () => {
    const leaf = mintLeaf({ issuer: ca, dnsNames: ["else"] });
    expect(verify(leaf, [ca], { dnsName: "" })).toEqual({ ok: true });
    expect(verifyCertificate(read(leaf), [read(ca)], { now: NOW })).toEqual({ ok: true });
  });

  it("a certificate that comes twice in the pool counts once", () => {
    const stranger = mintCa({ key: key("stranger") });
    const pool = [...Array<MintedCertificate>(150).fill(stranger), ca];
    expect(verify(mintLeaf({ issuer: ca, keyIds: false }), pool)).toEqual({ ok: true });
  });

  it("refuses what it cannot evaluate instead of guessing: demanded policies", () => {
    const demanding = mintCa({
      subject: { cn: "middle" },
      key: key("middle"),
      issuer: ca,
      extensions: [{ oid: "2.5.29.36", value: Buffer.from("3003800100", "hex") }],
    });
    expect(via(demanding)).toMatchObject({
      failure: "Other",
      text: expect.stringContaining("not evaluated by keda-medic"),
    });
  });

  it.each([
    ["a mail address under mail constraints", "8103612e62", "8103614062"],
    ["a URI under URI constraints", "8603612e62", "860a687474703a2f2f612e62"],
  ])("refuses what it cannot evaluate instead of guessing: %s", (_, constraint, name) => {
    const wrap = (tag: string, hex: string): string => tag + (hex.length / 2).toString(16).padStart(2, "0") + hex;
    const value = Buffer.from(wrap("30", wrap("a0", wrap("30", constraint))), "hex");
    const strict = mintCa({ extensions: [{ oid: "2.5.29.30", critical: true, value }] });
    const names = { oid: "2.5.29.17", value: Buffer.from(wrap("30", name), "hex") };
    const leaf = mintLeaf({ issuer: strict, dnsNames: [], extensions: [names] });
    expect(verify(leaf, [strict], { dnsName: "" })).toMatchObject({
      failure: "Other",
      text: expect.stringContaining("not evaluated by keda-medic"),
    });
  });

  it("judges a certificate whose PEM is none by what it says, and finds no authority for it", () => {
    const forged: Certificate = { ...read(mintLeaf({ issuer: ca })), pem: "", fingerprint: "0".repeat(64) };
    expect(verifyCertificate(forged, [read(ca)], { now: NOW })).toMatchObject({ failure: "UnknownAuthority" });
  });
});

describe("the work is bounded", () => {
  it("a pool of look-alikes ends at Go's limit of a hundred, even if the right one is among them", () => {
    const looks = Array.from({ length: 300 }, () => mintCa({ key: key("stranger"), keyIds: false }));
    const leaf = mintLeaf({ issuer: ca, keyIds: false });
    expect(verify(leaf, [...looks, mintCa({ keyIds: false })])).toMatchObject({
      failure: "Other",
      text: "x509: signature check attempts limit reached while verifying certificate chain",
    });
  });

  it("a verdict on certificates that are already read takes far less than a millisecond", () => {
    const [leaf, pool] = [read(mintLeaf({ issuer: ca })), [read(mintCa({ key: key("stranger") })), read(ca)]];
    const options = { now: NOW, dnsName: DIALLED };
    verifyCertificate(leaf, pool, options);
    const started = performance.now();
    for (let i = 0; i < 1000; i++) verifyCertificate(leaf, pool, options);
    expect((performance.now() - started) / 1000).toBeLessThan(0.5);
  });
});
