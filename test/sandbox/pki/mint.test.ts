import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { readCertificates } from "../../../src/core/certificate/certificate.ts";
import { classifyRotation } from "../../../src/core/certificate/rotation.ts";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";
import {
  kedaNames,
  type MintedPair,
  mintChartPair,
  mintKedaRotatorPair,
  mintSelfSignedPair,
  type PairRequest,
} from "../../../src/sandbox/pki/keda.ts";
import { type KeyAlgorithm, mintKey, pooledKey } from "../../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";

const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const DATES = { notBefore: NOW - DAY, notAfter: NOW + 90 * DAY } as const;
const ALGORITHMS: readonly KeyAlgorithm[] = ["RSA", "ECDSA", "Ed25519"];

const certificates = (pem: string) => {
  const read = readCertificates(pem);
  if (!read.ok) throw new Error(read.problem);
  return read.certificates;
};
const first = (pem: string) => {
  const [certificate] = certificates(pem);
  if (certificate === undefined) throw new Error("no certificate");
  return certificate;
};
const generation = (pair: MintedPair) => ({
  leaf: first(pair.tlsCrt),
  intermediates: [],
  ca: certificates(pair.caCrt),
});

describe("a minted certificate", () => {
  it.each(ALGORITHMS)("of a %s key is good for node:crypto, and its key belongs to it", (algorithm) => {
    const ca = mintCertificate({ subject: { cn: "ca" }, key: mintKey(algorithm), ca: true, ...DATES });
    const leaf = mintCertificate({ subject: { cn: "leaf" }, key: mintKey(algorithm), issuer: ca, ca: false, ...DATES });
    const parsed = new X509Certificate(leaf.certificate);
    const authority = new X509Certificate(ca.certificate);
    expect(parsed.verify(authority.publicKey)).toBe(true);
    expect(parsed.checkIssued(authority)).toBe(true);
    expect(parsed.checkPrivateKey(createPrivateKey(leaf.keyPem))).toBe(true);
    expect([authority.ca, parsed.ca]).toEqual([true, false]);
  });

  it("bears what was asked for, also what makes no sense", () => {
    const odd = mintCertificate({
      subject: { cn: "odd", o: "org" },
      key: pooledKey("ECDSA", "odd"),
      ca: true,
      pathLength: 2,
      keyUsage: ["decipherOnly", "digitalSignature"],
      extendedKeyUsage: ["any", "1.2.3.4"],
      dnsNames: ["a.b"],
      ipAddresses: ["10.0.0.1", "fe80::1"],
      serial: 77,
      ...DATES,
    });
    expect(first(odd.certificate)).toMatchObject({
      displayName: "odd",
      serialNumber: "77",
      basicConstraints: { ca: true, pathLength: 2 },
      keyUsage: ["digitalSignature", "decipherOnly"],
      extendedKeyUsage: ["any", "1.2.3.4"],
      dnsNames: ["a.b"],
      ipAddresses: ["10.0.0.1", "fe80::1"],
      notBefore: DATES.notBefore,
    });
  });

  it("has no basicConstraints unless asked, and no extension at all in version 1", () => {
    const request = { subject: { cn: "x" }, key: pooledKey("ECDSA", "odd"), ...DATES } as const;
    expect(first(mintCertificate(request).certificate)).not.toHaveProperty("basicConstraints");
    const v1 = first(mintCertificate({ ...request, ca: true, dnsNames: ["x"], version: 1 }).certificate);
    expect(v1).toMatchObject({ version: 1, dnsNames: [] });
  });

  it("has a serial number of its own unless asked", () => {
    const request = { subject: { cn: "x" }, key: pooledKey("ECDSA", "odd"), ...DATES } as const;
    const serials = [1, 2].map(() => first(mintCertificate(request).certificate).serialNumber);
    expect(new Set(serials).size).toBe(2);
  });
});

describe("a key of the pool", () => {
  it("is the same for the same name and another for another", () => {
    expect(pooledKey("ECDSA", "a")).toBe(pooledKey("ECDSA", "a"));
    expect(pooledKey("ECDSA", "a")).not.toBe(pooledKey("ECDSA", "b"));
    expect(pooledKey("ECDSA", "a")).not.toBe(pooledKey("Ed25519", "a"));
  });
});

describe("a pair in KEDA's Secret", () => {
  const keys = { key: pooledKey("ECDSA", "leaf"), caKey: pooledKey("ECDSA", "ca") };
  const request: PairRequest = { ...DATES, ...keys, namespace: "scaling" };

  it.each([
    ["of a self-signed issuer", mintSelfSignedPair],
    ["of KEDA's chart", mintChartPair],
    ["of KEDA's own rotation", mintKedaRotatorPair],
  ])("%s works on both sides, under every name of KEDA", (_, mint) => {
    const { leaf, ca } = generation(mint(request));
    for (const usage of ["serverAuth", "clientAuth"] as const) {
      for (const dnsName of kedaNames("scaling")) {
        expect(verifyCertificate(leaf, ca, { now: NOW, usage, dnsName })).toEqual({ ok: true });
      }
    }
  });

  it("of a self-signed issuer is one certificate, and no CA", () => {
    const pair = mintSelfSignedPair(request);
    expect(pair.caCrt).toBe(pair.tlsCrt);
    expect(first(pair.tlsCrt)).toMatchObject({ displayName: "keda-operator", basicConstraints: { ca: false } });
    expect(first(mintSelfSignedPair({ ...request, isCa: true }).tlsCrt).basicConstraints).toEqual({ ca: true });
  });

  it("of KEDA's chart names leaf and CA alike", () => {
    const pair = mintChartPair(request);
    expect([pair.caCrt, pair.tlsCrt].map((pem) => first(pem).displayName)).toEqual(["keda-operator", "keda-operator"]);
    expect(pair.caCrt).not.toBe(pair.tlsCrt);
  });

  it("of KEDA's own rotation is signed by KEDA of KEDAORG", () => {
    const pair = mintKedaRotatorPair(request);
    expect(first(pair.caCrt).displayName).toBe("KEDA");
    expect(first(pair.tlsCrt).issuer).toContain(Buffer.from("KEDAORG").toString("hex"));
  });

  it("can be renewed under its CA, which is safe, or rotated with it, which breaks", () => {
    const old = mintChartPair(request);
    const renewed = mintChartPair({ ...request, issuer: old.ca });
    const rotated = mintChartPair({ ...request, caKey: pooledKey("ECDSA", "new ca") });
    expect(classifyRotation(generation(old), generation(renewed), NOW)).toBe("Safe");
    expect(classifyRotation(generation(old), generation(rotated), NOW)).toBe("Breaking");
  });

  it("keeps the private key out of what is public", () => {
    const pair = mintChartPair(request);
    expect(pair.caCrt + pair.tlsCrt).not.toContain("PRIVATE");
    expect(pair.tlsKey).toContain("BEGIN PRIVATE KEY");
  });
});
