import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import { messageOf } from "../../core/thrown.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Listening, listen } from "../sockets.ts";
import type { Call } from "./call.ts";
import { answering, type Backend, type Serving } from "./calls.ts";
import { RequestJournal } from "./journal.ts";
import { forward, forwardTarget } from "./portForward.ts";
import { forbidden, type User } from "./rbac.ts";
import { requestInfo } from "./requestInfo.ts";
import { type Answer, badRequest, failure, notSpoken, unauthorized } from "./status.ts";
import { Watches } from "./watch.ts";

/** Runs after the work is done and before the answer goes out; `kill` closes the connection instead of answering. */
export type BeforeAnswer = (call: Call, answer: Answer) => Promise<"send" | "kill"> | "send" | "kill";

export interface ApiServerOptions {
  readonly clock: Clock;
  readonly backend: Backend;
  readonly users: readonly User[];
  readonly host: string;
  readonly certificate: { readonly cert: string; readonly key: string };
}

const PORT = 6443;

/** A stand-in for kube-apiserver over HTTPS. What it does not speak is answered 501, so that no call goes unnoticed. */
export class ApiServer {
  readonly journal = new RequestJournal();
  readonly watches: Watches;
  readonly url: string;
  beforeAnswer: BeforeAnswer = () => "send";
  readonly #options: ApiServerOptions;
  readonly #serving: Serving;
  #listening: Listening | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.watches = new Watches(options.backend.objects);
    this.#serving = { ...options.backend, users: options.users, watches: this.watches };
    this.url = `https://${options.host}:${PORT}`;
  }

  /** Starts listening; also again after `down()`. */
  async up(): Promise<void> {
    this.#listening ??= await listen(this.#server(), this.#options.host, PORT);
  }

  /** Nobody listens, all connections break. */
  async down(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    await listening?.kill();
  }

  #server(): Server {
    const server = createServer({ ...this.#options.certificate, keepAliveTimeout: 60_000 }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    server.on("upgrade", (request, socket) => this.#upgrade(request, socket));
    server.on("tlsClientError", () => undefined);
    return server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const user = this.#userOf(request);
    const call = user && callOf(request, user, body);
    const answer = await this.#answer(request, call);
    this.#note(request, user, answer.status);
    const what = call === undefined ? "send" : await this.beforeAnswer(call, answer);
    if (what === "kill") response.destroy();
    else send(response, answer);
  }

  async #answer(request: IncomingMessage, call: Call | undefined): Promise<Answer> {
    if (this.#userOf(request) === undefined) return unauthorized();
    const handler = call && answering(call.info);
    if (call === undefined || handler === undefined) return notSpoken(`${request.method} ${request.url}`);
    const refused = forbidden(call.user, call.info);
    if (refused !== undefined) return refused;
    if (call.body === MALFORMED) return badRequest("the body of the request is not JSON");
    try {
      return await handler(this.#serving, call);
    } catch (error) {
      return failure(500, "InternalError", `Internal error occurred: ${messageOf(error)}`);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    socket.on("error", () => socket.destroy());
    const user = this.#userOf(request);
    const call = user && callOf(request, user, "");
    const { "sec-websocket-key": key = "", "sec-websocket-protocol": protocols = "" } = request.headers;
    const target = upgradeTarget(this.#options.backend, user, call && { ...call, key, protocols });
    this.#note(request, user, "host" in target ? 101 : target.status);
    if ("host" in target) forward(socket, key, target);
    else socket.end(rawAnswer(target));
  }

  #note(request: IncomingMessage, user: User | undefined, status: number): void {
    const { method = "", url: path = "" } = request;
    this.journal.add({ at: this.#options.clock.now(), method, path, user: user?.name, status });
  }

  #userOf(request: IncomingMessage): User | undefined {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    return this.#options.users.find((user) => user.token === token);
  }
}

const upgradeTarget = (
  { objects }: Backend,
  user: User | undefined,
  upgrade: Parameters<typeof forwardTarget>[1] | undefined,
): ReturnType<typeof forwardTarget> => {
  if (user === undefined) return unauthorized();
  return upgrade === undefined ? notSpoken("an upgrade of this path") : forwardTarget(objects, upgrade);
};

const MALFORMED = Symbol("a body that is not JSON");

/** Undefined for paths that name no resource. */
function callOf(request: IncomingMessage, user: User, body: string): Call | undefined {
  const path = request.url ?? "/";
  const url = new URL(path, "https://apiserver");
  const info = requestInfo(request.method ?? "GET", url.pathname, url.searchParams);
  const contentType = (request.headers["content-type"] ?? "application/json").split(";")[0] ?? "";
  const { accept } = request.headers;
  return info && { info, path, query: url.searchParams, user, contentType, accept, body: parsed(body) };
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return MALFORMED;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const textOf = (answer: Answer): string =>
  typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);

function send(response: ServerResponse, answer: Answer): void {
  if (answer.stream !== undefined) {
    answer.stream(response);
    return;
  }
  response.writeHead(answer.status, { "content-type": answer.contentType ?? "application/json" });
  response.end(textOf(answer));
}

function rawAnswer(answer: Answer): string {
  const body = textOf(answer);
  const head = [`HTTP/1.1 ${answer.status} Refused`, "content-type: application/json", "connection: close"];
  return `${[...head, `content-length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}`;
}
