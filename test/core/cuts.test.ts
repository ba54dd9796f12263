import { describe, expect, test } from "@jest/globals";
import type { Decision } from "../../src/core/decision.ts";
import { fitted } from "../../src/core/fit.ts";
import type { Incident, PendingEffect } from "../../src/core/incident.ts";
import { opened } from "../builders/casefile.ts";
import { step } from "../builders/plans.ts";
import { NOW } from "../builders/time.ts";

const bytes = (incident: Incident): number => Buffer.byteLength(JSON.stringify(incident));

/** An incident of exactly so many bytes, filled up where nothing is ever cut. */
function sized(size: number, more: Partial<Incident> = {}): Incident {
  const bare = opened({ traceparent: "", ...more });
  return { ...bare, traceparent: "x".repeat(size - bytes(bare)) };
}

const hpas = (count: number): string[] => Array.from({ length: count }, (_, i) => `shop/keda-hpa-${i}`);
const effect = (id: string, kind: PendingEffect["kind"]): PendingEffect => ({
  id,
  kind,
  type: "dev.kedamedic.incident.escalated.v1",
  createdAt: NOW,
  attempts: 0,
});
const refusal = (sentence: string): Decision => ({ kind: "refuse", code: "Paused", sentence, targets: [] });

describe("an incident is cut from 3,601 bytes on", () => {
  test("3,600 bytes are kept as they are", () => {
    const incident = sized(3600, { failedHpas: hpas(20) });
    expect(fitted(incident)).toBe(incident);
  });

  test("a byte more costs the names of HPAs beyond ten, and it is noted that there were more", () => {
    const incident = sized(3601, { failedHpas: hpas(11) });
    expect(fitted(incident)).toEqual({ ...incident, failedHpas: hpas(10), moreFailedHpas: true });
  });

  test.each([
    [10, false],
    [10, true],
    [2, true],
    [0, false],
  ])("%i HPAs are all of them, or are not (%p): a cut that drops none changes nothing about it", (count, more) => {
    const diagnosis = { code: "Paused", sentence: "s".repeat(2000) };
    const kept = fitted(sized(3601, { failedHpas: hpas(count), moreFailedHpas: more, diagnosis }));
    expect([kept.failedHpas, kept.moreFailedHpas]).toEqual([hpas(count), more]);
  });
});

describe("words are cut before anything else but names", () => {
  test("sentences and cures of more than 400 characters end in an ellipsis, those of 400 do not", () => {
    const incident = sized(4600, {
      diagnosis: { code: "Paused", sentence: "d".repeat(401), permanentCure: "c".repeat(400) },
      decision: refusal("e".repeat(900)),
      outcome: { result: "recovered", at: NOW, sentence: "o".repeat(1000) },
      failedHpas: hpas(6),
    });
    expect(fitted(incident)).toEqual({
      ...incident,
      diagnosis: { code: "Paused", sentence: `${"d".repeat(399)}…`, permanentCure: "c".repeat(400) },
      decision: refusal(`${"e".repeat(399)}…`),
      outcome: { result: "recovered", at: NOW, sentence: `${"o".repeat(399)}…` },
    });
  });

  test("a cure is cut like a sentence, and none is made up", () => {
    const long = { code: "Paused", sentence: "short", permanentCure: "c".repeat(1500) };
    expect(fitted(sized(3601, { diagnosis: long })).diagnosis).toEqual({
      ...long,
      permanentCure: `${"c".repeat(399)}…`,
    });
    const without = { code: "Paused", sentence: "d".repeat(1500) };
    const kept = fitted(sized(3601, { diagnosis: without }));
    expect(kept.diagnosis).toStrictEqual({ code: "Paused", sentence: `${"d".repeat(399)}…` });
    expect(kept).not.toHaveProperty("decision");
    expect(kept).not.toHaveProperty("outcome");
  });
});

describe("what was reported is given up before what is to be done", () => {
  const reports = [1, 2, 3, 4, 5].map((i) => effect(`${"r".repeat(400)}${i}`, "report"));
  const restart = effect("restart", "requestRestart");

  test("the newest three reports stay, and so does every order, wherever it stands", () => {
    const incident = sized(3601, { effects: [restart, ...reports, effect("pods", "requestEndPods")] });
    expect(fitted(incident).effects).toEqual([restart, ...reports.slice(2), effect("pods", "requestEndPods")]);
  });

  test("the newest one stays where three are too many", () => {
    const incident = sized(5000, { effects: [...reports, restart] });
    expect(fitted(incident).effects).toEqual([...reports.slice(4), restart]);
  });
});

describe("the last to go are the stale Pods of a plan, and all HPAs but one", () => {
  const stalePods = Array.from({ length: 8 }, (_, i) => ({ name: `keda-operator-${i}`, uid: "u".repeat(60) }));
  const plan = {
    cause: "BothStale",
    reservedAt: NOW,
    evidenceHash: "0".repeat(64),
    steps: [step("operator", { stalePods }), step("metrics-apiserver", {})],
  };

  test("a plan keeps its steps", () => {
    const kept = fitted(sized(4000, { plan, failedHpas: hpas(2) }));
    expect(kept.plan).toEqual({ ...plan, steps: [step("operator", {}), step("metrics-apiserver", {})] });
    expect(kept.plan?.steps[0]).not.toHaveProperty("stalePods");
    expect(kept.failedHpas).toEqual(hpas(2));
  });

  test("one that nothing can make fit is still an incident, with one HPA that can show recovery", () => {
    const incident = sized(9000, { failedHpas: hpas(3) });
    expect(fitted(incident)).toEqual({ ...incident, failedHpas: hpas(1), moreFailedHpas: true });
    expect(fitted(incident)).not.toHaveProperty("plan");
  });
});
