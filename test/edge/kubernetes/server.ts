import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import type { ClusterAccess } from "../../../src/edge/kubernetes/access.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";

export const wallClock: Clock = { now: () => Date.now() };

const day = 86_400_000;
const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };

export const serverCa = mintCertificate({
  subject: { cn: "test CA" },
  key: pooledKey("ECDSA", "test CA"),
  ca: true,
  keyUsage: ["certSign"],
  ...validity,
});

export const mintLeaf = (cn: string) =>
  mintCertificate({
    subject: { cn },
    key: pooledKey("ECDSA", cn),
    issuer: serverCa,
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    dnsNames: ["localhost", cn],
    ipAddresses: ["127.0.0.1"],
    ...validity,
  });

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is text. */
  readonly body?: unknown;
}

/** `hang`: never answer; `reset`: close the connection. */
export type Handler = (request: Received) => Reply | "hang" | "reset" | Promise<Reply>;

export interface TestServer {
  readonly url: URL;
  readonly received: Received[];
  connections(): number;
  onUpgrade(listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void;
  close(): Promise<void>;
}

export async function serve(handler: Handler, options: TlsOptions = {}): Promise<TestServer> {
  const { certificate, keyPem } = mintLeaf("api.test");
  const received: Received[] = [];
  let connections = 0;
  const server = createServer({ cert: certificate, key: keyPem, ...options }, async (request, response) => {
    const seen = await record(request);
    received.push(seen);
    answer(request, response, await handler(seen));
  });
  const sockets = new Set<Duplex>();
  server.on("secureConnection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
    received,
    connections: () => connections,
    onUpgrade: (listener) => server.on("upgrade", listener),
    async close() {
      // Upgraded connections are no longer the server's own.
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function record(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const socket = request.socket as unknown as { getPeerCertificate(): { subject?: { CN?: string } } | null };
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers: request.headers,
    body: Buffer.concat(chunks).toString("utf8"),
    client: socket.getPeerCertificate()?.subject?.CN,
  };
}

function answer(request: IncomingMessage, response: ServerResponse, reply: Reply | "hang" | "reset"): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    request.socket.destroy();
    return;
  }
  const { status = 200, headers = {}, body = {} } = reply;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

export const accessTo = (server: { readonly url: URL }, more: Partial<ClusterAccess> = {}): ClusterAccess => ({
  server: server.url,
  clusterName: "test",
  ca: serverCa.certificate,
  insecureSkipTlsVerify: false,
  token: async () => "cached-token",
  ...more,
});

/** A `v1 Status` as kube-apiserver sends it. */
export const status = (code: number, reason: string, message: string, details: object = {}): Reply => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code },
});
