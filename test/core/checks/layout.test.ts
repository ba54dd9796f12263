import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, judge } from "../../builders/casefile.ts";
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
