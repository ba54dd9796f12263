import { describe, expect, test } from "@jest/globals";
import { CloudEvent, HTTP, type Message } from "cloudevents";
import type { IncomingEvent } from "../../../src/core/event.ts";
import { decode, onlyEvent, type Recorded, recording, recordings } from "./requests.ts";

/** Context attributes as both sides know them; times to the millisecond, which is all that the SDK keeps. It invents missing ones. */
function attributesOf(event: CloudEvent<unknown>, timed = true): Record<string, unknown> {
  const { data: _, data_base64: __, specversion: ___, time, ...rest } = event.toJSON();
  return { ...rest, ...(time === undefined || !timed ? {} : { time: Date.parse(String(time)) }) };
}

const ours = ({
  id,
  source,
  type,
  subject,
  time,
  attributes,
  traceparent,
}: IncomingEvent): Record<string, unknown> => ({
  id,
  source,
  type,
  ...(subject === undefined ? {} : { subject }),
  ...(time === undefined ? {} : { time }),
  ...attributes,
  ...(traceparent === undefined ? {} : { traceparent }),
});

const requests: readonly Recorded[] = Object.values(recordings)
  .flatMap(recording)
  .filter((r) => r.headers["ce-id"] !== undefined);

describe("the CloudEvents SDK agrees", () => {
  test("on every recorded binary event", () => {
    expect(requests.length).toBe(241);
    for (const { headers, body } of requests) {
      const { traceparent: _, ...others } = headers;
      const theirs = HTTP.toEvent({ headers: others, body }) as CloudEvent<unknown>;
      const event = onlyEvent(decode(others, body));
      expect(ours(event)).toEqual(attributesOf(theirs, headers["ce-time"] !== undefined));
      expect(event.data).toEqual(theirs.data);
    }
  });

  const event = new CloudEvent({
    id: "a",
    source: "/b",
    type: "c",
    subject: "d",
    time: "2026-11-23T17:02:34.997Z",
    datacontenttype: "application/json",
    myextension: "e",
    data: { f: [1, "ä", null] },
  });
  const sent = (message: Message): IncomingEvent =>
    onlyEvent(decode(message.headers as Record<string, string>, String(message.body)));

  test.each([
    ["binary", HTTP.binary(event)],
    ["structured", HTTP.structured(event)],
  ])("on what it sends in %s mode", (_, message) => {
    expect(ours(sent(message))).toEqual(attributesOf(event));
    expect(sent(message).data).toEqual(event.data);
  });

  test("on a batch", () => {
    const message = {
      headers: { "content-type": "application/cloudevents-batch+json" },
      body: JSON.stringify([event]),
    };
    expect(ours(sent(message))).toEqual(attributesOf(event));
  });
});
