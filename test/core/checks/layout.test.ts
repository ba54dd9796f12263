import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, judge, said } from "../../builders/casefile.ts";
import { evidence } from "../../builders/evidence.ts";

describe("who is it?", () => {
  test.each([
    ["Forbidden", "get on apiservices is forbidden"],
    ["Unreachable", "connect ECONNREFUSED"],
    ["Timeout", "no answer within 5 s"],
    ["Unauthorized", "the token has expired"],
  ] as const)(
    "a cluster that could not be read (%s) is not judged, and the sentence says what to do",
    (reason, detail) => {
      const told = diagnose(evidence({ apiService: unseen(reason, detail) }), acting);
      expect([told.code, told.disposition]).toEqual(["CouldNotLook", "blind"]);
      expect(told.sentence).toContain(detail);
    },
  );

  test("no APIService is no KEDA, and nothing is waited for", () => {
    const { diagnosis, decision } = judge({ evidence: evidence({ apiService: unseen("NotFound", "404") }) });
    expect([diagnosis.disposition, decision.kind, decision.code]).toEqual(["blind", "none", "KedaNotInstalled"]);
  });

  test.each(["NotKedaProvider", "UnsupportedLayout", "AmbiguousInstallation", "OtherNamespace"] as const)(
    "%s is refused in the words of whoever read it",
    (code) => {
      const { diagnosis, decision } = judge({
        evidence: evidence({
          layout: { supported: false, code, detail: "Of keda/keda-operator-metrics-apiserver, said by the reader." },
        }),
      });
      expect(diagnosis).toMatchObject({
        code,
        disposition: "incurable",
        sentence: "Of keda/keda-operator-metrics-apiserver, said by the reader.",
      });
      expect(decision).toMatchObject({ kind: "refuse", code });
    },
  );

  test.each([
    ["keda-operator-metrics-apiserver", "the APIService", true],
    ["keda-operator", "the metrics-apiserver's address", false],
  ])("a missing Service %s, which %s names, is said to stand on hop A: %s", (name, who, hopA) => {
    const detail = `Service keda/${name}, which ${who} names, does not exist.`;
    const { sentence } = diagnose(evidence({ layout: { supported: false, code: "ServiceMissing", detail } }), acting);
    expect(sentence.startsWith(detail)).toBe(true);
    expect(sentence.includes("hop A, kube-apiserver to metrics-apiserver")).toBe(hopA);
  });

  test.each(["operator", "metricsApiserver"] as const)("a %s that could not be read is not judged", (field) => {
    expect(diagnose(evidence({ [field]: unseen("Forbidden", "list on pods is forbidden") }), acting)).toMatchObject({
      code: "CouldNotLook",
      sentence: expect.stringContaining("list on pods is forbidden"),
    });
  });

  test("a blind look is repeated after 30 s", () => {
    const { decision } = judge({ evidence: evidence({ layout: unseen("Timeout", "slow") }), now: 1_000_000 });
    expect(decision).toMatchObject({ kind: "wait", dueAt: 1_030_000 });
  });
});

describe("what is told about who it is", () => {
  const nobody = unseen("NotFound", "404");
  const slow = unseen("Timeout", "slow");

  test.each([
    [
      "ApiServiceFound",
      { apiService: nobody },
      "unknown: APIService v1beta1.external.metrics.k8s.io does not exist, so no KEDA serves external metrics here: install KEDA, or point --context at the cluster that has it.",
    ],
    [
      "ApiServiceFound",
      { apiService: slow },
      "unknown: Could not look at APIService v1beta1.external.metrics.k8s.io: slow",
    ],
    ["ApiServiceFound", {}, "pass: External metrics are served by Service keda/keda-operator-metrics-apiserver."],
    ["KedaResolved", { layout: slow }, "unknown: Could not look at KEDA's Service and Deployments: slow"],
    [
      "KedaResolved",
      {},
      "pass: KEDA in namespace keda: keda-metrics-apiserver dials keda-operator.keda.svc.cluster.local:9666 (keda-operator); both mount Secret kedaorg-certs.",
    ],
    ["WorkloadsSeen", { operator: slow }, "unknown: Could not look at the operator's Deployment and Pods: slow"],
    [
      "WorkloadsSeen",
      { metricsApiserver: slow },
      "unknown: Could not look at the metrics-apiserver's Deployment and Pods: slow",
    ],
    ["WorkloadsSeen", { operatorPods: [{}, {}] }, "pass: KEDA 2.13.1: 2 operator Pod(s), 1 metrics-apiserver Pod(s)."],
    [
      "WorkloadsSeen",
      { operator: { version: undefined as never } },
      "pass: KEDA an unknown version: 1 operator Pod(s), 1 metrics-apiserver Pod(s).",
    ],
  ])("%s", (check, changes, words) => {
    expect(said(check, evidence(changes))).toBe(words);
  });

  test("a missing Service on the way to the operator has no word of hop A", () => {
    const detail = "Service keda/keda-operator does not exist.";
    const layout = { supported: false, code: "ServiceMissing", detail } as const;
    expect(diagnose(evidence({ layout }), acting).sentence).toBe(detail);
  });
});
