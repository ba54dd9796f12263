import { createHash, randomBytes } from "node:crypto";
import type http from "node:http";
import type { Duplex } from "node:stream";
import type { Duration } from "../../core/instant.ts";
import type { ClusterAccess, TokenUse } from "./access.ts";
import { headersOf, openRequest } from "./exchange.ts";
import { fullPath, type Query } from "./path.ts";
import { noCredentials, type Refusal, refusalFor } from "./refusal.ts";

/** Data and error channel per port, each message led by the channel's number: what kubelet's port-forward speaks over WebSockets. */
const PROTOCOL = "v4.channel.k8s.io";
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface UpgradeCall {
  readonly access: ClusterAccess;
  readonly agent: http.Agent;
  readonly path: string;
  readonly query: Query;
  readonly timeout: Duration;
}

export interface Upgraded {
  readonly ok: true;
  readonly socket: Duplex;
  /** What the server sent right behind its answer. */
  readonly head: Buffer;
}

/** Turns a request into a WebSocket connection. Asks for a fresh token once. Never throws. */
export async function upgrade(call: UpgradeCall): Promise<Upgraded | Refusal> {
  const first = await attempt(call, "cached");
  return !first.ok && first.status === 401 ? attempt(call, "fresh") : first;
}

async function attempt(call: UpgradeCall, how: TokenUse): Promise<Upgraded | Refusal> {
  const token = await call.access.token(how).catch(noCredentials);
  return typeof token === "object" ? token : shakeHands(call, token);
}

function shakeHands(call: UpgradeCall, token: string | undefined): Promise<Upgraded | Refusal> {
  const key = randomBytes(16).toString("base64");
  return new Promise((resolve) => {
    const request = open(call, key, token);
    const late = () => end({ ok: false, reason: "Timeout", detail: `no port-forward within ${call.timeout} ms` });
    const timer = setTimeout(late, call.timeout);
    const end = (outcome: Upgraded | Refusal): void => {
      clearTimeout(timer);
      resolve(outcome);
      if (!outcome.ok) request.destroy();
    };
    request.once("upgrade", (response, socket, head) => {
      // Stays for good: a reset after the answer must not end the process.
      socket.on("error", () => socket.destroy());
      if (accepted(response, key)) return end({ ok: true, socket, head });
      socket.destroy();
      end({ ok: false, reason: "Malformed", detail: `the API server does not speak ${PROTOCOL}` });
    });
    request.once("response", (response) => readRefusal(response, (body) => end(refused(call, response, body))));
    request.on("error", (error) => end({ ok: false, reason: "Unreachable", detail: `port-forward: ${error.message}` }));
    request.end();
  });
}

function open({ access, agent, path, query }: UpgradeCall, key: string, token: string | undefined): http.ClientRequest {
  const { server } = access;
  return openRequest({
    server,
    agent,
    method: "GET",
    path: fullPath(server, path, query),
    headers: {
      ...headersOf(access, token),
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": key,
      "sec-websocket-protocol": PROTOCOL,
    },
  });
}

function accepted({ headers }: http.IncomingMessage, key: string): boolean {
  const expected = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  return headers["sec-websocket-accept"] === expected && headers["sec-websocket-protocol"] === PROTOCOL;
}

function readRefusal(response: http.IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => {
    if (chunks.length < 16) chunks.push(chunk);
  });
  response.once("close", () => done(Buffer.concat(chunks)));
}

/** Since Kubernetes 1.35 an upgrade needs `create` besides the `get` of its method; a server that names neither means `create`. */
const refused = ({ path }: UpgradeCall, { statusCode = 0 }: http.IncomingMessage, body: Buffer): Refusal =>
  refusalFor({ method: body.includes("cannot get ") ? "GET" : "POST", path }, statusCode, body);
