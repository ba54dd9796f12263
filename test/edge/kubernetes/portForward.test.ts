import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { createServer, type TlsOptions } from "node:tls";
import { afterEach, describe, expect, test } from "@jest/globals";
import { portForwardProbe } from "../../../src/edge/kubernetes/portForward.ts";
import { mintChartPair } from "../../../src/sandbox/pki/keda.ts";
import { accessTo, serve, status, wallClock } from "./server.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const pair = mintChartPair({ notBefore: Date.now() - 1e6, notAfter: Date.now() + 1e9 });
const target = {
  namespace: "keda",
  pod: "keda-operator-1",
  ip: undefined,
  port: 9666,
  serverName: "keda-operator.keda.svc.cluster.local",
};

/** The operator's port: TLS that insists on a client certificate. */
async function operator(options: TlsOptions = {}): Promise<{ port: number; names: (string | undefined)[] }> {
  const names: (string | undefined)[] = [];
  const server = createServer({
    cert: `${pair.tlsCrt}${pair.caCrt}`,
    key: pair.tlsKey,
    ca: pair.caCrt,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ["h2"],
    SNICallback: (name, done) => {
      names.push(name);
      done(null);
    },
    ...options,
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => void server.close());
  return { port: (server.address() as AddressInfo).port, names };
}

const frame = (...payload: number[] | [Buffer]): Buffer => {
  const bytes = Buffer.from(payload[0] instanceof Uint8Array ? payload[0] : (payload as number[]));
  const head = bytes.length < 126 ? [0x82, bytes.length] : [0x82, 126, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
};

/** Unmasks the frames of a client, which are never longer than 64 KB here. */
function unmask(bytes: Buffer): { code: number; payload: Buffer; rest: Buffer } | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? (bytes.length < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt16BE(2)) : short;
  if (bytes.length < start + 4 + length) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = bytes.subarray(start + 4, start + 4 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return { code: (bytes[0] ?? 0) & 0x0f, payload: Buffer.from(payload), rest: bytes.subarray(start + 4 + length) };
}

interface Kubelet {
  readonly asked: IncomingMessage[];
  /** Operation codes of the frames that came. */
  readonly codes: number[];
  readonly access: ReturnType<typeof accessTo>;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

type Play = (socket: Duplex, port: number) => void;

/** An API server that forwards ports as kubelet does over WebSockets: two bytes of port number first on each channel. */
async function kubelet(port: number, play: Play = forward, guid = GUID): Promise<Kubelet> {
  const server = await serve(() => ({ status: 400 }));
  closing.push(server.close);
  const asked: IncomingMessage[] = [];
  const codes: number[] = [];
  server.onUpgrade((request, socket) => {
    asked.push(request);
    const key = `${request.headers["sec-websocket-key"]}${guid}`;
    const accept = createHash("sha1").update(key).digest("base64");
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    lines.push(`Sec-WebSocket-Accept: ${accept}`, "Sec-WebSocket-Protocol: v4.channel.k8s.io", "", "");
    socket.on("error", () => {});
    socket.write(lines.join("\r\n"));
    listen(socket, (code) => codes.push(code));
    play(socket, port);
  });
  return { asked, codes, access: accessTo(server) };
}

const listeners = new WeakMap<Duplex, (payload: Buffer) => void>();
function listen(socket: Duplex, onCode: (code: number) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let cut = unmask(bytes); cut !== undefined; cut = unmask(bytes)) {
      bytes = cut.rest;
      onCode(cut.code);
      if (cut.code === 2) listeners.get(socket)?.(cut.payload);
    }
  });
}

const begin = (socket: Duplex): void => {
  for (const channel of [0, 1]) socket.write(frame(channel, 9666 & 0xff, 9666 >> 8));
};

const forward: Play = (socket, port) => {
  begin(socket);
  const pod = connect(port, "127.0.0.1");
  listeners.set(socket, (payload) => {
    if (payload[0] === 0) pod.write(payload.subarray(1));
  });
  pod.on("data", (chunk: Buffer) => socket.write(frame(Buffer.concat([Buffer.from([0]), chunk]))));
  pod.on("close", () => socket.end());
  socket.on("close", () => pod.destroy());
  pod.on("error", () => socket.end());
};

const babble: Play = (socket) => {
  begin(socket);
  socket.write(frame(0, 1, 2, 3, 4, 5, 6));
};

const probing = (access: Kubelet["access"], timeout = 2000) => portForwardProbe({ access, clock: wallClock, timeout });

describe("a probe by port-forward", () => {
  test.each([
    ["TLSv1.3", { minVersion: "TLSv1.3" }],
    ["TLSv1.2", { maxVersion: "TLSv1.2" }],
  ] as const)("sees the whole chain over %s without a client key", async (_, options) => {
    const { port, names } = await operator(options);
    const { access, asked } = await kubelet(port);
    expect(await probing(access).probe(target)).toEqual({
      seen: true,
      value: { chain: [pair.tlsCrt, pair.caCrt] },
      at: expect.any(Number),
    });
    expect(names).toEqual([target.serverName]);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /api/v1/namespaces/keda/pods/keda-operator-1/portforward?ports=9666",
    ]);
    expect(asked[0]?.headers).toMatchObject({
      authorization: "Bearer cached-token",
      "sec-websocket-protocol": "v4.channel.k8s.io",
    });
  });

  test("answers pings, and bears frames in pieces and messages in fragments", async () => {
    const { port } = await operator();
    const { access, codes } = await kubelet(port, (socket) => {
      socket.write(Buffer.from([0x89, 2, 1, 2]));
      begin(socket);
      const pod = connect(port, "127.0.0.1");
      listeners.set(socket, (payload) => void pod.write(payload.subarray(1)));
      pod.on("data", (chunk: Buffer) => {
        const half = chunk.length >> 1;
        const first = frame(Buffer.concat([Buffer.from([0]), chunk.subarray(0, half)]));
        first[0] = 0x02;
        const second = frame(chunk.subarray(half));
        second[0] = 0x80;
        for (const byte of Buffer.concat([first, second])) socket.write(Buffer.from([byte]));
      });
      pod.on("error", () => {});
      socket.on("close", () => pod.destroy());
    });
    expect(await probing(access).probe(target)).toMatchObject({ seen: true, value: { chain: { length: 2 } } });
    expect(codes).toContain(0xa);
  });

  test("asks for a fresh token once", async () => {
    const { port } = await operator();
    const { access, asked } = await kubelet(port);
    const token = async (how = "cached") => `${how}-token`;
    const refusing = await serve(() => status(401, "Unauthorized", "no"));
    closing.push(refusing.close);
    const refused = await probing({ ...accessTo(refusing), token }).probe(target);
    expect(refused).toMatchObject({ seen: false, reason: "Unauthorized" });
    expect(refusing.received.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer cached-token",
      "Bearer fresh-token",
    ]);
    expect(await probing({ ...access, token }).probe(target)).toMatchObject({ seen: true });
    expect(asked).toHaveLength(1);
    const broken = { ...access, token: () => Promise.reject(new Error("the token file is gone")) };
    expect(await probing(broken).probe(target)).toMatchObject({
      reason: "Unauthorized",
      detail: "the token file is gone",
    });
  });

  test.each([
    [
      "which right is missing",
      status(
        403,
        "Forbidden",
        'User "u" cannot create resource "pods/portforward" in API group "" in the namespace "keda"',
      ),
      { reason: "Forbidden", detail: expect.stringContaining("grant verb create on pods/portforward") },
    ],
    [
      "that get is missing, too",
      status(
        403,
        "Forbidden",
        'User "u" cannot get resource "pods/portforward" in API group "" in the namespace "keda"',
      ),
      { reason: "Forbidden", detail: expect.stringContaining("grant verb get on pods/portforward") },
    ],
    ["that the Pod is gone", status(404, "NotFound", 'pods "x" not found'), { reason: "NotFound" }],
    ["that kubelet is away", status(500, "InternalError", "dial"), { reason: "Unreachable" }],
    ["an answer that is no upgrade", { body: {} }, { reason: "Malformed" }],
  ])("tells %s", async (_, reply, expected) => {
    const server = await serve(() => reply);
    closing.push(server.close);
    expect(await probing(accessTo(server)).probe(target)).toMatchObject({ seen: false, ...expected });
  });

  test("tells kubelet's own words when nothing listens on the port", async () => {
    const words = "error forwarding port 9666 to pod x: connection refused";
    const { access } = await kubelet(0, (socket) => {
      begin(socket);
      socket.write(frame(Buffer.concat([Buffer.from([1]), Buffer.from(words)])));
    });
    expect(await probing(access).probe(target)).toMatchObject({
      seen: false,
      reason: "Unreachable",
      detail: expect.stringContaining(words),
    });
  });

  test.each<[string, Play, string]>([
    ["closes", (socket) => void socket.end(), "Unreachable"],
    ["says goodbye", (socket) => void socket.write(Buffer.from([0x88, 0])), "Unreachable"],
    ["resets", (socket) => void socket.destroy(), "Unreachable"],
    ["sends nonsense", babble, "Malformed"],
    [
      "sends a frame of 1 TB",
      (socket) => void socket.write(Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0])),
      "Unreachable",
    ],
    ["says nothing", () => {}, "Timeout"],
  ])("ends when the other side %s", async (_, play, reason) => {
    const { access } = await kubelet(0, play);
    const started = performance.now();
    expect(await probing(access, 300).probe(target)).toMatchObject({ seen: false, reason });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test("does not take any 101 for an answer to its own question", async () => {
    const { access } = await kubelet(0, forward, "another");
    expect(await probing(access).probe(target)).toMatchObject({ seen: false, reason: "Malformed" });
  });

  test("ends when the API server never answers, or is not there", async () => {
    const server = await serve(() => "hang");
    closing.push(server.close);
    expect(await probing(accessTo(server), 200).probe(target)).toMatchObject({ seen: false, reason: "Timeout" });
    const nobody = accessTo({ url: new URL("https://127.0.0.1:1") });
    expect(await probing(nobody).probe(target)).toMatchObject({ seen: false, reason: "Unreachable" });
  });

  test("does not climb out of its path, and bears an address as a name", async () => {
    const { port } = await operator();
    const { access, asked } = await kubelet(port);
    expect(await probing(access).probe({ ...target, pod: ".." })).toMatchObject({ seen: false, reason: "NotFound" });
    expect(asked).toHaveLength(0);
    expect(await probing(access).probe({ ...target, serverName: "10.0.0.1" })).toMatchObject({ seen: true });
  });
});
