import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { NotOurs, Signal } from "../../../src/core/signal.ts";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";
import { ceHeaders, envelope, recording, recordings, structuredType } from "../cloudevents/requests.ts";
import { badInput } from "./cases.ts";
import { ask, askRaw, type Host, startHost } from "./raw.ts";

const signals: (Signal | NotOurs)[] = [];
let host: Host;

beforeAll(async () => {
  host = await startHost({}, async (event) => {
    const signal = toSignal(event);
    signals.push(signal);
    return signal.kind === "NotOurs" ? "ignored" : "taken";
  });
});
afterAll(() => host.close(0));

const codeOf = (body: string): string => (body === "" ? "" : JSON.parse(body).code);

describe("bad input over real HTTP", () => {
  test.each(badInput)("$name gives $status $code", async ({ asked, status, code }) => {
    const before = host.handled.length;
    const answered = await ask(host.port, asked);
    expect([answered.status, codeOf(answered.body)]).toEqual([status, code]);
    expect(host.handled.length - before).toBe(status === 204 ? 1 : 0);
    expect(Object.keys(answered.headers).filter((name) => name.startsWith("ce-"))).toEqual([]);
    expect({}).not.toHaveProperty("polluted");
  });

  test("the server still takes events after all of it", async () => {
    await expect(ask(host.port, { headers: ceHeaders(), body: "{}" })).resolves.toMatchObject({
      status: 204,
      body: "",
    });
  });
});

describe("headers sent twice, and smuggled requests", () => {
  const head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  const ce = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /t\r\nce-type: t\r\nContent-Type: application/json\r\n";
  const hidden = "POST / HTTP/1.1\r\nHost: x\r\n\r\n";

  test.each([
    ["ce-id twice", `${head}${ce}CE-ID: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ["an extension twice", `${head}${ce}ce-kind: a\r\nce-kind: b\r\nContent-Length: 2\r\n\r\n{}`],
    ["the same value twice", `${head}${ce}ce-id: 1\r\nContent-Length: 2\r\n\r\n{}`],
    ["both length and chunks", `${head}${ce}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ["two lengths", `${head}${ce}Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}${hidden}`],
    ["a length that is none", `${head}${ce}Content-Length: +2\r\n\r\n{}`],
    ["a space before the colon", `${head}${ce}Content-Length : 2\r\n\r\n{}`],
    ["a folded header", `${head}${ce}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`],
    ["an obfuscated encoding", `${head}${ce}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ["a bare line feed", `${head}${ce}X: a\nContent-Length: 2\r\n\r\n{}`],
    ["a NUL in a header", `${head}${ce}X: a\0b\r\nContent-Length: 2\r\n\r\n{}`],
    ["no Host", "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"],
  ])("%s is one 400 and no event", async (_, bytes) => {
    const before = host.handled.length;
    const got = await askRaw(host.port, bytes);
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
    expect(host.handled.length).toBe(before);
  });

  test("20 KB of headers are refused", async () => {
    const got = await askRaw(host.port, `${head}X: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(got).toMatch(/^HTTP\/1\.1 431/);
  });
});

describe("a Secret in Resource mode over real HTTP", () => {
  test("is answered 204, and its key reaches neither the event nor the log nor the answer", async () => {
    const key = "LS0tLS1CRUdJTiBQUklWQVRF";
    const body = JSON.stringify({ kind: "Secret", data: { "tls.key": key } });
    const headers = ceHeaders({ "ce-type": "dev.knative.apiserver.resource.update", "ce-kind": "Secret" });
    const wrapped = JSON.stringify(envelope({ type: headers["ce-type"], kind: "Secret", data: { "tls.key": key } }));
    for (const asked of [
      { headers, body },
      { headers: structuredType, body: wrapped },
    ]) {
      const answered = await ask(host.port, asked);
      expect(answered).toMatchObject({ status: 204, body: "" });
      expect(JSON.stringify(answered)).not.toContain(key);
      expect(signals.at(-1)).toEqual({ kind: "NotOurs", code: "SecretInResourceMode" });
    }
    expect(JSON.stringify([host.handled, host.lines])).not.toContain(key);
  });
});

describe("real senders", () => {
  test("100 copies of one event are 100 times the same event, for the flow to tell apart", async () => {
    const [first] = recording(recordings.selfSigned);
    if (first === undefined) throw new Error("an empty recording");
    const before = host.handled.length;
    const { headers, body } = first;
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(host.port, { headers, body })));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([204]));
    const copies = host.handled.slice(before);
    expect(copies).toHaveLength(100);
    expect(new Set(copies.map((event) => `${event.source} ${event.id}`)).size).toBe(1);
  });

  test.each(Object.values(recordings))("every request of %s is answered 204 with an empty body", async (file) => {
    for (const { headers, body } of recording(file)) {
      await expect(ask(host.port, { headers, body })).resolves.toMatchObject({ status: 204, body: "" });
    }
  });
});
