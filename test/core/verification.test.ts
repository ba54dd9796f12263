import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../src/core/incident.ts";
import { days, minutes, seconds } from "../../src/core/instant.ts";
import { unseen } from "../../src/core/seen.ts";
import { verify } from "../../src/core/verification.ts";
import { acting, installation, judge, look } from "../builders/casefile.ts";
import { bothAnew, type Changes, formerPair, presentPair, tlsFailing } from "../builders/evidence.ts";
import { active, failing503, failing504, failingScaler, hpa, idle } from "../builders/hpas.ts";
import { afterRestart, halfDone, performed, step } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

interface Given {
  readonly age?: number;
  readonly changes?: Changes;
  readonly incident?: Partial<Incident>;
}

/** A metrics-apiserver restarted `age` minutes ago; HPAs active again since five seconds unless the test says otherwise. */
function verdict({ age = 2, changes = {}, incident = {} }: Given = {}) {
  const at = ago(minutes(age));
  const known = performed(at, incident);
  const file = { installation: installation(), incident: known, evidence: afterRestart(at, active(), changes) };
  return verify(file, known, acting, NOW);
}

const seenBefore = { recoverySeenAt: ago(seconds(15)) };
const answers = { metric: "shop/s0-prometheus", answered: true, detail: "200" };
const since = (name: string, age: number) => hpa(name, { since: ago(seconds(age)) });

describe("recovery is what the HPAs say, twice", () => {
  test("seen once is not enough, and is looked at again one period later", () => {
    expect(verdict()).toMatchObject({ result: "seenOnce", lookAgainAt: NOW + seconds(15) });
  });

  test.each([
    [14, "seenOnce"],
    [15, "recovered"],
  ])("seen %i s ago and now: %s", (age, result) => {
    expect(verdict({ incident: { recoverySeenAt: ago(seconds(age)) } }).result).toBe(result);
  });

  test("an HPA that has been active for a period by its own clock was seen twice by the HPA controller", () => {
    expect(verdict({ changes: { hpas: [since("web", 20), since("worker", 30)] } }).result).toBe("recovered");
    expect(verdict({ changes: { hpas: [since("web", 20), since("worker", 10)] } }).result).toBe("seenOnce");
  });

  test("to the second: one period after it turned active, and not before the restart, give or take the clocks", () => {
    const clock = (at: number) => verdict({ changes: { hpas: [hpa("web", { since: at })] } }).result;
    expect([clock(ago(seconds(15))), clock(ago(seconds(15)) + 1)]).toEqual(["recovered", "seenOnce"]);
    const performedAt = ago(minutes(2));
    expect([clock(performedAt - seconds(5)), clock(performedAt - seconds(5) - 1)]).toEqual(["recovered", "seenOnce"]);
  });

  test("the HPAs are named even when the raw metric answers too", () => {
    expect(verdict({ changes: { rawMetric: answers }, incident: seenBefore }).sentence).toContain("shop/keda-hpa-web");
  });

  test("one that was active before the restart proves nothing by its clock", () => {
    expect(verdict({ changes: { hpas: [hpa("web", { since: ago(days(1)) })] } }).result).toBe("seenOnce");
  });

  test("a relapse in between starts anew", () => {
    const relapsed = look({
      evidence: afterRestart(ago(minutes(2)), failing504()),
      incident: performed(ago(minutes(2)), seenBefore),
    });
    expect(relapsed.decision.code).toBe("Verifying");
    expect(relapsed.incident.recoverySeenAt).toBeUndefined();
  });
});

describe("what does not prove recovery", () => {
  test.each<[string, Changes, string]>([
    ["an HPA that still fails", { hpas: failing504(["web"]) }, "shop/keda-hpa-web not yet ScalingActive"],
    ["a 503 while the rollout settles", { hpas: failing503(["web"]) }, "not yet ScalingActive"],
    ["an HPA whose status is unknown", { hpas: [hpa("web", { scalingActive: "Unknown" })] }, "not yet ScalingActive"],
    ["a log that still fails", { log: tlsFailing(undefined, ago(seconds(5))) }, "still reports x509"],
    ["an operator with the old leaf", { operatorPresents: formerPair }, "does not present the Secret's leaf"],
    [
      "a raw metric that does not answer",
      { rawMetric: { ...answers, answered: false, detail: "504" } },
      "does not answer: 504",
    ],
    ["no HPA left and no raw metric", { hpas: idle() }, "no HPA is left"],
  ])("%s", (_, changes, words) => {
    const told = verdict({ changes, incident: seenBefore });
    expect(told).toMatchObject({ result: "pending", lookAgainAt: NOW + seconds(15) });
    expect(told.sentence).toContain(words);
  });

  test("readiness alone: the rollout is complete and the Pods are ready in all of these", () => {
    expect(verdict({ changes: { hpas: failing504() } }).result).toBe("pending");
  });
});

describe("HPAs that do not count", () => {
  test.each([
    ["scaled to zero", idle(["worker"])],
    ["failing for its own source", failingScaler(["worker"])],
    ["gone", []],
    ["one that had not failed before", failing504(["other"])],
  ])("%s", (_, more) => {
    expect(verdict({ changes: { hpas: [since("web", 20), ...more] } }).result).toBe("recovered");
  });

  test("when none is left the raw metric decides", () => {
    const none = { hpas: idle(), rawMetric: answers };
    expect(verdict({ changes: none }).result).toBe("seenOnce");
    const told = verdict({ changes: none, incident: seenBefore });
    expect(told).toMatchObject({
      result: "recovered",
      sentence: expect.stringContaining("raw external metric answers"),
    });
  });
});

describe("the proof is not taken from too few", () => {
  const many = Array.from({ length: 30 }, (_, i) => `h${i}`);
  const remembered = {
    failedHpas: many.slice(0, 20).map((name) => `shop/keda-hpa-${name}`),
    moreFailedHpas: true,
    recoverySeenAt: ago(seconds(15)),
  };
  const back = many.slice(0, 20).map((name) => since(name, 20));

  test("where not every HPA that failed could be remembered, one that still times out counts", () => {
    const told = verdict({ changes: { hpas: [...back, ...failing504(["h25"])] }, incident: remembered });
    expect(told).toMatchObject({ result: "pending", sentence: "shop/keda-hpa-h25 not yet ScalingActive." });
    expect(verdict({ changes: { hpas: back }, incident: remembered }).result).toBe("recovered");
  });

  test("one that is remembered and times out is named once", () => {
    const hpas = [...back.slice(1), ...failing504(["h0"])];
    const told = verdict({ changes: { hpas }, incident: remembered });
    expect(told.sentence).toBe("shop/keda-hpa-h0 not yet ScalingActive.");
  });

  test("where all were remembered, another one's failure is another matter", () => {
    const all = { ...remembered, moreFailedHpas: false };
    expect(verdict({ changes: { hpas: [...back, ...failing504(["h25"])] }, incident: all }).result).toBe("recovered");
  });
});

describe("nobody is left but those who hear their scaler's own error", () => {
  const none = unseen("NotAsked", "no HPA of KEDA is active");
  const answered = { hpas: failingScaler(), rawMetric: none };

  test("that answer has crossed hop B: it is proof, seen twice", () => {
    expect(verdict({ changes: answered }).result).toBe("seenOnce");
    expect(verdict({ changes: answered, incident: seenBefore })).toEqual({
      result: "recovered",
      sentence:
        "shop/keda-hpa-web, shop/keda-hpa-worker: the operator answers again, with an error of their own source, seen twice.",
    });
  });

  test.each([
    ["of an HPA that had not failed", { ...answered, hpas: failingScaler(["other"]) }],
    ["beside a metric that was asked for in vain", { ...answered, rawMetric: unseen("Timeout", "no answer") }],
  ])("it is none %s", (_, changes) => {
    expect(verdict({ changes, incident: seenBefore }).result).toBe("pending");
  });
});

describe("failed no earlier than five minutes after the rollout", () => {
  const failing = { hpas: failing504() };

  test.each([
    [4, "pending"],
    [6, "failed"],
  ])("%i minutes: %s", (age, result) => {
    expect(verdict({ age, changes: failing }).result).toBe(result);
  });

  test("the clock starts with the newest Pod, not with the patch", () => {
    expect(verdict({ age: 20, changes: { ...failing, adapterPods: [{ startedAt: ago(minutes(4)) }] } }).result).toBe(
      "pending",
    );
  });

  test("a rollout that has not ended is waited for", () => {
    const changes = { ...failing, metricsApiserver: { rollout: "running" as const } };
    expect(verdict({ age: 6, changes })).toMatchObject({
      result: "pending",
      sentence: "The rollout is not complete yet.",
    });
  });

  test("a rollout that got stuck did not help", () => {
    expect(verdict({ changes: { metricsApiserver: { rollout: "stuck" } } })).toMatchObject({
      result: "failed",
      sentence: expect.stringContaining("exceeded its progress deadline"),
    });
  });

  test("not to see the HPAs is not to fail: the breaker opens on what was seen only", () => {
    const hpas = unseen("Forbidden", "list on horizontalpodautoscalers is forbidden");
    expect(verdict({ age: 8, changes: { hpas } })).toMatchObject({
      result: "pending",
      sentence: expect.stringContaining("list on horizontalpodautoscalers is forbidden"),
    });
  });
});

describe("a verification that never ends is handed to a person", () => {
  test.each([
    ["a rollout that never completes", { metricsApiserver: { rollout: "running" as const } }],
    ["HPAs that cannot be read", { hpas: unseen("Forbidden", "no right") }],
  ])("%s", (_, changes) => {
    const at = (age: number) => {
      const e = afterRestart(ago(minutes(age)), active(), changes);
      return judge({ evidence: e, incident: performed(ago(minutes(age))) }).decision;
    };
    expect(at(14)).toMatchObject({ kind: "wait", code: "Verifying" });
    expect(at(15)).toMatchObject({ kind: "escalate", code: "WaitedTooLong" });
  });

  test("one that is still failing is NotRecovered before that", () => {
    const { decision } = judge({
      evidence: afterRestart(ago(minutes(20)), failing504()),
      incident: performed(ago(minutes(20))),
    });
    expect(decision).toMatchObject({ kind: "escalate", code: "NotRecovered" });
  });
});

describe("a plan that was made before anything failed", () => {
  const verdictOf = (more: Changes, known = performed(ago(minutes(2)), { failedHpas: [], ...seenBefore })) =>
    verify({ installation: installation(), incident: known, evidence: bothAnew(more) }, known, acting, NOW).result;

  test("is proved by both sides holding the Secret's certificates, where nothing is active that could be asked", () => {
    expect(verdictOf({})).toBe("recovered");
    expect(verdictOf({}, performed(ago(minutes(2)), { failedHpas: [] }))).toBe("seenOnce");
  });

  test.each<[string, Changes]>([
    ["an operator that was not probed", { operatorPresents: unseen("Unreachable", "no route") }],
    [
      "one of two operators that was not probed",
      { operatorPods: [{}, {}], operatorPresents: [presentPair, unseen("Timeout", "slow")] },
    ],
    ["no operator", { operatorPods: [] }],
    ["no metrics-apiserver", { adapterPods: [] }],
    ["a metrics-apiserver of before", { adapterPods: [{}] }],
    ["one of two metrics-apiservers of before", { adapterPods: [{}, { startedAt: ago(minutes(2)) }] }],
    ["a raw metric that does not answer", { rawMetric: { ...answers, answered: false } }],
  ])("%s proves nothing", (_, more) => {
    expect(verdictOf(more)).toBe("pending");
  });

  test("where something had failed, holding is not enough", () => {
    expect(verdictOf({}, performed(ago(minutes(2)), seenBefore))).toBe("pending");
  });
});

describe("a plan of two", () => {
  const done = (first: number, second: number) =>
    halfDone(ago(minutes(first)), {
      phase: "verifying",
      plan: {
        cause: "BothStale",
        reservedAt: ago(minutes(first)),
        evidenceHash: "0".repeat(64),
        steps: [
          step("operator", { state: "performed", performedAt: ago(minutes(first)) }),
          step("metrics-apiserver", { state: "performed", performedAt: ago(minutes(second)) }),
        ],
      },
    });

  test("is complete when both rollouts are", () => {
    const e = afterRestart(ago(minutes(2)), active(), { operator: { rollout: "running" } });
    expect(judge({ evidence: e, incident: done(3, 2) }).decision).toMatchObject({
      code: "Verifying",
      sentence: "The rollout is not complete yet.",
      dueAt: NOW + seconds(5),
    });
  });

  test("has its time from its last step on", () => {
    const running = { metricsApiserver: { rollout: "running" as const } };
    const e = afterRestart(ago(minutes(10)), active(), running);
    expect(judge({ evidence: e, incident: done(20, 10) }).decision.code).toBe("Verifying");
    expect(judge({ evidence: e, incident: done(20, 15) }).decision.code).toBe("WaitedTooLong");
  });
});

test("recovery names the HPAs and closes the incident with the proof", () => {
  const { incident, decision } = look({
    evidence: afterRestart(ago(minutes(2))),
    incident: performed(ago(minutes(2)), seenBefore),
  });
  expect(decision).toMatchObject({ kind: "none", code: "Recovered" });
  expect(incident).toMatchObject({
    phase: "recovered",
    outcome: {
      result: "recovered",
      sentence: "shop/keda-hpa-web, shop/keda-hpa-worker: ScalingActive=True (ValidMetricFound), seen twice.",
    },
  });
  expect(incident.dueAt).toBeUndefined();
  expect(incident.generation).toBe(presentPair.generation);
});
