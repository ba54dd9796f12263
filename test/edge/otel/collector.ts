import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: readonly { readonly name: string; readonly attributes: readonly KeyValue[] }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly SentSpan[] }[];
}

export interface Collector {
  readonly url: string;
  readonly requests: { readonly headers: IncomingMessage["headers"]; readonly path: string; readonly body: string }[];
  spans(): readonly SentSpan[];
  resource(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** `key: value` of OTLP's list of tagged values. */
export const plain = (attributes: readonly KeyValue[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

const accept = (response: ServerResponse): unknown => response.setHeader("content-type", "application/json").end("{}");

/** Takes OTLP over HTTP as JSON, as a collector does on :4318. */
export async function startCollector(answer: (response: ServerResponse) => unknown = accept): Promise<Collector> {
  const requests: Collector["requests"] = [];
  const server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, path: request.url ?? "", body: await text(request) });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sent = (): ResourceSpans[] => requests.flatMap(({ body }) => JSON.parse(body).resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    requests,
    spans: () => sent().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    resource: () => plain(sent()[0]?.resource.attributes ?? []),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
