import { describe, expect, test } from "@jest/globals";
import type { SentSpan } from "../edge/otel/collector.ts";
import { storyMissing, tellsTooMuch } from "./world/trace.ts";

const incident = "processes.keda.1";
type Words = Readonly<Record<string, string>>;

const span = (name: string, words: Words, more: Partial<SentSpan> = {}): SentSpan => ({
  traceId: "one",
  spanId: `${name}-${Object.values(words).join("-")}`,
  name,
  attributes: Object.entries({ "keda_medic.incident": incident, ...words }).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  })),
  links: [],
  events: [],
  status: {},
  ...more,
});

const decided = span("keda_medic.respond", {
  "keda_medic.decision.kind": "restart",
  "keda_medic.incident.phase": "acting",
});
const restarted = span("keda_medic.restart", {
  "keda_medic.restart.result": "performed",
  "keda_medic.restart.code": "Restarted",
});
const recovered = span(
  "keda_medic.respond",
  { "keda_medic.decision.code": "Recovered", "keda_medic.outcome": "recovered" },
  { links: [{ traceId: "another", spanId: "1" }] },
);
const part = (name: string): SentSpan => span(name, {}, { parentSpanId: decided.spanId, attributes: [] });
const parts = [part("keda_medic.gather"), part("keda_medic.commit"), part("keda_medic.perform")];
const story = [decided, ...parts, restarted, recovered];

const missing = (spans: readonly SentSpan[]): string => storyMissing({ spans, bodies: [] }, incident).join("\n");

describe("the trace of a healed incident", () => {
  test("is complete with decision, restart and recovery, each with its parts", () => {
    expect(missing(story)).toBe("");
  });

  test.each([
    ["the decision", decided, /no span keda_medic\.respond says .*"restart"/],
    ["the restart", restarted, /no span keda_medic\.restart says .*"performed"/],
    ["the proof", recovered, /no span keda_medic\.respond says .*"Recovered"/],
    ["the look", parts[0], /no span keda_medic\.gather is a part/],
  ])("without %s it is not", (_what, left, sentence) => {
    expect(missing(story.filter((one) => one !== left))).toMatch(sentence);
  });

  test("is one trace, and what is in another is linked to it, as are later events", () => {
    const elsewhere = { ...restarted, traceId: "two" };
    expect(missing([...story, elsewhere])).toMatch(/1 spans .* neither in its trace nor linked/);
    expect(missing([...story, { ...elsewhere, links: [{ traceId: "one", spanId: "1" }] }])).toBe("");
    const unlinked = story.map((one) => ({ ...one, links: [] }));
    expect(missing(unlinked)).toMatch(/no later event is linked/);
    // Without sources that begin traces there is nothing to link.
    expect(storyMissing({ spans: unlinked, bodies: [], sourcesTrace: false }, incident)).toEqual([]);
  });
});

describe("what is told", () => {
  test.each([
    ["a private key", "-----BEGIN PRIVATE KEY-----", /secret material/],
    ["a token", `Bearer eyJ${"a".repeat(30)}.b.c`, /secret material/],
    ["the Secret's own bytes", "bytes of tls.key", /secret material/],
  ])("%s is too much", (_what, body, sentence) => {
    expect(tellsTooMuch({ spans: [], bodies: [body] }, ["bytes of tls.key"]).join()).toMatch(sentence);
  });

  test("an attribute that no contract names is too much", () => {
    expect(tellsTooMuch({ spans: [span("x", { "tls.key": "1" })], bodies: [] }, []).join()).toMatch(/tls\.key/);
    expect(tellsTooMuch({ spans: story, bodies: [JSON.stringify(story)] }, ["bytes of tls.key"])).toEqual([]);
  });
});
