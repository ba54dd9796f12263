import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request as an event source posted it. */
export interface Received {
  readonly at: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Sink {
  readonly url: string;
  readonly received: readonly Received[];
  close(): void;
}

/** Writes down what it gets. What a source sends whole of a Secret is not kept: it may hold a key. */
export async function openSink(): Promise<Sink> {
  const received: Received[] = [];
  const server = createServer(async (incoming, answer) => {
    const body = await text(incoming);
    const { method = "", url = "" } = incoming;
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    if (!/"tls\.key"/.test(body)) received.push({ at: new Date().toISOString(), method, url, headers, body });
    answer.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
