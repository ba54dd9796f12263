import { request } from "node:http";
import { connect } from "node:net";
import type { IncomingEvent } from "../../../src/core/event.ts";
import type { Handled } from "../../../src/edge/hosts/intake.ts";
import { type Running, type ServeOptions, serve } from "../../../src/edge/hosts/node/server.ts";
import type { LogFields } from "../../../src/ports/log.ts";

/** What a host told its log: everything, so that a test can prove what is not in it. */
export interface Logged {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[];
}

/** A log that remembers. */
export function remembering() {
  const lines: Logged["lines"] = [];
  const at = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields });
  };
  return { lines, log: { info: at("info"), warn: at("warn"), error: at("error") } };
}

/** A real server on a free port, with what it handled and logged. */
export interface Host extends Running, Logged {
  readonly handled: IncomingEvent[];
}

/** Starts a real server; `handle` says what becomes of every event (default: taken). */
export async function startHost(
  changes: Partial<Omit<ServeOptions, "handle">> = {},
  handle: (event: IncomingEvent) => Promise<Handled> = async () => "taken",
): Promise<Host> {
  const { lines, log } = remembering();
  const handled: IncomingEvent[] = [];
  const running = await serve({
    host: "127.0.0.1",
    port: 0,
    log,
    handle: (event) => {
      handled.push(event);
      return handle(event);
    },
    ...changes,
  });
  return { ...running, lines, handled };
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One request by Node's own client. */
export function ask(port: number, { method = "POST", path = "/", headers = {}, body = "" }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => {
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    req.on("error", reject);
    req.end(body);
  });
}

/** Bytes as they are over one connection, and all that comes back until the other side closes it. */
export function askRaw(port: number, ...pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => {
      for (const piece of pieces) socket.write(piece, "latin1");
    });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      got += text;
    });
    socket.on("close", () => resolve(got));
    socket.on("error", reject);
  });
}
