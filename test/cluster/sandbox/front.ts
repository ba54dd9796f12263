import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front {
  readonly url: string;
  close(): void;
}

/** What a Service does: one address for all hosts of a function, in turn; a host that is away answers 503. */
export async function openFront(ports: () => readonly number[]): Promise<Front> {
  let turn = 0;
  const server = createServer((incoming, answer) => {
    const all = ports();
    turn += 1;
    const port = all[turn % Math.max(1, all.length)];
    if (port === undefined) {
      answer.writeHead(503).end();
      return;
    }
    const { method, headers, url: path } = incoming;
    const passing = request({ host: "127.0.0.1", port, path, method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    passing.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(503).end()));
    incoming.pipe(passing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
