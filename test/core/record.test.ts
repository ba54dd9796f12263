import { describe, expect, test } from "@jest/globals";
import { seconds } from "../../src/core/instant.ts";
import { incidentRecord } from "../../src/core/record.ts";
import { opened } from "../builders/casefile.ts";
import { presentPair } from "../builders/evidence.ts";
import { step } from "../builders/plans.ts";
import { NOW } from "../builders/time.ts";

const bare = {
  incident: opened().name,
  installation: "prod.keda",
  generation: presentPair.generation,
  phase: "watching",
  openedAt: "2026-11-23T17:05:00Z",
  foundBy: "event",
  failedHpas: [],
  moreFailedHpas: false,
};
const told = (more: Parameters<typeof opened>[0]) => incidentRecord(opened(more));

describe("an incident as others may read it", () => {
  test("of one that was just opened there is no field that says nothing", () => {
    expect(told({})).toStrictEqual(bare);
  });

  test("a diagnosis has its code and sentence; the permanent cure stands beside it, where there is one", () => {
    const diagnosis = { code: "MetricsApiserverStale", sentence: "It is stale." };
    expect(told({ diagnosis })).toStrictEqual({ ...bare, diagnosis });
    expect(told({ diagnosis: { ...diagnosis, permanentCure: "Upgrade." } })).toStrictEqual({
      ...bare,
      diagnosis,
      permanentCure: "Upgrade.",
    });
  });

  test("a decision has kind, code, sentence and targets; when to look again is our own business", () => {
    const targets = [{ component: "operator" as const, namespace: "keda", name: "keda-operator" }];
    const decision = { kind: "restart" as const, code: "OperatorStale", sentence: "Restart it.", targets };
    expect(told({ decision: { ...decision, dueAt: NOW } })).toStrictEqual({ ...bare, decision });
  });

  test("a plan is its restarts, without hash, times and Pods", () => {
    const steps = [
      step("operator", { state: "performed", performedAt: NOW, stalePods: [{ name: "operator-1", uid: "u" }] }),
      step("metrics-apiserver", { state: "reserved" }),
    ];
    const plan = { cause: "BothStale", reservedAt: NOW, evidenceHash: "0".repeat(64), steps };
    expect(told({ plan, phase: "acting" })).toStrictEqual({
      ...bare,
      phase: "acting",
      restarts: [
        { component: "operator", namespace: "keda", name: "keda-operator", state: "performed" },
        { component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver", state: "reserved" },
      ],
    });
  });

  test("an outcome has its time in RFC 3339", () => {
    const outcome = { result: "recovered" as const, at: NOW + seconds(61), sentence: "It works." };
    expect(told({ outcome, phase: "recovered" })).toStrictEqual({
      ...bare,
      phase: "recovered",
      outcome: { result: "recovered", at: "2026-11-23T17:06:01Z", sentence: "It works." },
    });
  });
});
