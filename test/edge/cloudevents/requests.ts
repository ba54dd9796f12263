import { readFileSync } from "node:fs";
import type { IncomingEvent } from "../../../src/core/event.ts";
import { type Decoded, decodeEvents } from "../../../src/edge/cloudevents/decode.ts";
import type { Headers } from "../../../src/edge/cloudevents/headers.ts";

/** One HTTP request as a recording holds it. */
export interface Recorded {
  readonly at: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const fixtures = new URL("../../fixtures/recordings/", import.meta.url);

/** Everything that real senders posted during one incident, in order. */
export const recording = (file: string): readonly Recorded[] =>
  JSON.parse(readFileSync(new URL(file, fixtures), "utf8")) as readonly Recorded[];

/** The recordings, by folder and file. */
export const recordings = {
  selfSigned: "keda-2.13.1-self-signed/cloudevents.json",
  certManager: "cert-manager-1.18-keda-chart-2.13.2/cloudevents.json",
  exporter: "event-exporter-1.7/webhooks.json",
} as const;

/** Names and values in a row, as Node's `rawHeaders`. */
export const rawOf = (headers: Readonly<Record<string, string>>): string[] => Object.entries(headers).flat();

/** Headers of a small valid binary event; `undefined` leaves one out. */
export function ceHeaders(changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const all: Record<string, string | undefined> = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/test",
    "ce-type": "test.type",
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** A small valid structured event, with changes. */
export const envelope = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  specversion: "1.0",
  id: "1",
  source: "/test",
  type: "test.type",
  ...changes,
});

export const structuredType = { "content-type": "application/cloudevents+json" };
export const batchType = { "content-type": "application/cloudevents-batch+json" };

/** Decodes with the raw headers that Node would have seen. */
export const decode = (headers: Readonly<Record<string, string>>, body: string | Buffer): Decoded =>
  decodeEvents(headers, Buffer.from(body as string), rawOf(headers));

/** Decodes as a host without raw headers does. */
export const decodeElsewhere = (headers: Headers, body: string): Decoded => decodeEvents(headers, Buffer.from(body));

/** The only event of a request that must be good. */
export function onlyEvent(decoded: Decoded): IncomingEvent {
  const [event, ...more] = decoded.ok ? decoded.events : [];
  if (event === undefined || more.length > 0) throw new Error(`not one event: ${JSON.stringify(decoded)}`);
  return event;
}

/** Arrays nested `levels` deep. */
export const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
