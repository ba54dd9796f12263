import { expect, test } from "@jest/globals";
import { compared, pairOf } from "./compare.ts";
import { differences, type Records, recordsOf, withoutChance } from "./world/records.ts";

const write = (name: string, kind: string, code: string, more: object = {}) => ({
  at: 0,
  name,
  status: { phase: "watching", decision: { kind, code, sentence: "", targets: [] }, ...more },
});

test("a record is a verdict that changed: neither a repetition nor a wait is one, and incidents keep their order", () => {
  const { incidents } = recordsOf(
    [
      write("one", "none", "LatentMismatch"),
      write("one", "none", "LatentMismatch", {
        decision: { kind: "none", code: "LatentMismatch", sentence: "one side is new already", targets: [] },
      }),
      write("one", "wait", "Propagating"),
      write("two", "refuse", "SecretKeyMismatch"),
      write("one", "none", "LatentMismatch"),
      write("one", "restart", "MetricsApiserverStale"),
    ],
    [],
    [],
  );
  expect(incidents.map((story) => story.map(({ code }) => code))).toEqual([
    ["LatentMismatch", "MetricsApiserverStale"],
    ["SecretKeyMismatch"],
  ]);
});

test("verdicts are told once each, in their order, by whoever looks; waits and restart's reports are none", () => {
  const said = (role: string, kind: string, code: string) => ({ at: 0, role, kind, code, diagnosis: "", sentence: "" });
  const { verdicts, performed } = recordsOf(
    [],
    [],
    [
      said("sweep", "none", "Healthy"),
      said("respond", "wait", "Propagating"),
      said("respond", "restart", "OperatorStale"),
      said("restart", "performed", "Restarted"),
      said("sweep", "none", "Healthy"),
    ],
  );
  expect(verdicts).toEqual(["none Healthy", "restart OperatorStale"]);
  expect(performed).toEqual(["Restarted: "]);
});

test.each([
  ["keda-metrics-apiserver-6d778fb78d-glr2z is stale", "<pod of keda-metrics-apiserver> is stale"],
  ["since 2026-11-24T12:00:00.123Z, 90 s ago", "since <time>, <length> ago"],
  ["restart keda-metrics-apiserver only", "restart keda-metrics-apiserver only"],
  ["shop/keda-hpa-web: ScalingActive=True, seen twice", "<HPAs>: ScalingActive=True, seen twice"],
  ["shop/keda-hpa-web, shop/keda-hpa-worker and 3 more time out", "<HPAs> time out"],
])("what is another in every run is left out of %s", (sentence, kept) => {
  expect(withoutChance(sentence)).toBe(kept);
});

const decided = (code: string): Records => recordsOf([write("one", "restart", code)], [], []);
const nothing: Records = { verdicts: [], incidents: [], patches: [], performed: [] };
const pair = ["knative", "lambda"] as const;

test("a record that differs or is missing on one host is told, and nothing else", () => {
  expect(differences(pair, decided("A"), decided("A"))).toEqual([]);
  expect(differences(pair, decided("A"), decided("B"))).toEqual([
    expect.stringMatching(/^incident 1, record 1 is .*"A".* on knative and .*"B".* on lambda$/),
  ]);
  expect(differences(pair, decided("A"), { ...decided("A"), patches: ["restart x"] })).toEqual([
    'patch 1 is missing on knative and "restart x" on lambda',
  ]);
});

test("a play without records, or with none, is not the same as anything", () => {
  const both = (one?: Records, other?: Records) =>
    compared("1", pair, [
      { scenario: "2", host: "knative", records: decided("B") },
      { scenario: "1", host: "knative", records: one },
      { scenario: "1", host: "lambda", records: other },
    ]).differences;
  expect(both(decided("A"), decided("A"))).toEqual([]);
  expect(both(decided("A"))).toHaveLength(1);
  expect(both(nothing, nothing)).toEqual(["nothing was decided"]);
});

test.each(["knative", "knative,knative", "knative,lambda,harness", "knative,moon"])(
  "--compare %s is refused",
  (words) => {
    expect(() => pairOf(words)).toThrow(/^--(compare|manifests) takes/);
  },
);
