import { describe, expect, test } from "@jest/globals";
import { operatorStart } from "../../../src/core/checks/check.ts";
import { caseOf } from "../../../src/core/diagnose.ts";
import type { Evidence } from "../../../src/core/evidence.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { acting, allChecks, askAlone, policy } from "../../builders/casefile.ts";
import { selfSigned } from "../../builders/certificates.ts";
import { evidence, formerPair, incident, networkFailing, operatorStale, waiting } from "../../builders/evidence.ts";
import { failing503, failing504, failingIn, failingScaler } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const miss = unseen("Forbidden", "no right");
const noTls = { tlsFailure: { at: ago(seconds(20)), text: "tls: first record does not look like a TLS handshake" } };
const mesh = [{ mesh: "istio-proxy" }];

const situations: readonly (readonly [string, Evidence])[] = [
  ["nothing fails", evidence()],
  ["the metrics-apiserver is stale", incident()],
  ["the operator is stale", operatorStale()],
  ["both are stale", operatorStale({ adapterPods: [{}] })],
  ["an old/old pair", evidence({ before: [formerPair], operatorPresents: formerPair })],
  ["hop A fails", evidence({ hpas: failing503(["web"], ago(minutes(3))) })],
  ["hop A does not know us", evidence({ hpas: failingIn("Unauthorized") })],
  ["hop C fails", evidence({ hpas: failingScaler() })],
  ["hop B fails in the network", incident({ log: networkFailing("EOF") })],
  ["hop B is no TLS", incident({ log: noTls })],
  ["a mesh", incident({ log: noTls, operatorPods: mesh, adapterPods: mesh })],
  ["a stuck connection", evidence({ log: waiting, hpas: failing504(["web"], ago(minutes(8))) })],
  ["two issuers", incident({ operator: { rotatesCertificates: true }, issuance: {}, writtenAt: ago(minutes(9)) })],
  ["two issuers, service-ca one of them", incident({ serviceCa: "keda-operator", issuance: {} })],
  ["a proxy", incident({ log: networkFailing("failed to do connect handshake") })],
  ["a Secret that has expired", evidence({ secret: selfSigned("gone", { notAfter: ago(minutes(1)) }) })],
  ["a key that does not fit", evidence({ keyFits: sawAt(false, NOW) })],
  ["a metrics-apiserver of no known version", evidence({ metricsApiserver: { version: undefined as never } })],
  ["a KEDA that reloads", incident({ operator: { version: "2.20.2" }, metricsApiserver: { version: "2.20.2" } })],
];

const looks = [
  "apiService",
  "layout",
  "material",
  "issuance",
  "operator",
  "metricsApiserver",
  "lease",
  "hpas",
  "scaledObjects",
] as const;

describe.each(situations)("%s", (_, e) => {
  test.each(looks)("no check breaks where %s was not seen", (look) => {
    const blind = { ...e, [look]: miss };
    for (const check of allChecks)
      for (const restartOnStuckConnection of [false, true])
        expect(check.run(caseOf(blind, policy({ restartOnStuckConnection })))).toMatchObject({
          verdict: expect.stringMatching(/^(?:pass|fail|unknown|skipped)$/),
          sentence: expect.stringMatching(/\S/),
        });
  });
});

describe("what was not seen is said, and is no failed check", () => {
  test.each([
    ["OperatorUp", "operator", "unknown", "The operator's Deployment was not seen."],
    ["MetricsApiserverUp", "metricsApiserver", "unknown", "The metrics-apiserver's Deployment was not seen."],
    ["NotIssuing", "issuance", "skipped", "No cert-manager Certificate behind the Secret was seen."],
    ["SecretPropagated", "material", "skipped", "The Secret's certificates were not seen."],
  ])("%s without %s", (check, look, verdict, sentence) => {
    expect(askAlone(check, { ...incident(), [look]: miss })).toEqual({ verdict, sentence });
  });

  test("an operator that was not seen has started at no time", () => {
    expect(operatorStart(caseOf({ ...incident(), operator: miss }, acting))).toBe(0);
    expect(operatorStart(caseOf(incident({ operatorPods: [{}, {}] }), acting))).toBe(ago(minutes(24 * 60)));
  });

  test("without a Pod to probe the likely side is told, and that no Pod is running", () => {
    expect(askAlone("OperatorProbed", { ...incident(), operator: miss }).sentence).toBe(
      "No operator Pod could be probed on :9666 (no Pod is running), so which side is stale is not proved. By start times it is likely the metrics-apiserver (it started before the Secret was written). Grant pods/portforward or run where Pod IPs are reachable.",
    );
  });
});
