import type { IncomingMessage } from "node:http";
import { maxBodyBytes } from "../../cloudevents/limits.ts";

/** Bytes that all requests together may hold at once: a thousand senders of 1.5 MiB each must not fill the heap. */
export interface Budget {
  left: number;
}

/** A body in whole, or why not: `gone` means that the sender left before the end. */
export type Body = Buffer | "tooLarge" | "busy" | "gone";

const nothing = Buffer.alloc(0);

/** True when the request announces more than we read: refused before a byte of it is taken. */
export const announcesTooMuch = (req: IncomingMessage): boolean =>
  Number(req.headers["content-length"] ?? 0) > maxBodyBytes;

/**
 * Reads a body of at most {@link maxBodyBytes} and calls `done` exactly once. A whole body stays charged to the budget
 * until the caller gives its length back; everything else is given back here. A callback, because a promise costs more.
 */
export function readBody(req: IncomingMessage, budget: Budget, done: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let open = true;
  const end = (body: Body): void => {
    if (!open) return;
    open = false;
    if (typeof body === "string") budget.left += length;
    chunks.length = 0;
    done(body);
  };
  req.on("data", (chunk: Buffer) => {
    if (!open) return;
    length += chunk.length;
    budget.left -= chunk.length;
    chunks.push(chunk);
    if (length > maxBodyBytes) end("tooLarge");
    else if (budget.left < 0) end("busy");
  });
  req.on("end", () => end(chunks.length === 1 ? (chunks[0] ?? nothing) : Buffer.concat(chunks)));
  req.on("close", () => end("gone"));
}
