import { describe, expect, test } from "@jest/globals";
import { isAboutExternalMetric, metricFailureOf, scaledObjectOf } from "../../../src/core/metricFailure.ts";

const selector = (name: string): string =>
  `&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: ${name},},MatchExpressions:[]LabelSelectorRequirement{},}`;
const message = (text: string, name = "web"): string =>
  `unable to get external metric shop/s0-x/${selector(name)}: unable to fetch metrics from external metrics API: ${text}`;

const timeout =
  "the server was unable to return a response in the time allotted, but may still be processing the request";
const unavailable = "the server is currently unable to handle the request (get s0-x.external.metrics.k8s.io)";
const scaler =
  "rpc error: code = Unknown desc = error when getting metric values no matching metrics found for s0-seleniumgrid-chrome";

describe("the wording of an HPA's failure", () => {
  test.each([
    [timeout, "Timeout"],
    [unavailable, "Unavailable"],
    ["error trying to reach service: x509: certificate signed by unknown authority", "Unavailable"],
    [scaler, "Scaler"],
    [`rpc error: code = Unknown desc = error when getting metric values ${timeout}`, "Scaler"],
    ["rpc error: code = DeadlineExceeded desc = context deadline exceeded", "Other"],
    ['an error on the server ("Internal Server Error") has prevented the request from succeeding', "Other"],
    ["", "Other"],
  ])("%s means %s", (text, failure) => {
    expect(metricFailureOf(message(text))).toBe(failure);
    expect(metricFailureOf(text)).toBe(failure);
  });

  test("is read behind the API's marker: names that people chose say nothing", () => {
    expect(metricFailureOf(message(timeout, "error when getting metric values"))).toBe("Timeout");
  });

  test("is found inside a FailedComputeMetricsReplicas and a combined event", () => {
    const compute = `invalid metrics (1 invalid out of 1), first error is: failed to get s0-x external metric: ${message(timeout)}`;
    expect(metricFailureOf(`(combined from similar events): ${compute}`)).toBe("Timeout");
  });
});

describe("the ScaledObject in an HPA's message", () => {
  test.each([
    [message(timeout), "web"],
    [message(timeout, "a-b.c-1"), "a-b.c-1"],
    ["labelSelector=scaledobject.keda.sh/name=web&x", "web"],
    [message(timeout, "UPPER"), undefined],
    [message(timeout, "a".repeat(300)), undefined],
    ["no label", undefined],
  ])("of %s is %s", (text, name) => {
    expect(scaledObjectOf(text)).toBe(name);
  });

  test("is found in time, whatever the message", () => {
    const started = performance.now();
    scaledObjectOf(`scaledobject.keda.sh/name: ${"a-".repeat(50_000)}`);
    scaledObjectOf("scaledobject.keda.sh/name: -".repeat(5000));
    expect(performance.now() - started).toBeLessThan(500);
  });
});

test.each([
  [message(timeout), true],
  ["failed to get s0-x external metric value", true],
  ["invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value", false],
])("KEDA serves only external metrics: %s", (text, external) => {
  expect(isAboutExternalMetric(text)).toBe(external);
});
