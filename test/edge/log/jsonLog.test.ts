import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonLog } from "../../../src/edge/log/jsonLog.ts";
import { redactorOf } from "../../../src/edge/log/redact.ts";
import type { Log, LogFields } from "../../../src/ports/log.ts";
import { mint } from "../tls/peers.ts";

const AT = Date.parse("2026-11-24T13:00:00.123Z");
const LONGEST = 16_000;

function logTo(lines: string[], level: "info" | "warn" | "error" = "info"): Log {
  return jsonLog({
    clock: { now: () => AT },
    write: (line) => lines.push(line),
    redact: redactorOf(),
    service: "keda-medic",
    role: "respond",
    level,
  });
}

function oneLine(message: string, fields?: LogFields): Record<string, unknown> {
  const lines: string[] = [];
  logTo(lines).info(message, fields);
  expect(lines).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  return JSON.parse(lines[0] ?? "");
}

const head = { time: "2026-11-24T13:00:00.123Z", severity: "INFO", service: "keda-medic", role: "respond" };

test("one call, one line, the fields beside the head", () => {
  expect(oneLine("diagnosed", { code: "StaleVerifier", restarts: 2, sure: true, nothing: undefined })).toEqual({
    ...head,
    message: "diagnosed",
    code: "StaleVerifier",
    restarts: 2,
    sure: true,
  });
});

test("a traceparent becomes the ids that log back ends join on", () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const span = "00f067aa0ba902b7";
  const ids = { trace_id: trace, span_id: span };
  expect(oneLine("m", { traceparent: `00-${trace}-${span}-01` })).toEqual({ ...head, message: "m", ...ids });
  expect(oneLine("m", { traceparent: "nonsense" })).toEqual({ ...head, message: "m" });
});

test("a field cannot pretend to be part of the head", () => {
  expect(oneLine("true", { message: "false", severity: "NONE", role: "respond" })).toEqual({
    ...head,
    message: "true",
    "field.message": "false",
    "field.severity": "NONE",
  });
});

test("line breaks cannot forge a second line", () => {
  expect(oneLine('a\n{"severity":"ERROR"}', { text: "b\r\nc" })).toMatchObject({ text: "b\r\nc" });
});

test("an object that slipped past the types is left out", () => {
  const fields = { secret: { data: { "tls.key": "x" } }, list: ["x"] } as unknown as LogFields;
  expect(oneLine("m", fields)).toEqual({ ...head, message: "m" });
});

test("private keys are taken out of messages and fields", () => {
  const { keyPem } = mint("logged");
  const line = JSON.stringify(oneLine(`read ${keyPem}`, { data: keyPem }));
  expect(line).not.toContain("PRIVATE KEY");
  expect(line).toContain("[private key]");
});

test.each([
  ["info", ["INFO", "WARN", "ERROR"]],
  ["warn", ["WARN", "ERROR"]],
  ["error", ["ERROR"]],
] as const)("level %s writes %j", (level, expected) => {
  const lines: string[] = [];
  const log = logTo(lines, level);
  log.info("i");
  log.warn("w");
  log.error("e");
  expect(lines.map((line) => JSON.parse(line).severity)).toEqual(expected);
});

test("long texts are cut, and a line that is still too long keeps its head", () => {
  expect(oneLine("m", { text: "x".repeat(5000) }).text).toBe(`${"x".repeat(997)}...`);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, "\u0001".repeat(1000)]));
  expect(oneLine("m", many)).toEqual({ ...head, message: "m", truncated: true });
});

test("whatever it is given, it writes one line of JSON that is not too long", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 6000, size: "max" }), fc.string());
  const value = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(undefined));
  const fields = fc.dictionary(text, value, { maxKeys: 60, size: "medium" });
  fc.assert(
    fc.property(text, fields, (message, given) => {
      const lines: string[] = [];
      logTo(lines).error(message, given);
      expect(lines).toHaveLength(1);
      expect(Buffer.byteLength(lines[0] ?? "")).toBeLessThanOrEqual(LONGEST + 1);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ severity: "ERROR" });
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
