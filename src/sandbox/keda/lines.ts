import type { Duplex } from "node:stream";

/** Newline-delimited JSON over a stream: what stands in for gRPC inside hop B's TLS connection. */
export interface Request {
  readonly id: number;
  readonly namespace: string;
  readonly scaledObject: string;
  readonly metric: string;
}

/** `ready` stands for the server's HTTP/2 settings, `alert` for the TLS alert that refuses a client's certificate. */
export type Message =
  | { readonly ready: true }
  | { readonly alert: string }
  | { readonly id: number; readonly value: string }
  | { readonly id: number; readonly error: string };

export function send(stream: Duplex, message: Request | Message): void {
  if (stream.writable) stream.write(`${JSON.stringify(message)}\n`);
}

export function receive<T>(stream: Duplex, onMessage: (message: T) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse<T>(line);
      if (message !== undefined) onMessage(message);
    }
  });
}

function parse<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}
