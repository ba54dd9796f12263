import { X509Certificate } from "node:crypto";
import type { TlsOptions } from "node:tls";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { Seen } from "../../../src/core/seen.ts";
import { directProbe } from "../../../src/edge/tls/probe.ts";
import type { ProbedChain, ProbeTarget } from "../../../src/ports/probe.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { chainFile, mint, type Peer, tcpPeer, tlsPeer } from "./peers.ts";

const AT = 1_764_000_000_000;
const clock = { now: () => AT };
/** Patient: a busy machine must not turn a certificate into a timeout. */
const probe = directProbe({ clock, connectTimeout: 5000, handshakeTimeout: 5000 });
const hasty = directProbe({ clock, connectTimeout: 300, handshakeTimeout: 300 });

const peers: Peer[] = [];
afterAll(() => Promise.all(peers.map((peer) => peer.close())));
async function up(peer: Promise<Peer>): Promise<Peer> {
  peers.push(await peer);
  return peer;
}

const target = (port: number, more: Partial<ProbeTarget> = {}): ProbeTarget => ({
  namespace: "keda",
  pod: "keda-operator-0",
  ip: "127.0.0.1",
  port,
  serverName: "keda-operator.keda.svc",
  ...more,
});

const look = (peer: Peer): Promise<Seen<ProbedChain>> => probe.probe(target(peer.port));
const fingerprints = (chain: readonly string[]): string[] =>
  chain.map((pem) => new X509Certificate(pem).fingerprint256);

const root = mint("root", { ca: true });
const middle = mint("middle", { ca: true, issuer: root });
const leaf = mint("leaf", { issuer: middle });
const stranger = mint("stranger");

/** keda-operator as it is: demands a client certificate and would verify it. */
const strict: TlsOptions = {
  key: leaf.keyPem,
  cert: chainFile(leaf),
  ca: [root.certificate],
  requestCert: true,
  rejectUnauthorized: true,
};
const handshakes: readonly [string, TlsOptions][] = [
  ["TLS 1.3 that demands a client certificate", { ...strict, minVersion: "TLSv1.3" }],
  ["TLS 1.2 that demands a client certificate", { ...strict, maxVersion: "TLSv1.2" }],
  ["TLS 1.3 that takes anyone", { ...strict, requestCert: false, minVersion: "TLSv1.3" }],
  ["TLS 1.2 that takes anyone", { ...strict, requestCert: false, maxVersion: "TLSv1.2" }],
];

describe.each(handshakes)("a server with %s", (_, options) => {
  test("shows its leaf, at the clock's time", async () => {
    const peer = await up(tlsPeer(options));
    expect(await look(peer)).toEqual({ seen: true, value: { chain: [expect.any(String)] }, at: AT });
    expect(peer.seen).toEqual([{ servername: "keda-operator.keda.svc", alpn: ["h2"] }]);
  });

  test("shows the same leaf 40 times in a row", async () => {
    const peer = await up(tlsPeer(options));
    for (let i = 0; i < 40; i++) expect(await look(peer)).toMatchObject({ value: { chain: [leaf.certificate] } });
  });
});

const chains: readonly [string, readonly (typeof leaf)[]][] = [
  ["leaf and CA", [leaf, middle]],
  ["leaf and two CAs", [leaf, middle, root]],
  ["one self-signed certificate", [stranger]],
  ["a leaf with a certificate that has nothing to do with it", [leaf, stranger]],
  ["CAs in the wrong order", [leaf, root, middle]],
];

describe.each(["TLSv1.2", "TLSv1.3"] as const)("over %s", (version) => {
  test.each(chains)("%s: the whole chain as it was sent", async (_, sent) => {
    const key = sent[0]?.keyPem ?? "";
    const peer = await up(tlsPeer({ key, cert: chainFile(...sent), minVersion: version, maxVersion: version }));
    const seen = await look(peer);
    expect(seen.seen && fingerprints(seen.value.chain)).toEqual(fingerprints(sent.map((c) => c.certificate)));
  });
});

test("a CA and a leaf of the same name stay two certificates", async () => {
  const ca = mint("keda-operator", { ca: true, key: pooledKey("ECDSA", "same-name-ca") });
  const twin = mint("keda-operator", { issuer: ca, key: pooledKey("ECDSA", "same-name-leaf") });
  const seen = await look(await up(tlsPeer({ key: twin.keyPem, cert: chainFile(twin, ca) })));
  expect(seen.seen && seen.value.chain).toEqual([twin.certificate, ca.certificate]);
});

test.each([
  ["expired", mint("expired", { notBefore: 0, notAfter: 1000 })],
  ["weak (RSA 1024)", mint("weak", { key: pooledKey("RSA-1024", "weak") })],
  ["Ed25519", mint("ed", { key: pooledKey("Ed25519", "ed") })],
])("a leaf that is %s is shown all the same: judging is not the probe's", async (_, odd) => {
  const peer = await up(tlsPeer({ key: odd.keyPem, cert: odd.certificate, ciphers: "DEFAULT@SECLEVEL=0" }));
  expect(await look(peer)).toMatchObject({ seen: true, value: { chain: [odd.certificate] } });
});

test("an address as server name is not sent as SNI", async () => {
  const peer = await up(tlsPeer(strict));
  expect(await probe.probe(target(peer.port, { serverName: "10.0.0.1" }))).toMatchObject({ seen: true });
  expect(peer.seen).toEqual([{ servername: false, alpn: ["h2"] }]);
});

describe("no certificate", () => {
  const cases: readonly [string, () => Promise<Peer>, string, RegExp][] = [
    [
      "a peer that speaks plain text",
      () => tcpPeer((s) => s.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      "Malformed",
      /wrong version number/,
    ],
    ["a peer that stays silent", () => tcpPeer(() => undefined), "Timeout", /the handshake took longer than 300 ms/],
    ["a peer that resets", () => tcpPeer((s) => s.on("data", () => s.resetAndDestroy())), "Unreachable", /ECONNRESET/],
    ["a peer that hangs up", () => tcpPeer((s) => s.end()), "Unreachable", /disconnected before secure TLS/],
    [
      "a peer of TLS 1.1",
      () => tlsPeer({ ...strict, minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
      "Malformed",
      /protocol version/,
    ],
  ];

  test.each(cases)("%s", async (_, start, reason, words) => {
    const peer = await up(start());
    const seen = await (reason === "Timeout" ? hasty : probe).probe(target(peer.port));
    expect(seen).toEqual({ seen: false, reason, detail: expect.stringMatching(words) });
  });

  test("nobody listens: unreachable, with the address and the words", async () => {
    const gone = await tcpPeer(() => undefined);
    await gone.close();
    const detail = expect.stringMatching(/^TLS to 127\.0\.0\.1:\d+: connect ECONNREFUSED/);
    expect(await look(gone)).toEqual({ seen: false, reason: "Unreachable", detail });
  });

  test("packets vanish: a timeout that names the connection", async () => {
    // 192.0.2.0/24 is reserved for documentation: no route, or no answer, depending on the machine.
    const seen = await hasty.probe(target(9666, { ip: "192.0.2.1" }));
    expect(seen).toMatchObject({ seen: false, reason: expect.stringMatching(/Timeout|Unreachable/) });
  });

  test.each([
    [{ ip: undefined }, "NotAsked"],
    [{ ip: "" }, "NotAsked"],
    [{ ip: "not-an-ip" }, "Malformed"],
    [{ port: 70_000 }, "Malformed"],
  ] as const)("%j dials nothing", async (more, reason) => {
    expect(await probe.probe(target(1, more))).toMatchObject({ seen: false, reason });
  });
});
