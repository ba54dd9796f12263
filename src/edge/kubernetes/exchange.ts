import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duration } from "../../core/instant.ts";
import { codeOf, messageOf } from "../../core/thrown.ts";
import type { ClusterAccess } from "./access.ts";
import { dialable } from "./path.ts";

/** Where a request goes, and its head. */
export interface Opening {
  readonly server: URL;
  readonly agent: http.Agent;
  readonly method: string;
  /** Path and query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One HTTP request, ready to send. */
export interface Outgoing extends Opening {
  readonly body?: Buffer;
  /** From now to the last byte of the answer. */
  readonly timeout: Duration;
  /** From now to an established connection. */
  readonly connectTimeout: Duration;
  readonly limitBytes: number;
  /** On the way there, where there is one. */
  readonly proxy: URL | undefined;
}

/** The answer's own buffer: whoever reads a secret from it may overwrite it. */
export interface Answered {
  readonly answered: true;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Unanswered {
  readonly answered: false;
  readonly reason: "Timeout" | "Unreachable" | "TooLarge";
  /** Foreign error code, e.g. `ECONNREFUSED`. */
  readonly code?: string | undefined;
  readonly detail: string;
}

const whereTo = ({ server, proxy }: Outgoing): string =>
  proxy === undefined ? server.host : `${server.host} through the proxy ${proxy.host}`;

/** Sends one request and reads the whole answer. Never throws, never repeats. */
export const exchange = (call: Outgoing): Promise<Answered | Unanswered> =>
  new Promise((resolve) => {
    const request = openRequest(call);
    const end = (answer: Answered | Unanswered): void => {
      clearTimeout(connecting);
      clearTimeout(whole);
      if (!answer.answered) request.destroy();
      resolve(answer);
    };
    const late = (what: string, after: Duration) => () =>
      end({ answered: false, reason: "Timeout", detail: `${what} from ${whereTo(call)} within ${after} ms` });
    const connecting = setTimeout(late("no connection", call.connectTimeout), call.connectTimeout);
    const whole = setTimeout(late("no complete answer", call.timeout), call.timeout);
    request.once("socket", (socket) => whenConnected(request, socket, () => clearTimeout(connecting)));
    request.on("error", (error) => end(networkFailure(call.server, error)));
    request.once("response", (response) => collect(response, call.limitBytes, end));
    request.end(call.body);
  });

/** Headers of every request to the API server. */
export const headersOf = (access: ClusterAccess, token: string | undefined): Readonly<Record<string, string>> => ({
  ...access.headers,
  "user-agent": "keda-medic",
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});

/** Opens a request to the API server; whoever calls sends it. */
export function openRequest({ server, agent, method, path, headers }: Opening): http.ClientRequest {
  const send = server.protocol === "http:" ? http.request : https.request;
  return send({ hostname: dialable(server), port: server.port, agent, method, path, headers });
}

/** Sockets that have been connected: one that is handed to a request that waited for it does not count as reused. */
const connected = new WeakSet<Socket>();

function whenConnected(request: http.ClientRequest, socket: Socket, done: () => void): void {
  if (request.reusedSocket || connected.has(socket)) {
    done();
    return;
  }
  socket.once("encrypted" in socket ? "secureConnect" : "connect", () => {
    connected.add(socket);
    done();
  });
}

function collect(response: http.IncomingMessage, limit: number, end: (answer: Answered | Unanswered) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) end({ answered: false, reason: "TooLarge", detail: `the answer is larger than ${limit} bytes` });
  });
  response.once("end", () => {
    const body = Buffer.concat(chunks);
    for (const chunk of chunks) chunk.fill(0);
    end({ answered: true, status: response.statusCode ?? 0, headers: response.headers, body });
  });
  response.once("error", (error) =>
    end({ answered: false, reason: "Unreachable", code: codeOf(error), detail: "the answer broke off" }),
  );
}

function networkFailure(server: URL, error: unknown): Unanswered {
  const code = codeOf(error);
  const detail = distrust(code)
    ? `the certificate of ${server.host} is not trusted: ${messageOf(error)}`
    : `${server.host} cannot be reached: ${messageOf(error) || code}`;
  return { answered: false, reason: "Unreachable", code, detail };
}

/** True where the API server's certificate was refused by us: asking again cannot help. */
export const distrust = (code: string | undefined): boolean =>
  code !== undefined && /CERT|ISSUER|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
