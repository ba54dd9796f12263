import { describe, expect, test } from "@jest/globals";
import type { IncomingEvent } from "../../../../src/core/event.ts";
import type { Handled } from "../../../../src/edge/hosts/intake.ts";
import { answerUrl, isUrlEvent, type UrlEvent } from "../../../../src/edge/hosts/lambda/functionUrl.ts";

const log = { info: () => {}, warn: () => {}, error: () => {} };

/** Shape as AWS documents it: Lambda developer guide, "Function URL request and response payloads" (format 2.0). */
const url = (headers: Record<string, string>, body: string, more: Partial<UrlEvent> = {}): UrlEvent => ({
  version: "2.0",
  rawPath: "/",
  headers,
  body,
  isBase64Encoded: false,
  requestContext: { http: { method: "POST", path: "/" } },
  ...more,
});

const binary = {
  "content-type": "application/json",
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/s",
  "ce-type": "dev.knative.apiserver.ref.update",
};
const structured = JSON.stringify({ specversion: "1.0", id: "2", source: "/s", type: "t", data: { a: 1 } });

async function posted(event: UrlEvent, outcome: Handled = "taken") {
  const events: IncomingEvent[] = [];
  const result = await answerUrl(
    event,
    async (e) => {
      events.push(e);
      return outcome;
    },
    { log },
  );
  return { result, events };
}

describe("a function URL", () => {
  test("takes binary mode as text and answers 204 without a body", async () => {
    const { result, events } = await posted(url(binary, '{"kind":"Pod"}'));
    expect(result).toMatchObject({ statusCode: 204 });
    expect(result).not.toHaveProperty("body");
    expect(events).toEqual([expect.objectContaining({ id: "1", data: { kind: "Pod" } })]);
  });

  test("takes structured mode, which arrives in base64", async () => {
    const body = Buffer.from(structured).toString("base64");
    const { result, events } = await posted(
      url({ "content-type": "application/cloudevents+json" }, body, { isBase64Encoded: true }),
    );
    expect(result.statusCode).toBe(204);
    expect(events).toEqual([expect.objectContaining({ id: "2", data: { a: 1 } })]);
  });

  test.each([
    ["taken", 204],
    ["ignored", 204],
    ["inProgress", 409],
    ["parkingFailed", 503],
  ] as const)("answers %s with %i, as every host does", async (outcome, status) => {
    expect((await posted(url(binary, "{}"), outcome)).result.statusCode).toBe(status);
  });

  test("refuses what every host refuses: no JSON, another method, another path", async () => {
    expect((await posted(url(binary, "{"))).result.statusCode).toBe(400);
    expect(
      (await posted(url(binary, "{}", { requestContext: { http: { method: "GET", path: "/" } } }))).result.statusCode,
    ).toBe(405);
    expect((await posted(url(binary, "{}", { rawPath: "/x" }))).result.statusCode).toBe(400);
  });

  test("a scheduled event and an SQS batch are no URL events", () => {
    expect(isUrlEvent({ source: "aws.events", "detail-type": "Scheduled Event" })).toBe(false);
    expect(isUrlEvent({ Records: [] })).toBe(false);
    expect(isUrlEvent(url(binary, "{}"))).toBe(true);
  });
});
