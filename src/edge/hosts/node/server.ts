import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Duration, seconds } from "../../../core/instant.ts";
import type { Log } from "../../../ports/log.ts";
import { refusals } from "../../cloudevents/refusal.ts";
import { answerBody, answerEarly, type Handle, type IntakeRequest } from "../intake.ts";
import { problemReply, type Reply } from "../problem.ts";
import type { Authorize } from "../token.ts";
import { announcesTooMuch, type Budget, readBody } from "./body.ts";
import { closeGracefully } from "./drain.ts";
import { refuseUnread, send, sendEarly } from "./reply.ts";

export interface ServeOptions {
  readonly handle: Handle;
  /** Undefined: every address of this machine, IPv6 and IPv4, as far as it has them. */
  readonly host: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  readonly token?: string | undefined;
  /** Checks callers' own tokens instead. */
  readonly authorize?: Authorize | undefined;
  readonly log: Log;
  /** Requests answered at once; one more gets 503. Default 1000. */
  readonly maxInFlight?: number;
  /** Bytes of bodies held at once. Default 8 MiB: five events of the largest size, or thousands of the usual one. */
  readonly maxBufferedBytes?: number;
}

export interface Running {
  readonly port: number;
  /** Drains and ends; `grace` defaults to 10 s, well within a Pod's 30 s. */
  close(grace?: Duration): Promise<void>;
}

/**
 * Slow senders are cut by Node itself: headers within 10 s, a whole request within 15 s. Idle connections live longer
 * than those of Go clients (90 s), so that it is the client who closes first and no request meets a closing connection.
 */
const timeouts = {
  headersTimeout: seconds(10),
  requestTimeout: seconds(15),
  keepAliveTimeout: seconds(95),
  connectionsCheckingInterval: seconds(5),
  maxHeaderSize: 16_384,
} as const;

const busy = problemReply(
  { status: 503, code: "Busy", sentence: "Too many requests at once; repeat it." },
  { "retry-after": "5" },
);
/** What is held is held three times while it is read: in pieces, as text, as values. A Pod has 192 MiB for everything. */
const mostBuffered = 8 * 1024 * 1024;

const text = { "content-type": "text/plain; charset=utf-8" };
const notReady: Reply = { status: 503, headers: text, body: "not ready\n" };
const fine: Reply = { status: 200, headers: text, body: "ok\n" };

/** What the requests of one server share. */
interface Shared {
  readonly options: ServeOptions;
  readonly maxInFlight: number;
  readonly budget: Budget;
  inFlight: number;
  draining: boolean;
}

/** A request as the intake wants it; Node's headers are lazy, so they are handed on, not copied. */
const asIntake = (req: IncomingMessage, path: string, body: Buffer): IntakeRequest => ({
  method: req.method ?? "",
  path,
  headers: req.headers,
  rawHeaders: req.rawHeaders,
  body,
});

const empty = Buffer.alloc(0);

/** The refusal that needs no body, if there is one. */
function refusedEarly(shared: Shared, req: IncomingMessage, path: string): Reply | undefined {
  const early = answerEarly(asIntake(req, path, empty), shared.options);
  if (early !== undefined) return early;
  if (announcesTooMuch(req)) return problemReply(refusals.BodyTooLarge);
  return shared.inFlight >= shared.maxInFlight ? busy : undefined;
}

/** Answers a request whose body is there, and gives the bytes back. */
async function answerWhole(shared: Shared, req: IncomingMessage, res: ServerResponse, body: Buffer): Promise<void> {
  try {
    send(res, await answerBody(asIntake(req, "/", body), shared.options.handle, shared.options), shared.draining);
  } catch {
    // Nothing here is expected to throw; if it does, the sender must not be told that all is well.
    shared.options.log.error("intake failed");
    send(res, busy, true);
  } finally {
    shared.budget.left += body.length;
    shared.inFlight -= 1;
  }
}

function intake(shared: Shared, req: IncomingMessage, res: ServerResponse): void {
  shared.inFlight += 1;
  readBody(req, shared.budget, (body) => {
    if (typeof body !== "string") {
      void answerWhole(shared, req, res, body);
      return;
    }
    shared.inFlight -= 1;
    if (body === "tooLarge") refuseUnread(req, res, problemReply(refusals.BodyTooLarge));
    if (body === "busy") refuseUnread(req, res, busy);
  });
}

/** A request that is not about health: an event, or refused. */
function onEvent(shared: Shared, req: IncomingMessage, res: ServerResponse): void {
  const early = refusedEarly(shared, req, pathOf(req.url ?? ""));
  if (early === undefined) intake(shared, req, res);
  else sendEarly(req, res, early);
}

/** Liveness asks only whether we answer; readiness also whether we want to. */
function health(shared: Shared, path: string): Reply | undefined {
  if (path === "/healthz") return fine;
  if (path !== "/readyz") return undefined;
  return shared.draining ? notReady : fine;
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

function onRequest(shared: Shared, req: IncomingMessage, res: ServerResponse): void {
  const path = pathOf(req.url ?? "");
  const state = req.method === "GET" || req.method === "HEAD" ? health(shared, path) : undefined;
  if (state !== undefined) send(res, state, shared.draining);
  else onEvent(shared, req, res);
}

/** `Expect: 100-continue`: the sender asks first, so it is told before it sends what we would refuse. */
function onContinue(shared: Shared, req: IncomingMessage, res: ServerResponse): void {
  if (refusedEarly(shared, req, pathOf(req.url ?? "")) === undefined) res.writeContinue();
  onRequest(shared, req, res);
}

const listen = (server: Server, port: number, host: string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, resolve);
  });

/** Serves the intake on node:http: `POST /` and `OPTIONS /`, `/healthz`, `/readyz`, nothing else. Rejects when the port is taken. */
export async function serve(options: ServeOptions): Promise<Running> {
  const shared: Shared = {
    options,
    maxInFlight: options.maxInFlight ?? 1000,
    budget: { left: options.maxBufferedBytes ?? mostBuffered },
    inFlight: 0,
    draining: false,
  };
  const server = createServer(timeouts, (req, res) => onRequest(shared, req, res));
  server.on("checkContinue", (req, res) => onContinue(shared, req, res));
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: (grace = seconds(10)) => {
      shared.draining = true;
      return closeGracefully({ server, inFlight: () => shared.inFlight }, grace);
    },
  };
}
