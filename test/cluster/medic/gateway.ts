import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { EventFaults } from "../../../src/sandbox/eventFaults.ts";
import type { EventSource } from "../../../src/sandbox/world.ts";

interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Stands between the real ApiServerSource adapters and the broker, to do what networks and restarts do to events. */
export class Gateway implements EventSource {
  readonly #scaleAdapters: (replicas: number) => Promise<void>;
  readonly #server = createServer((incoming, answer) => {
    void this.#take(incoming).then(
      () => answer.writeHead(202).end(),
      () => answer.writeHead(500).end(),
    );
  });
  readonly #faults = new EventFaults<Post>({
    send: (post) => this.#send(post),
    after: (delay, run) => {
      const timer = setTimeout(run, delay);
      return () => clearTimeout(timer);
    },
  });
  #sink: string | undefined;

  /** @param scaleAdapters takes the adapters away, or brings them back */
  constructor(scaleAdapters: (replicas: number) => Promise<void>) {
    this.#scaleAdapters = scaleAdapters;
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#faults.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  sendTo(sink: string | undefined): void {
    this.#sink = sink;
  }

  lose(count: number): void {
    this.#faults.lose(count);
  }

  duplicate(copies: number): void {
    this.#faults.duplicate(copies);
  }

  reorder(size: number): void {
    this.#faults.reorder(size);
  }

  stop(): void {
    void this.#scaleAdapters(0);
  }

  start(): void {
    void this.#scaleAdapters(1);
  }

  async #take(incoming: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const kept = Object.entries(incoming.headers).filter(([name]) => /^(ce-|kn-|content-type|traceparent)/.test(name));
    const headers = Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
    this.#faults.pass({ headers, body: Buffer.concat(chunks) });
  }

  #send({ headers, body }: Post): void {
    if (this.#sink === undefined) return;
    const sending = request(this.#sink, { method: "POST", headers: { ...headers, "content-length": body.length } });
    sending.on("response", (answer) => answer.resume());
    sending.on("error", () => {});
    sending.end(body);
  }
}
