import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "../problem.ts";

/** How long a refused sender may finish talking before the connection is cut. */
const politeness = 1000;

/** Sends a reply; `last` ends the keep-alive connection after it. */
export function send(res: ServerResponse, reply: Reply, last: boolean): void {
  if (res.destroyed || res.headersSent) return;
  if (last) res.shouldKeepAlive = false;
  const { status, headers, body } = reply;
  if (body === undefined) res.writeHead(status, headers).end();
  else res.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) }).end(body);
}

/** True when no body follows the headers: the connection may live on. */
const isBodiless = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0";

/** Answers a request that is refused by its headers alone. */
export function sendEarly(req: IncomingMessage, res: ServerResponse, reply: Reply): void {
  if (isBodiless(req)) send(res, reply, false);
  else refuseUnread(req, res, reply);
}

/**
 * Refuses a request whose body will not be read. The answer is sent whole at once, but the connection is closed only
 * when the sender has finished or a second has passed: cutting it earlier resets it, and the answer would be lost.
 */
export function refuseUnread(req: IncomingMessage, res: ServerResponse, reply: Reply): void {
  if (res.destroyed || res.headersSent) return;
  const body = reply.body ?? "";
  res.shouldKeepAlive = false;
  res.writeHead(reply.status, { ...reply.headers, "content-length": String(Buffer.byteLength(body)) });
  res.write(body);
  const timer = setTimeout(() => res.end(), politeness);
  const done = (): void => {
    clearTimeout(timer);
    res.end();
  };
  req.on("end", done);
  req.on("close", done);
  req.resume();
}
