import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import type { HpaFacts } from "../../../src/core/evidence.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, askAlone, said } from "../../builders/casefile.ts";
import { type Changes, evidence, tlsFailing, waiting } from "../../builders/evidence.ts";
import { active, failing503, failing504, failingIn, failingOther } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const told = (changes: Changes) => {
  const { code, sentence } = diagnose(evidence(changes), acting);
  return [code, sentence];
};

const known = { layout: { serviceName: "keda-operator-metrics-apiserver.keda.svc" } };
const refusedWords = "verifying certificate SN=1 failed: x509: certificate signed by unknown authority";
const refuses = (at = ago(seconds(20))) => ({ unauthenticated: { at, text: refusedWords } });

describe("503: hop A", () => {
  test.each([
    [{ hpas: active() }, "pass: No HPA fails with the 503 wording: the kube-apiserver reaches the metrics-apiserver."],
    [
      { hpas: [...failing503(["web"]), ...failing504(["worker"])], log: waiting },
      "pass: 1 HPA(s) fail with the 503 wording beside others with 504: hop A is not the whole of it.",
    ],
    [
      { hpas: failing503(["web"], ago(seconds(61))) },
      "unknown: shop/keda-hpa-web fail with the 503 wording for 61s: after a rotation or a rollout hop A needs some seconds to agree, and that is never hop B.",
    ],
    [
      { hpas: failing503(["web"]) },
      "fail: The kube-apiserver cannot reach the metrics-apiserver although the APIService says Available; look at network policy, proxy and the front-proxy (requestheader) CA (hop A, kube-apiserver to metrics-apiserver; shop/keda-hpa-web fail with 503).",
    ],
  ])("is told as it is found", (changes, words) => {
    expect(said("HopAWorks", evidence(changes))).toBe(words);
  });

  test("an APIService that nobody saw blames nothing in particular", () => {
    const e = evidence({ hpas: failing503(["web"]), apiService: unseen("Timeout", "slow"), log: refuses() });
    expect(askAlone("HopAWorks", e)).toMatchObject({
      sentence:
        "The kube-apiserver cannot reach the metrics-apiserver (hop A, kube-apiserver to metrics-apiserver; shop/keda-hpa-web fail with 503).",
      stop: { code: "HopAFailing", disposition: "incurable" },
    });
  });

  test("the HPA that has failed longest starts the clock", () => {
    const hpas = [...failing503(["web"], ago(minutes(3))), ...failing503(["worker"], ago(seconds(30)))];
    expect(told({ ...known, hpas })[0]).toBe("HopAFailing");
  });

  test("settles until the two minutes are over, and no longer", () => {
    const young = (age: number) => diagnose(evidence({ hpas: failing503(["web"], ago(age)) }), acting);
    expect(young(minutes(2) - 1)).toMatchObject({ code: "HopASettling", lookAgainAt: NOW + 1 });
    expect(young(minutes(2)).code).toBe("HopAFailing");
  });

  test("metrics-apiserver Pods that nobody saw are not young", () => {
    const e = evidence({ ...known, hpas: failing503(["web"]), metricsApiserver: unseen("Timeout", "slow") });
    expect(askAlone("HopAWorks", e).stop?.code).toBe("HopAFailing");
  });

  test("without the Service's name caBundle is compared with the chain alone", () => {
    const e = evidence({ hpas: failing503(["web"]), layout: unseen("Timeout", "slow") });
    expect(askAlone("HopAWorks", e).stop?.code).toBe("HopAFailing");
  });
});

describe("401: whose certificate was not accepted", () => {
  const unauthorized = failingIn("Unauthorized");
  const status = {
    available: "False" as const,
    reason: "FailedDiscoveryCheck",
    message: "bad status from https://10.96.0.7:443: 401",
  };
  const proxy = (words: string, hpas = "shop/keda-hpa-web") =>
    `The metrics-apiserver does not accept the client certificate that kube-apiserver presents as front proxy: ${words} (hop A; ${hpas} fail). Its CA must stand in requestheader-client-ca-file of ConfigMap kube-system/extension-apiserver-authentication; no restart of KEDA helps.`;
  const logs = `adapter-1 logs "${refusedWords}"`;
  const answered = "kube-aggregator is answered 401 (bad status from https://10.96.0.7:443: 401)";

  test.each([
    ["its own log", { log: refuses() }, proxy(logs)],
    ["the aggregator's own discovery", { apiService: status }, proxy(answered)],
    ["both", { log: refuses(), apiService: status }, proxy(`${answered}; ${logs}`)],
    ["one log of two", { adapterPods: [{}, {}], log: [{}, refuses()] }, proxy(`adapter-2 logs "${refusedWords}"`)],
    [
      "a log beside one that could not be read",
      { adapterPods: [{}, {}], log: [unseen("Timeout", "slow"), refuses()] },
      proxy(`adapter-2 logs "${refusedWords}"`),
    ],
    [
      "a line of today beside one of an hour ago",
      { adapterPods: [{}, {}], log: [refuses(ago(minutes(60))), refuses()] },
      proxy(`adapter-2 logs "${refusedWords}"`),
    ],
  ])("%s tells", (_, changes, words) => {
    expect(told({ ...known, hpas: unauthorized, ...changes })).toEqual(["FrontProxyDistrusted", words]);
    expect(told({ ...known, hpas: failing503(["web"]), ...changes })).toEqual(["FrontProxyDistrusted", words]);
  });

  test("nobody tells: a person must look", () => {
    expect(told({ hpas: unauthorized })).toEqual([
      "HopAUnauthorized",
      "shop/keda-hpa-web are answered 401 Unauthorized, and no metrics-apiserver says whose certificate it did not accept. Look at the front-proxy (requestheader) CA, and at the HPA controller's own credentials.",
    ]);
    expect(
      askAlone("HopAKnowsWhoAsks", evidence({ hpas: unauthorized, apiService: unseen("Timeout", "slow") })).stop,
    ).toEqual({ code: "HopAUnauthorized", disposition: "unknown" });
  });

  test("right after a rotation it is waited for", () => {
    expect(told({ hpas: failingIn("Unauthorized", ["web"], ago(seconds(61))), log: refuses() })).toEqual([
      "HopASettling",
      "shop/keda-hpa-web fail with the 401 wording for 61s: after a rotation or a rollout hop A needs some seconds to agree, and that is never hop B.",
    ]);
  });

  const apart = "pass: 1 HPA(s) are told that they are unauthorized, and that is not the whole of it.";
  test.each([
    ["other words", { hpas: [...unauthorized, ...failingOther(["worker"])] }, apart],
    ["a TLS failure on hop B", { hpas: unauthorized, log: tlsFailing() }, apart],
    ["HPAs that time out", { hpas: [...unauthorized, ...failing504(["worker"])], log: waiting }, apart],
    ["nothing of the kind", {}, "pass: No HPA is told that it is unauthorized."],
  ])("beside %s it decides nothing", (_, changes, words) => {
    expect(said("HopAKnowsWhoAsks", evidence(changes))).toBe(words);
  });
});

describe("403: who may not read", () => {
  const words =
    'external.metrics.k8s.io is forbidden: User "system:serviceaccount:kube-system:horizontal-pod-autoscaler" cannot list resource "s0-prometheus" in API group "external.metrics.k8s.io" in the namespace "shop"';
  const forbidden: readonly HpaFacts[] = failingIn(words);

  test("the end of the message is told, 200 characters of it", () => {
    expect(forbidden[0]?.message.length).toBeGreaterThan(400);
    expect(told({ hpas: forbidden })).toEqual([
      "HopAForbidden",
      `shop/keda-hpa-web may not read external metrics: ${words.slice(-200)} Grant the HPA controller list on external.metrics.k8s.io (hop A; certificates have no part in it).`,
    ]);
  });

  test("no restart helps", () => {
    expect(diagnose(evidence({ hpas: forbidden }), acting)).toMatchObject({ disposition: "incurable", stale: [] });
  });

  const apart = "pass: 1 HPA(s) are forbidden to read their metric, and that is not the whole of it.";
  test.each([
    ["a TLS failure on hop B", { hpas: forbidden, log: tlsFailing() }, apart],
    ["HPAs that time out", { hpas: [...forbidden, ...failing504(["worker"])], log: waiting }, apart],
    ["both", { hpas: [...forbidden, ...failing504(["worker"])], log: tlsFailing() }, apart],
    ["nothing of the kind", {}, "pass: No HPA is forbidden to read its metric."],
  ])("beside %s it decides nothing", (_, changes, expected) => {
    expect(said("HopAAllows", evidence(changes))).toBe(expected);
  });
});
