import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One event that passed the broker. */
export interface Passed {
  readonly type: string;
  readonly data: unknown;
}

/** A Trigger: what a subscriber wants, by the event's type, as `spec.filters` of Knative would say it. */
export interface Trigger {
  readonly wants: (type: string) => boolean;
  readonly subscriber: string;
}

export interface Broker {
  readonly url: string;
  subscribe(trigger: Trigger): void;
  close(): Promise<void>;
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Headers of a binary-mode CloudEvent; a broker passes them on as they are. */
function eventHeaders(incoming: IncomingMessage): Record<string, string> {
  const kept = Object.entries(incoming.headers).filter(
    ([name]) => name.startsWith("ce-") || name === "content-type" || name === "traceparent",
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

/** Posts once more and once more, as a broker's delivery does on 409 and 5xx. */
async function deliver(subscriber: string, headers: Record<string, string>, body: Buffer): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const status = await post(subscriber, headers, body);
    if (status !== undefined && status !== 409 && status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
  }
}

function post(url: string, headers: Record<string, string>, body: Buffer): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sending = request(
      url,
      { method: "POST", headers: { ...headers, "content-length": body.length } },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode));
      },
    );
    sending.on("error", () => resolve(undefined));
    sending.end(body);
  });
}

const object = (body: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};

/** Type and data, from the headers in binary mode, from the envelope in structured mode. */
function passed(headers: Readonly<Record<string, string>>, body: Buffer): Passed {
  const content = object(body);
  const type = headers["ce-type"];
  return type === undefined ? { type: String(content["type"] ?? ""), data: content["data"] } : { type, data: content };
}

/** A broker with triggers, as Knative's in-memory one: at least once, no order, nothing kept. */
export async function createBroker(onEvent: (event: Passed) => void): Promise<Broker> {
  const triggers: Trigger[] = [];
  const server: Server = createServer(async (incoming, answer) => {
    const body = await read(incoming);
    answer.writeHead(202).end();
    const headers = eventHeaders(incoming);
    const event = passed(headers, body);
    onEvent(event);
    await Promise.all(triggers.filter((t) => t.wants(event.type)).map((t) => deliver(t.subscriber, headers, body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    subscribe: (trigger) => void triggers.push(trigger),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
