import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { createEmitter, type EmitOptions, silentEmitter } from "../../../src/edge/cloudevents/emit.ts";
import type { LogFields } from "../../../src/ports/log.ts";
import { mintKedaRotatorPair } from "../../../src/sandbox/pki/keda.ts";
import { decode, onlyEvent } from "./requests.ts";

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A sink that answers with these statuses in turn, the last one for ever; 0 hangs up, -1 never answers. */
async function sink(...statuses: readonly number[]): Promise<{ readonly url: URL; readonly got: Got[] }> {
  const got: Got[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const status = statuses[Math.min(got.length, statuses.length - 1)] ?? 204;
      got.push({ headers: req.headers, body: Buffer.concat(chunks).toString("utf8") });
      if (status === 0) req.socket.destroy();
      else if (status > 0) res.writeHead(status, { location: "/elsewhere" }).end("ignored");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sink`), got };
}

/** A sink that answers with headers and goes on writing for ever; `ended` when somebody ends its connection. */
async function endlessSink(): Promise<{ readonly url: URL; readonly ended: Promise<string> }> {
  const end = Promise.withResolvers<string>();
  const server = createServer((_req, res) => {
    res.writeHead(200).write("a");
    res.on("close", () => end.resolve("ended"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), ended: end.promise };
}

function logged() {
  const lines: { readonly message: string; readonly fields: LogFields | undefined }[] = [];
  const add = (message: string, fields?: LogFields): void => {
    lines.push({ message, fields });
  };
  return { lines, log: { info: add, warn: add, error: add } };
}

const options = (url: URL, changes: Partial<EmitOptions> = {}): EmitOptions => ({
  sink: url,
  cluster: "prod eu/1",
  role: "respond",
  clock: { now: () => Date.UTC(2026, 10, 23, 17, 5) },
  log: logged().log,
  pause: 2,
  timeout: 2000,
  ...changes,
});

const traceparent = "00-bc6c226e06a8c458b9a63e09ec7aa535-c2780e645c5cb0be-01";
const event = {
  id: "i/restart",
  type: "dev.kedamedic.restart.requested.v1",
  subject: "i",
  traceparent,
  data: { incident: "i", note: "ä" },
};

describe("an emitted event", () => {
  test("is a CloudEvent that our own decoder reads back, with trace and source", async () => {
    const { url, got } = await sink(202);
    await expect(createEmitter(options(url)).emit(event)).resolves.toBe(true);
    const [request] = got;
    expect(request?.headers.traceparent).toBe(traceparent);
    const headers = { "content-type": String(request?.headers["content-type"]) };
    expect(onlyEvent(decode(headers, request?.body ?? ""))).toEqual({
      ...event,
      source: "/kedamedic/prod%20eu%2F1/respond",
      time: Date.UTC(2026, 10, 23, 17, 5),
      attributes: { datacontenttype: "application/json" },
    });
  });

  test("carries the extensions of the installation, which change no attribute of its own", async () => {
    const { url, got } = await sink(204);
    const extensions = { stage: "prod", id: "other", type: "other" };
    await createEmitter(options(url, { extensions })).emit(event);
    expect(JSON.parse(got[0]?.body ?? "")).toMatchObject({ stage: "prod", id: event.id, type: event.type });
  });

  test("without a trace has none", async () => {
    const { url, got } = await sink(204);
    const { traceparent: _, ...untraced } = event;
    await createEmitter(options(url)).emit(untraced);
    expect(got[0]?.headers).not.toHaveProperty("traceparent");
    expect(got[0]?.body).not.toContain("traceparent");
  });

  test.each([[404], [408], [409], [429], [500], [503], [0]])(
    "is repeated after %s, under the same id",
    async (status) => {
      const { url, got } = await sink(status, status, 204);
      await expect(createEmitter(options(url)).emit(event)).resolves.toBe(true);
      expect(got.map((g) => JSON.parse(g.body).id)).toEqual([event.id, event.id, event.id]);
    },
  );

  test.each([[400], [401], [403], [413], [415], [302]])("is not repeated after %s", async (status) => {
    const { url, got } = await sink(status);
    const { lines, log } = logged();
    await expect(createEmitter(options(url, { log })).emit(event)).resolves.toBe(false);
    expect(got).toHaveLength(1);
    expect(lines.map((line) => line.fields)).toEqual([{ type: event.type, id: event.id, answer: String(status) }]);
  });

  test("is given up after four attempts, and the log quotes none of it", async () => {
    const { url, got } = await sink(503);
    const { lines, log } = logged();
    await expect(createEmitter(options(url, { log })).emit(event)).resolves.toBe(false);
    expect(got).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toContain("note");
  });

  test("is given up when nobody answers in time", async () => {
    const { url, got } = await sink(-1);
    const { lines, log } = logged();
    await expect(createEmitter(options(url, { timeout: 30, log })).emit(event)).resolves.toBe(false);
    expect(got).toHaveLength(4);
    expect(lines[0]?.fields).toMatchObject({ answer: "Timeout" });
  });

  test("leaves no timer behind: each would hold its event's memory for the whole timeout", async () => {
    const { url } = await sink(204);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const emitter = createEmitter(options(url, { timeout: 60_000 }));
    await Promise.all(Array.from({ length: 20 }, () => emitter.emit(event)));
    // The last bytes of the answers may still be on their way.
    for (let i = 0; i < 200 && timers() > before; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test("ends its connection when the sink's answer does not end in time, however it began", async () => {
    const { url, ended } = await endlessSink();
    await expect(createEmitter(options(url, { timeout: 30 })).emit(event)).resolves.toBe(true);
    await expect(ended).resolves.toBe("ended");
  });

  test("is given up when nobody listens", async () => {
    const { url } = await sink(204);
    for (const close of closers.splice(0)) close();
    await expect(createEmitter(options(url)).emit(event)).resolves.toBe(false);
  });

  test("that cannot be built is told to the log, and throws nothing", async () => {
    const { url, got } = await sink(204);
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    await expect(createEmitter(options(url)).emit({ ...event, data: circular })).resolves.toBe(false);
    await expect(createEmitter(options(url)).emit({ ...event, id: "" })).resolves.toBe(false);
    await expect(createEmitter(options(url)).emit({ ...event, type: "" })).resolves.toBe(false);
    expect(got).toHaveLength(0);
  });

  test.each(["EMFILE", undefined])(
    "that cannot be built is told with its code (%s), and nothing else of it",
    async (code) => {
      const { url, got } = await sink(204);
      const { lines, log } = logged();
      const data = {
        toJSON: () => {
          throw Object.assign(new Error("secret detail"), code === undefined ? {} : { code });
        },
      };
      await expect(createEmitter(options(url, { log })).emit({ ...event, data })).resolves.toBe(false);
      expect(got).toHaveLength(0);
      expect(lines).toEqual([{ message: "event cannot be built", fields: { type: event.type, id: event.id, code } }]);
    },
  );
});

describe("a sink with TLS", () => {
  async function tlsSink(): Promise<{ readonly url: URL; readonly caCrt: string }> {
    const day = 86_400_000;
    const span = { notBefore: Date.now() - day, notAfter: Date.now() + day };
    const { caCrt, tlsCrt, tlsKey } = mintKedaRotatorPair({ ...span, dnsNames: ["localhost"] });
    const server = createTlsServer({ cert: tlsCrt, key: tlsKey }, (req, res) => {
      req.resume();
      res.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return { url: new URL(`https://localhost:${(server.address() as AddressInfo).port}/`), caCrt };
  }

  test("is trusted by the authorities that Knative hands over, and not without them", async () => {
    const { url, caCrt } = await tlsSink();
    const { lines, log } = logged();
    await expect(createEmitter(options(url, { caCerts: caCrt })).emit(event)).resolves.toBe(true);
    await expect(createEmitter(options(url, { log })).emit(event)).resolves.toBe(false);
    expect(lines[0]?.fields).toMatchObject({ answer: expect.stringMatching(/CERT|SIGNATURE/) });
  });
});

test("a sink may be of the public authorities, too, where Knative hands over others", async () => {
  const { caCrt } = mintKedaRotatorPair({ notBefore: 0, notAfter: Date.now() + 1e9, dnsNames: ["localhost"] });
  const context = jest.spyOn(tls, "createSecureContext");
  try {
    const { url } = await sink(204);
    await createEmitter(options(new URL(url.href.replace("http:", "https:")), { caCerts: caCrt })).emit(event);
    const trusted = context.mock.calls[0]?.[0]?.ca;
    expect(trusted).toHaveLength(tls.rootCertificates.length + 1);
    expect(trusted).toContain(caCrt);
  } finally {
    context.mockRestore();
  }
});

test("without a sink every event counts as sent, and the log says so once", async () => {
  const { lines, log } = logged();
  const emitter = silentEmitter(log);
  await expect(emitter.emit(event)).resolves.toBe(true);
  await expect(emitter.emit(event)).resolves.toBe(true);
  expect(lines).toHaveLength(1);
});

test("the SDK is loaded by the first event, not by the import: a cold start does not pay for it", () => {
  const source = readFileSync(new URL("../../../src/edge/cloudevents/emit.ts", import.meta.url), "utf8");
  expect(source).not.toMatch(/from "(cloudevents|\.\/build\.ts)"/);
  expect(source).toContain('await import("./build.ts")');
});
