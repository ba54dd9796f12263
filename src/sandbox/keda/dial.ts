import { connect, type TLSSocket } from "node:tls";
import type { WorldTime } from "../time.ts";
import type { Credentials } from "./credentials.ts";
import { judgeChain, presentedChain } from "./judge.ts";
import { type Message, receive } from "./lines.ts";
import { METRICS_SERVICE_PORT } from "./metricsService.ts";

export interface Dial {
  /** Of a Pod. */
  readonly address: string;
  /** What the client believes to talk to: the Service's address. */
  readonly clusterAddress: string;
  readonly serverName: string;
  readonly credentials: Credentials;
  readonly time: WorldTime;
}

export type Dialled =
  | { readonly ok: true; readonly socket: TLSSocket; readonly onMessage: (listen: (message: Message) => void) => void }
  /** gRPC's words for what went wrong. */
  | { readonly ok: false; readonly problem: string };

/** One attempt of a gRPC client: TLS 1.3 handshake, the server judged by Go's rules, then the server's first message. */
export function dial(options: Dial): Promise<Dialled> {
  const { address, serverName, credentials } = options;
  const { cert, key } = credentials;
  const socket = connect({
    host: address,
    port: METRICS_SERVICE_PORT,
    servername: serverName,
    cert,
    key,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["h2"],
  });
  return new Promise((resolve) => {
    const fail = (problem: string): void => {
      socket.destroy();
      resolve({ ok: false, problem });
    };
    let shaken = false;
    const broken = (code: string): void => fail(shaken ? prefaceProblem(code) : handshakeProblem(code, options));
    socket.once("error", (error: NodeJS.ErrnoException) => broken(error.code ?? ""));
    socket.once("close", () => broken("EOF"));
    socket.on("error", () => undefined);
    socket.once("secureConnect", () => {
      shaken = true;
      const refused = refuse(socket, options);
      if (refused === undefined) awaitFirstMessage(socket, resolve, fail);
      else fail(`transport: authentication handshake failed: tls: failed to verify certificate: ${refused}`);
    });
  });
}

function refuse(socket: TLSSocket, { serverName, credentials, time }: Dial): string | undefined {
  const verdict = judgeChain(presentedChain(socket), credentials.pool, { now: time.now(), dnsName: serverName });
  return verdict.ok ? undefined : verdict.text;
}

function awaitFirstMessage(
  socket: TLSSocket,
  resolve: (dialled: Dialled) => void,
  fail: (problem: string) => void,
): void {
  const onMessage = (listen: (message: Message) => void): void => {
    listener = listen;
  };
  let listener = (message: Message): void => {
    if ("alert" in message) fail(`error reading server preface: remote error: tls: ${message.alert}`);
    else resolve({ ok: true, socket, onMessage });
  };
  receive<Message>(socket, (message) => listener(message));
}

function handshakeProblem(code: string, { clusterAddress }: Dial): string {
  const peer = `${clusterAddress}:${METRICS_SERVICE_PORT}`;
  if (code === "ECONNREFUSED") return dialProblem(clusterAddress, "connect: connection refused");
  if (code === "EOF") return "transport: authentication handshake failed: EOF";
  return `transport: authentication handshake failed: read tcp ${peer}->${peer}: read: connection reset by peer`;
}

const prefaceProblem = (code: string): string =>
  `error reading server preface: ${code === "ECONNRESET" ? "connection reset by peer" : "EOF"}`;

export const dialProblem = (address: string, problem: string): string =>
  `transport: Error while dialing: dial tcp ${address}:${METRICS_SERVICE_PORT}: ${problem}`;
