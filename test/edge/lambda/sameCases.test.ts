import { describe, expect, test } from "@jest/globals";
import type { IncomingEvent } from "../../../src/core/event.ts";
import type { UrlResult } from "../../../src/edge/hosts/lambda/functionUrl.ts";
import { ceHeaders, recording, recordings } from "../cloudevents/requests.ts";
import { badInput } from "../hosts/cases.ts";
import { type Host, startHost } from "../hosts/raw.ts";
import { asText, bus, functionUrl, httpApi, queue } from "./events.ts";
import { lambdaHost } from "./host.ts";

const answered = (result: unknown) => {
  const { statusCode, body = "" } = result as UrlResult;
  return [statusCode, body === "" ? "" : JSON.parse(body).code];
};

const over: Readonly<Record<string, (asked: Parameters<typeof functionUrl>[0]) => unknown>> = {
  "function URL": (asked) => functionUrl(asked),
  "function URL in base64": (asked) => functionUrl(asked, "base64"),
  "HTTP API": (asked) => httpApi(asked),
};

describe.each(Object.entries(over))("%s: the cases of every host", (entry, event) => {
  // As text AWS has decoded the bytes already: what is no UTF-8 comes in base64 only.
  const cases = badInput.filter(({ asked }) => entry.endsWith("base64") || typeof asked.body !== "object");

  test.each(cases)("$name gives $status $code", async ({ asked, status, code }) => {
    const { handler, handled } = lambdaHost();
    expect(answered(await handler(event(asked)))).toEqual([status, code]);
    expect(handled).toHaveLength(status === 204 ? 1 : 0);
    expect({}).not.toHaveProperty("polluted");
  });
});

/** What a queue or a bus cannot tell from JSON of somebody else, because there is no content type. */
const untold: Readonly<Record<string, string>> = { "a __proto__ key as attribute": "NotAnEvent" };

describe("SQS: the cases of every host", () => {
  const cases = badInput.flatMap(({ name, asked, code }) => {
    const text = asText(asked);
    return text === undefined ? [] : [{ name, text, code: untold[name] ?? code }];
  });

  test("are most of those that are not about HTTP", () => expect(cases.length).toBeGreaterThanOrEqual(10));

  test.each(cases)("$name: $code", async ({ text, code }) => {
    const { handler, handled, lines } = lambdaHost();
    const failed = code === "" ? [] : [{ itemIdentifier: "m1" }];
    expect(await handler(queue(text))).toEqual({ batchItemFailures: failed });
    expect(handled).toHaveLength(code === "" ? 1 : 0);
    expect(lines.map(({ fields }) => fields?.["code"])).toEqual(code === "" ? [] : [code]);
  });
});

describe("EventBridge: the cases of every host", () => {
  const cases = badInput.flatMap(({ name, asked, code }) => {
    const text = asText(asked);
    if (text === undefined || code === "NotJson" || !text.includes('"specversion"') || text.startsWith("[")) return [];
    return [{ name, detail: JSON.parse(text) as unknown, code }];
  });

  test("are those that fit into detail", () => expect(cases.length).toBeGreaterThanOrEqual(7));

  test.each(cases)("$name: $code", async ({ detail, code }) => {
    const { handler, handled } = lambdaHost();
    const outcome = code === "" ? { outcome: "taken" } : { outcome: "refused", code };
    expect(await handler(bus(detail))).toEqual(outcome);
    expect(handled).toHaveLength(code === "" ? 1 : 0);
  });
});

describe("every recorded request of real senders", () => {
  test.each(Object.values(recordings))("%s means the same events on every entry", async (file) => {
    const node: Host = await startHost();
    const [url, sqs, eventBridge] = [lambdaHost(), lambdaHost(), lambdaHost()];
    for (const asked of recording(file)) {
      const { headers, body } = asked;
      await fetch(`http://127.0.0.1:${node.port}/`, { method: "POST", headers: posted(headers), body });
      await url.handler(functionUrl({ headers, body }));
      const text = asText({ headers, body }) ?? "";
      await sqs.handler(queue(text));
      await eventBridge.handler(bus(JSON.parse(text)));
    }
    await node.close(0);
    expect(node.handled.length).toBe(recording(file).length);
    for (const { handled } of [url, sqs, eventBridge]) expect(handled.map(essence)).toEqual(node.handled.map(essence));
  });

  /** Connection headers are fetch's own. */
  const posted = (headers: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(headers).filter(
        ([name]) => !/^(host|connection|content-length|transfer-encoding|accept-encoding)$/i.test(name),
      ),
    );
  // In binary mode the content type is an attribute; nobody reads it.
  const essence = ({ id, type, source, subject, data }: IncomingEvent) => ({
    id,
    type,
    source,
    subject,
    data,
  });
});

test("a whole Secret leaves its key nowhere, on whatever entry", async () => {
  const key = "LS0tLS1CRUdJTiBQUklWQVRF";
  const headers = ceHeaders({ "ce-type": "dev.knative.apiserver.resource.update", "ce-kind": "Secret" });
  const asked = { headers, body: JSON.stringify({ kind: "Secret", data: { "tls.key": key } }) };
  const text = asText(asked) ?? "";
  for (const event of [functionUrl(asked), functionUrl(asked, "base64"), queue(text), bus(JSON.parse(text))]) {
    const { handler, handled, lines } = lambdaHost();
    expect(JSON.stringify([await handler(event), handled, lines])).not.toContain(key);
    expect(handled).toHaveLength(1);
  }
});
