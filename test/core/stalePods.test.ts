import { describe, expect, test } from "@jest/globals";
import type { PodFacts, WorkloadFacts } from "../../src/core/evidence.ts";
import type { PlanStep } from "../../src/core/incident.ts";
import { seenValue } from "../../src/core/seen.ts";
import { podsToEnd, provenStale } from "../../src/core/stalePods.ts";
import { evidence } from "../builders/evidence.ts";
import { step } from "../builders/plans.ts";
import { NOW } from "../builders/time.ts";

const workload = (pods: readonly Partial<PodFacts>[], more: Partial<WorkloadFacts> = {}): WorkloadFacts | undefined =>
  seenValue(evidence({ adapterPods: pods, metricsApiserver: { restartedFor: "g", ...more } }).metricsApiserver);

describe("what the evidence proved stale is recorded by name and UID", () => {
  const side = (...pods: readonly string[]) => ({ component: "metrics-apiserver" as const, pods });

  test("the Pods that the diagnosis names, no others", () => {
    expect(provenStale(side("adapter-2"), workload([{}, {}]))).toStrictEqual([
      { name: "adapter-2", uid: "uid-adapter-2" },
    ]);
  });

  test("one without a UID could be another of the same name", () => {
    expect(provenStale(side("adapter-1", "adapter-2"), workload([{ uid: "" }, {}])).map((p) => p.name)).toEqual([
      "adapter-2",
    ]);
  });

  test("at most eight", () => {
    const names = Array.from({ length: 9 }, (_, i) => `adapter-${i + 1}`);
    expect(provenStale(side(...names), workload(names.map(() => ({})))).map((p) => p.name)).toEqual(names.slice(0, 8));
  });

  test("none where nothing is stale or the Deployment was not seen", () => {
    expect(provenStale(undefined, workload([{}]))).toEqual([]);
    expect(provenStale(side("adapter-1"), undefined)).toEqual([]);
  });
});

describe("Pods are ended that only keep others waiting", () => {
  const leaving = { name: "old", uid: "uid-old", deleting: true, ready: false };
  const stalePods = [
    { name: "old", uid: "uid-old" },
    { name: "gone", uid: "uid-gone" },
  ];
  const done = step("metrics-apiserver", { state: "performed", performedAt: NOW, stalePods });
  const ended = (of: PlanStep | undefined, on: WorkloadFacts | undefined, generation = "g") =>
    podsToEnd(of, on, generation).map((pod) => pod.uid);

  test("recorded as stale, on their way out, every replacement Ready", () => {
    expect(ended(done, workload([leaving, {}, {}]))).toEqual(["uid-old"]);
  });

  test.each<[string, PlanStep | undefined, WorkloadFacts | undefined]>([
    ["without a step", undefined, workload([leaving, {}])],
    ["of a step that is not done", { ...done, state: "requested" }, workload([leaving, {}])],
    ["where the Deployment was not seen", done, undefined],
    ["while the rollout runs", done, workload([leaving, {}], { rollout: "running" })],
    ["without a replacement", done, workload([leaving])],
    ["while one of two replacements is not Ready", done, workload([leaving, { ready: false }, {}])],
    ["that stay", done, workload([{ ...leaving, deleting: false, ready: true }])],
    ["that nobody recorded", step("metrics-apiserver", { state: "performed" }), workload([leaving, {}])],
    ["that were recorded by another UID", done, workload([{ ...leaving, uid: "uid-new" }, {}])],
  ])("none %s", (_, of, on) => {
    expect(ended(of, on)).toEqual([]);
  });

  test("none for another generation than the one that the Deployment shows", () => {
    expect(ended(done, workload([leaving, {}]), "other")).toEqual([]);
  });
});
