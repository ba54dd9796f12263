import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { acting } from "../../builders/casefile.ts";
import { evidence, formerPair, incident, tlsFailing } from "../../builders/evidence.ts";
import { failing503, failing504 } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

test.each([
  ["504", failing504(), "MetricsApiserverStale"],
  ["503", failing503(), "HopAFailing"],
])("the same log and %s: %s", (_, hpas, code) => {
  expect(diagnose(incident({ hpas }), acting).code).toBe(code);
});

describe("a 503 for a short while is hop A settling", () => {
  test.each([
    ["the rotation is young", { writtenAt: ago(seconds(60)) }],
    ["the metrics-apiserver is young", { adapterPods: [{ startedAt: ago(seconds(60)) }] }],
    ["the failure is young", { hpas: failing503(["web"], ago(seconds(60))) }],
  ])("%s", (_, changes) => {
    expect(diagnose(evidence({ hpas: failing503(), ...changes }), acting)).toMatchObject({
      code: "HopASettling",
      disposition: "inProgress",
      lookAgainAt: NOW + seconds(60),
    });
  });

  test("two minutes later it is a failure of its own", () => {
    expect(diagnose(evidence({ hpas: failing503(["web"], ago(minutes(2))) }), acting).disposition).toBe("incurable");
  });
});

describe("a 503 that stays is refused, with what was found", () => {
  const staleBundle = { caBundle: formerPair.certificates.ca };

  test("caBundle does not verify what is served", () => {
    const told = diagnose(evidence({ hpas: failing503(), apiService: staleBundle }), acting);
    expect(told.code).toBe("ApiServiceCaBundleStale");
    expect(told.sentence).toContain("parent certificate cannot sign this kind of certificate");
  });

  test("whatever Available says: its check does not verify", () => {
    for (const available of ["True", "False", "Unknown"] as const)
      expect(diagnose(evidence({ hpas: failing503(), apiService: { ...staleBundle, available } }), acting).code).toBe(
        "ApiServiceCaBundleStale",
      );
  });

  test.each([
    ["verification is switched off", { apiService: { ...staleBundle, insecureSkipTlsVerify: true } }],
    ["there is no caBundle", { apiService: { caBundle: [] } }],
    ["nobody could look at :6443", { apiService: staleBundle, adapterPresents: unseen("Unreachable", "no route") }],
  ])("%s: caBundle is not blamed", (_, changes) => {
    expect(diagnose(evidence({ hpas: failing503(), ...changes }), acting).code).toBe("HopAFailing");
  });

  test("not Available: its own reason", () => {
    const told = diagnose(
      evidence({
        hpas: failing503(),
        apiService: { available: "False", reason: "MissingEndpoints", message: "no endpoints" },
      }),
      acting,
    );
    expect(told.code).toBe("ApiServiceUnavailable");
    expect(told.sentence).toContain("MissingEndpoints no endpoints");
  });
});

test("the x509 words of hop A's own log do not make it hop B", () => {
  expect(diagnose(evidence({ hpas: failing503(), log: tlsFailing() }), acting).code).toBe("HopAFailing");
});

test("a serving certificate without the Service's name is caBundle's fault as far as hop A can tell", () => {
  const e = evidence({ hpas: failing503(), layout: { serviceName: "other.keda.svc" } });
  expect(diagnose(e, acting).sentence).toContain("not other.keda.svc");
});

test("what the metrics-apiserver serves tells nothing about hop B", () => {
  const e = { ...incident(), metricsApiserverPresents: { "adapter-1": sawAt(formerPair.presented, NOW) } };
  expect(diagnose(e, acting).code).toBe("MetricsApiserverStale");
});
