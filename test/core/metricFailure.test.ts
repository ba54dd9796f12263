import { describe, expect, test } from "@jest/globals";
import { isAboutExternalMetric, metricFailureOf, scaledObjectOf } from "../../src/core/metricFailure.ts";

const timeout = "the server was unable to return a response in the time allotted, but may still be processing";
const unavailable = "the server is currently unable to handle the request";
const scaler = "rpc error: code = Unknown desc = error when getting metric values: no matching metrics found";
const marker = "unable to fetch metrics from external metrics API: ";

describe("the words of an HPA's message tell the hop that failed", () => {
  test.each([
    [timeout, "Timeout"],
    [unavailable, "Unavailable"],
    ["error trying to reach service: dial tcp 10.0.0.1:6443: connect: connection refused", "Unavailable"],
    [scaler, "Scaler"],
    ["the server has received too many requests", "Other"],
    ["", "Other"],
  ])("%s: %s", (message, failure) => {
    expect(metricFailureOf(message)).toBe(failure);
    expect(metricFailureOf(`unable to get it: ${marker}${message}`)).toBe(failure);
  });

  test("whoever says that a scaler failed got an answer from the operator, whatever it quotes", () => {
    expect(metricFailureOf(`${timeout}; ${scaler}`)).toBe("Scaler");
  });

  test("what stands before the API's own text are names that people chose", () => {
    expect(metricFailureOf(`metric ${scaler}: ${marker}${timeout}`)).toBe("Timeout");
    expect(metricFailureOf(`${marker}${timeout}`)).toBe("Timeout");
  });
});

describe("the selector names the ScaledObject", () => {
  const before = "unable to get external metric shop/s0/&LabelSelector{MatchLabels:map[string]string{";

  test.each([
    ["in Go's words", `${before}scaledobject.keda.sh/name: web,},}`, "web"],
    ["in a selector's", "s0 (scaledobject.keda.sh/name=web-2.eu)", "web-2.eu"],
    ["one letter", "scaledobject.keda.sh/name=w ", "w"],
    ["no label", "unable to get external metric shop/s0", undefined],
    ["another label", "scaledobject-keda.sh/name=web", undefined],
    ["no name", "scaledobject.keda.sh/name=,", undefined],
    ["a name with a capital", "scaledobject.keda.sh/name=Web", undefined],
    ["a name that ends with a dash", "scaledobject.keda.sh/name=web-,", undefined],
    ["253 characters", `scaledobject.keda.sh/name=${"w".repeat(253)}`, "w".repeat(253)],
    ["254 characters", `scaledobject.keda.sh/name=${"w".repeat(254)}`, undefined],
  ])("%s", (_, message, name) => {
    expect(scaledObjectOf(message)).toBe(name);
  });
});

test("KEDA serves external metrics, and no others", () => {
  expect(isAboutExternalMetric("unable to get external metric shop/s0")).toBe(true);
  expect(isAboutExternalMetric("unable to get resource metric cpu")).toBe(false);
});
