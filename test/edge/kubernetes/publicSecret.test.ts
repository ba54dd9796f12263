import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { clusterReader } from "../../../src/edge/kubernetes/reader.ts";
import { mintSelfSignedPair } from "../../../src/sandbox/pki/keda.ts";
import { type KeyAlgorithm, pooledKey } from "../../../src/sandbox/pki/key.ts";
import { accessTo, serve, wallClock } from "./server.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const pairOf = (algorithm: KeyAlgorithm, name: string) =>
  mintSelfSignedPair({ notBefore: 0, notAfter: Date.now() + 1e9, key: pooledKey(algorithm, name) });
const base64 = (content: string): string => Buffer.from(content).toString("base64");

async function read(data: Readonly<Record<string, string>>, metadata: object = {}) {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
  const server = await serve(() => ({
    body: { metadata: { name: "kedaorg-certs", ...metadata }, type: "kubernetes.io/tls", data: encoded },
  }));
  const client = kubeClient(accessTo(server), { clock: wallClock });
  closing.push(server.close, client.close);
  const seen = await clusterReader(client).secret("keda", "kedaorg-certs");
  if (!seen.seen) throw new Error(seen.detail);
  return { ...seen.value, client };
}

describe("a Secret without its private half", () => {
  const pair = pairOf("ECDSA", "one");
  const all = { "ca.crt": pair.caCrt, "tls.crt": pair.tlsCrt, "tls.key": pair.tlsKey };

  test("has certificates, names of keys, and whether the key fits", async () => {
    const { client: _, ...secret } = await read(all);
    expect(secret).toEqual({
      metadata: { name: "kedaorg-certs", annotations: {} },
      caCrt: pair.caCrt,
      tlsCrt: pair.tlsCrt,
      keys: ["ca.crt", "tls.crt", "tls.key"],
      keyFits: { seen: true, value: true, at: expect.any(Number) },
    });
  });

  test.each<KeyAlgorithm>(["RSA", "ECDSA", "Ed25519"])(
    "a key of %s fits its own certificate and no other",
    async (algorithm) => {
      const [own, other] = [pairOf(algorithm, "own"), pairOf(algorithm, "other")];
      const fits = async (tlsKey: string) => (await read({ "tls.crt": own.tlsCrt, "tls.key": tlsKey })).keyFits;
      expect(await fits(own.tlsKey)).toMatchObject({ seen: true, value: true });
      expect(await fits(other.tlsKey)).toMatchObject({ seen: true, value: false });
    },
  );

  test.each(["", "REDACTED", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])(
    "the key %j fits nothing",
    async (key) => expect((await read({ ...all, "tls.key": key })).keyFits).toMatchObject({ seen: true, value: false }),
  );

  test("without a key, or without a certificate, nothing is known", async () => {
    const { "tls.key": _key, ...keyless } = all;
    const secret = await read(keyless);
    expect(secret.keys).not.toContain("tls.key");
    expect(secret.keyFits).toMatchObject({ seen: false, reason: "NotFound" });
    const { "tls.crt": _crt, ...bare } = all;
    expect((await read(bare)).keyFits).toMatchObject({ seen: false, reason: "NotFound" });
    expect((await read({ ...all, "tls.crt": "nonsense" })).keyFits).toMatchObject({ seen: false, reason: "Malformed" });
    expect(await read({})).toMatchObject({ keys: [], keyFits: { seen: false } });
  });

  test("cuts a key out of the certificates that it was put beside", async () => {
    const legacy = pair.tlsKey.replaceAll("PRIVATE KEY", "EC PRIVATE KEY");
    const secret = await read({
      "tls.crt": `${pair.tlsKey}${pair.tlsCrt}${legacy}`,
      "ca.crt": `${pair.caCrt}-----BEGIN PRIVATE KEY-----\nAAAA`,
      "tls.key": pair.tlsKey,
    });
    expect(secret).toMatchObject({ tlsCrt: pair.tlsCrt, caCrt: pair.caCrt, keyFits: { seen: true, value: true } });
  });

  test.each([
    ["that can be read", pair.tlsKey],
    ["that cannot be read", pair.tlsKey.replace("MI", "??")],
  ])("overwrites its copy of a key %s", async (_, tlsKey) => {
    const from = jest.spyOn(Buffer, "from");
    try {
      await read({ ...all, "tls.key": tlsKey });
      const { calls, results } = from.mock;
      const isDecoded = (call: readonly unknown[]) => call[0] === base64(tlsKey) && call[1] === "base64";
      const copies = results.filter((__, i) => isDecoded(calls[i] ?? [])).map(({ value }) => value as Buffer);
      expect(copies).toHaveLength(1);
      expect(copies[0]?.every((byte) => byte === 0)).toBe(true);
    } finally {
      from.mockRestore();
    }
  });

  test("shows nothing of tls.key anywhere, not even where kubectl copied it", async () => {
    const copy = JSON.stringify({ data: { "tls.key": base64(pair.tlsKey) } });
    const secret = await read(
      { ...all, "ca.key": pair.tlsKey },
      {
        labels: { app: "keda-operator" },
        managedFields: [
          { manager: "cert-manager", time: "2026-11-23T17:15:00Z", fieldsV1: { "f:data": { "f:tls.key": {} } } },
        ],
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration": copy,
          "cert-manager.io/certificate-name": "keda-operator-tls-certificates",
          "service.beta.openshift.io/originating-service-name": "keda-operator",
          "service.beta.openshift.io/originating-service-name.copy": copy,
        },
      },
    );
    const { client, ...returned } = secret;
    const text = JSON.stringify([returned, client.stats]);
    const body = pair.tlsKey.split("\n").slice(1, -2).join("");
    for (const part of [base64(pair.tlsKey).slice(40, 80), body.slice(0, 40), "PRIVATE KEY", "last-applied"])
      expect(text).not.toContain(part);
    expect(secret.metadata).toMatchObject({
      labels: { app: "keda-operator" },
      managedFields: [{ manager: "cert-manager" }],
      annotations: {
        "cert-manager.io/certificate-name": "keda-operator-tls-certificates",
        "service.beta.openshift.io/originating-service-name": "keda-operator",
      },
    });
    expect(Object.keys(secret.metadata.annotations ?? {})).toHaveLength(2);
  });
});
