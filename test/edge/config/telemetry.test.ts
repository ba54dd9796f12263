import { expect, test } from "@jest/globals";
import { parsePairs } from "../../../src/edge/config/telemetry.ts";
import { parseConfig } from "../../../src/edge/config.ts";

const telemetryOf = (env: Record<string, string>): unknown => {
  const parsed = parseConfig(env);
  return parsed.ok ? parsed.config.telemetry : parsed.problems;
};
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
const base = {
  tracesUrl: "http://collector:4318/v1/traces",
  headers: {},
  timeout: 2000,
  serviceName: "keda-medic",
  resource: {},
};

test.each<[Record<string, string>, unknown]>([
  [{}, undefined],
  [{ OTEL_SERVICE_NAME: "x" }, undefined],
  [{ ...endpoint, OTEL_SDK_DISABLED: "true" }, undefined],
  [{ ...endpoint, OTEL_TRACES_EXPORTER: "none" }, undefined],
  // Injected for a whole cluster: harmless as long as we do not send anything.
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, undefined],
  [endpoint, base],
  [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }, base],
  [
    { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/in" },
    { ...base, tracesUrl: "http://t/in" },
  ],
  [
    { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=x%20y" },
    { ...base, headers: { a: "1", b: "x y" } },
  ],
  [
    { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: "a=1", OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=2" },
    { ...base, headers: { b: "2" } },
  ],
  [
    { ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "500" },
    { ...base, timeout: 500 },
  ],
  [
    { ...endpoint, OTEL_RESOURCE_ATTRIBUTES: "service.name=medic,deployment.environment.name=prod" },
    { ...base, serviceName: "medic", resource: { "deployment.environment.name": "prod" } },
  ],
  [
    { ...endpoint, OTEL_RESOURCE_ATTRIBUTES: "service.name=medic", OTEL_SERVICE_NAME: "m2" },
    { ...base, serviceName: "m2" },
  ],
])("%j gives its traces' destination", (env, expected) => {
  expect(telemetryOf(env)).toEqual(expected);
});

test.each([
  { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
  { ...endpoint, OTEL_TRACES_EXPORTER: "jaeger" },
  { ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "2s" },
  { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" },
])("%j cannot be met and is said", (env) => {
  expect(telemetryOf(env)).toEqual([{ variable: Object.keys(env).at(-1), problem: expect.any(String) }]);
});

test("pairs: blanks are trimmed, values may hold =, broken escapes stay as they are", () => {
  expect(parsePairs(" a = 1 , b==c, d=%zz,")).toEqual({ value: { a: "1", b: "=c", d: "%zz" } });
  expect(parsePairs("=x")).toHaveProperty("problem");
});
