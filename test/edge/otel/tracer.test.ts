import { afterEach, describe, expect, test } from "@jest/globals";
import { telemetry } from "../../../src/core/telemetry.ts";
import type { TracerOptions } from "../../../src/edge/otel/options.ts";
import { makeTracer, noTracer } from "../../../src/edge/otel/tracer.ts";
import type { Tracer } from "../../../src/ports/tracer.ts";
import { type Collector, plain, type SentSpan, startCollector } from "./collector.ts";

const { spans, attributes } = telemetry;
const first = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };
const later = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };
const traceparent = (of: typeof first, flags = "01"): string => `00-${of.trace}-${of.span}-${flags}`;

let collector: Collector | undefined;
afterEach(() => collector?.close());

function tracerTo(url: string, more: Partial<TracerOptions> = {}): Promise<Tracer> {
  return makeTracer({
    tracesUrl: url,
    headers: { "x-tenant": "sre" },
    timeout: 400,
    serviceName: "keda-medic",
    serviceVersion: "9.9.9",
    resource: { [attributes.cluster]: "prod" },
    redact: (text) => text.replaceAll("hunter2", "[redacted]"),
    ...more,
  });
}

async function traced(run: (tracer: Tracer) => Promise<unknown>): Promise<Map<string, SentSpan>> {
  collector = await startCollector();
  const tracer = await tracerTo(collector.url);
  await run(tracer);
  await tracer.flush();
  return new Map(collector.spans().map((span) => [span.name, span]));
}

const ok = async (): Promise<string> => "done";

test("one trace tells an incident: parent, link, nesting and attributes, over two events", async () => {
  const sent = await traced(async (tracer) => {
    await tracer.span(
      spans.respond,
      { parent: traceparent(first), attributes: { [attributes.incident]: "i1" } },
      (span) => {
        span.set(attributes.decision, "restart");
        span.set(attributes.targets, ["keda/keda-operator", "keda/keda-operator-metrics-apiserver"]);
        span.addEvent(telemetry.spanEvents.conflict, { attempt: 2 });
        return tracer.span(spans.gather, {}, () => tracer.span(spans.commit, {}, ok));
      },
    );
    await tracer.span(spans.restart, { parent: traceparent(first), link: traceparent(later) }, ok);
  });
  const [respond, gather, commit, restart] = [spans.respond, spans.gather, spans.commit, spans.restart].map((n) =>
    sent.get(n),
  );

  expect([respond, gather, commit, restart].map((span) => span?.traceId)).toEqual(Array(4).fill(first.trace));
  expect(respond?.parentSpanId).toBe(first.span);
  expect(gather?.parentSpanId).toBe(respond?.spanId);
  expect(commit?.parentSpanId).toBe(gather?.spanId);
  expect(restart).toMatchObject({ parentSpanId: first.span, links: [{ traceId: later.trace, spanId: later.span }] });
  expect(plain(respond?.attributes ?? [])).toMatchObject({
    [attributes.incident]: "i1",
    [attributes.decision]: "restart",
  });
  expect(respond?.attributes.find(({ key }) => key === attributes.targets)?.value).toEqual({
    arrayValue: {
      values: [{ stringValue: "keda/keda-operator" }, { stringValue: "keda/keda-operator-metrics-apiserver" }],
    },
  });
  expect(respond?.events).toMatchObject([{ name: telemetry.spanEvents.conflict }]);
});

test("a span that began elsewhere is linked to the trace that it turns out to belong to, and to its own never", async () => {
  const sent = await traced((tracer) =>
    tracer.span(spans.respond, { parent: traceparent(later) }, async (span) => {
      span.link(traceparent(first));
      span.link(traceparent(later));
      span.link(undefined);
    }),
  );
  const links = sent.get(spans.respond)?.links ?? [];
  expect(links.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([[first.trace, first.span]]);
});

test("says who sends, with the configured headers", async () => {
  await traced((tracer) => tracer.span("a", {}, ok));
  expect(collector?.resource()).toEqual({
    "service.name": "keda-medic",
    "service.version": "9.9.9",
    "k8s.cluster.name": "prod",
  });
  expect(collector?.requests).toMatchObject([
    { path: "/v1/traces", headers: { "content-type": "application/json", "x-tenant": "sre" } },
  ]);
});

test("the span's traceparent can be stored and is the next one's parent", async () => {
  let stored: string | undefined;
  const sent = await traced(async (tracer) => {
    await tracer.span("opens", {}, async (span) => {
      stored = span.traceparent;
    });
    await tracer.span("resumes", { parent: stored }, ok);
  });
  const [opens, resumes] = [sent.get("opens"), sent.get("resumes")];
  expect(stored).toBe(`00-${opens?.traceId}-${opens?.spanId}-01`);
  expect(resumes).toMatchObject({ traceId: opens?.traceId, parentSpanId: opens?.spanId });
});

test("a sender that does not sample does not silence an incident", async () => {
  const sent = await traced((tracer) => tracer.span("a", { parent: traceparent(first, "00") }, ok));
  expect(sent.get("a")).toMatchObject({ traceId: first.trace, parentSpanId: first.span });
});

test.each([
  "",
  "nonsense",
  `00-${"0".repeat(32)}-${first.span}-01`,
  `00-${first.trace}-${"0".repeat(16)}-01`,
  `ff-${first.trace}-${first.span}-01`,
  `00-${first.trace.toUpperCase()}-${first.span}-01`,
  `00-${first.trace}-${first.span}-01-more`,
])("traceparent %j is none: the span begins a trace of its own", async (parent) => {
  const sent = await traced((tracer) => tracer.span("a", { parent, link: parent }, ok));
  expect(sent.get("a")?.parentSpanId).toBeUndefined();
  expect(sent.get("a")?.links).toEqual([]);
  expect(sent.get("a")?.traceId).not.toBe(first.trace);
});

test("a traceparent of a later version is understood", async () => {
  const sent = await traced((tracer) => tracer.span("a", { parent: `01-${first.trace}-${first.span}-01-more` }, ok));
  expect(sent.get("a")?.traceId).toBe(first.trace);
});

test("spans that run at the same time keep their own children", async () => {
  const sent = await traced((tracer) =>
    Promise.all(
      ["1", "2"].map((n) =>
        tracer.span(`outer${n}`, {}, async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return tracer.span(`inner${n}`, {}, ok);
        }),
      ),
    ),
  );
  for (const n of ["1", "2"]) expect(sent.get(`inner${n}`)?.parentSpanId).toBe(sent.get(`outer${n}`)?.spanId);
});

test("the function's value and its error pass through; the error marks the span", async () => {
  const failure = Object.assign(new Error("no, hunter2"), { code: "ECONNREFUSED" });
  const sent = await traced(async (tracer) => {
    await expect(tracer.span("good", {}, ok)).resolves.toBe("done");
    await expect(tracer.span("bad", {}, () => Promise.reject(failure))).rejects.toBe(failure);
  });
  expect(sent.get("good")?.status.code).toBe(0);
  expect(sent.get("bad")?.status).toEqual({ code: 2, message: "no, [redacted]" });
  expect(plain(sent.get("bad")?.attributes ?? [])).toEqual({ "error.type": "ECONNREFUSED" });
});

test("secrets are taken out of everything that is sent", async () => {
  await traced((tracer) =>
    tracer.span("a", { attributes: { one: "hunter2", many: ["hunter2"] } }, async (span) => {
      span.set("later", "hunter2");
      span.addEvent("event", { text: "hunter2" });
    }),
  );
  expect(collector?.requests[0]?.body).toContain("[redacted]");
  expect(collector?.requests[0]?.body).not.toContain("hunter2");
});

test("spans are sent without a flush, too", async () => {
  collector = await startCollector();
  const tracer = await tracerTo(collector.url);
  await tracer.span("a", {}, ok);
  for (let i = 0; i < 60 && collector.requests.length === 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(collector.spans()).toHaveLength(1);
});

test("flush also waits for what is already on its way", async () => {
  collector = await startCollector((response) => setTimeout(() => response.end("{}"), 200));
  const tracer = await tracerTo(collector.url, { timeout: 2000 });
  await tracer.span("a", {}, ok);
  const flushes = [tracer.flush(), new Promise((resolve) => setTimeout(resolve, 50)).then(() => tracer.flush())];
  const started = performance.now();
  await flushes[1];
  expect(performance.now() - started).toBeGreaterThan(100);
  await flushes[0];
});

describe("a collector that is not well", () => {
  const up = async (answer: Parameters<typeof startCollector>[0]): Promise<string> => {
    collector = await startCollector(answer);
    return collector.url;
  };
  const waysToBeIll: readonly [string, () => Promise<string>][] = [
    ["is not there", async () => "http://127.0.0.1:9/v1/traces"],
    ["never answers", () => up(() => undefined)],
    ["refuses", () => up((response) => response.writeHead(400).end())],
    ["is overloaded", () => up((response) => response.writeHead(503).end())],
  ];

  test.each(waysToBeIll)("that %s: the work is done, flush ends in time, trouble is told once", async (_, start) => {
    const trouble: boolean[] = [];
    const tracer = await tracerTo(await start(), { onTrouble: ({ sending }) => trouble.push(sending) });
    const started = performance.now();
    for (const name of ["a", "b"]) {
      expect(await tracer.span(name, {}, ok)).toBe("done");
      await tracer.flush();
    }
    expect(performance.now() - started).toBeLessThan(1500);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(trouble).toEqual([false]);
  });

  test("that recovers: told, too", async () => {
    const trouble: boolean[] = [];
    let well = false;
    collector = await startCollector((response) => response.writeHead(well ? 200 : 400).end("{}"));
    const tracer = await tracerTo(collector.url, { onTrouble: ({ sending }) => trouble.push(sending) });
    for (const next of [true, true, true]) {
      await tracer.span("a", {}, ok);
      await tracer.flush();
      well = next;
    }
    expect(trouble).toEqual([false, true]);
  });
});

test("without options it is the tracer that only runs the function", async () => {
  const tracer = await makeTracer(undefined);
  expect(tracer).toBe(noTracer);
  expect(await tracer.span("a", { parent: traceparent(first) }, async (span) => span.traceparent)).toBeUndefined();
  await tracer.flush();
});
