import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Passed } from "../scenarios/scenario.ts";

export interface Tap {
  readonly url: string;
  readonly passed: readonly Passed[];
  close(): void;
}

/** Answers like the function behind it, or by itself. */
type Answer = (incoming: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<number>;

async function open(address: string, answer: Answer): Promise<Tap> {
  const passed: Passed[] = [];
  const server = createServer(async (incoming, response) => {
    const at = Date.now();
    const body = await buffer(incoming);
    const status = await answer(incoming, body, response);
    passed.push({ at, headers: incoming.headers, body: body.toString(), status });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(80, address, resolve));
  return {
    url: `http://${address}`,
    passed,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Takes everything: a dead letter sink. */
export const openSink = (address: string): Promise<Tap> =>
  open(address, async (_incoming, _body, response) => {
    response.writeHead(204).end();
    return 204;
  });

/** Where Serving's activator and queue-proxy would stand: passes requests on as they are, and remembers them. */
export const openTap = (address: string, target: string): Promise<Tap> =>
  open(
    address,
    (incoming, body, response) =>
      new Promise((resolve) => {
        const { method, headers } = incoming;
        const outgoing = request(target, { method, headers, path: incoming.url, agent: false }, (answer) => {
          const status = answer.statusCode ?? 502;
          response.writeHead(status, answer.headers);
          answer.pipe(response);
          answer.once("end", () => resolve(status));
        });
        outgoing.once("error", () => {
          response.writeHead(502).end();
          resolve(502);
        });
        outgoing.end(body);
      }),
  );
