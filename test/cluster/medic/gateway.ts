import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { EventSource } from "../../../src/sandbox/world.ts";

interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface GatewayOptions {
  /** Takes the adapters away, or brings them back. */
  readonly scaleAdapters: (replicas: number) => Promise<void>;
}

const heldFor = 1000;

/** Stands between the real ApiServerSource adapters and the broker, to do what networks and restarts do to events. */
export class Gateway implements EventSource {
  readonly #options: GatewayOptions;
  readonly #server = createServer((incoming, answer) => {
    void this.#take(incoming).then(
      () => answer.writeHead(202).end(),
      () => answer.writeHead(500).end(),
    );
  });
  #sink: string | undefined;
  #lost = 0;
  #copies = 1;
  #group = 1;
  #held: Post[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Events that came from the adapters so far. */
  received = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  sendTo(sink: string | undefined): void {
    this.#sink = sink;
  }

  lose(count: number): void {
    this.#lost = count;
  }

  duplicate(copies: number): void {
    this.#copies = copies;
  }

  reorder(size: number): void {
    this.#group = size;
    this.#flush();
  }

  stop(): void {
    void this.#options.scaleAdapters(0);
  }

  start(): void {
    void this.#options.scaleAdapters(1);
  }

  async #take(incoming: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    this.received += 1;
    if (this.#lost > 0) {
      this.#lost -= 1;
      return;
    }
    const kept = Object.entries(incoming.headers).filter(([name]) => /^(ce-|kn-|content-type|traceparent)/.test(name));
    const headers = Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
    for (let copy = 0; copy < this.#copies; copy += 1) this.#pass({ headers, body: Buffer.concat(chunks) });
  }

  #pass(post: Post): void {
    if (this.#group <= 1) {
      this.#send(post);
      return;
    }
    this.#held.push(post);
    clearTimeout(this.#timer);
    if (this.#held.length >= this.#group) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), heldFor);
  }

  /** Backwards. */
  #flush(): void {
    const held = this.#held.reverse();
    this.#held = [];
    for (const post of held) this.#send(post);
  }

  #send({ headers, body }: Post): void {
    if (this.#sink === undefined) return;
    const sending = request(this.#sink, { method: "POST", headers: { ...headers, "content-length": body.length } });
    sending.on("response", (answer) => answer.resume());
    sending.on("error", () => {});
    sending.end(body);
  }
}
