import { describe, expect, test } from "@jest/globals";
import { minutes, seconds } from "../../src/core/instant.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { installation, judge, look, opened, policy } from "../builders/casefile.ts";
import { type Changes, operatorStale, presentPair } from "../builders/evidence.ts";
import { afterStepOne, halfDone, restarted } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const refused = unseen("Unreachable", "connection refused");
const both = (more: Changes = {}) => operatorStale({ adapterPods: [{}], ...more });

describe("both stale: one plan of two steps, operator first", () => {
  test("is granted as a whole", () => {
    const { decision, incident: known } = look({ evidence: both() });
    expect(decision).toMatchObject({ kind: "restart", code: "BothStale" });
    expect(decision.targets.map((t) => t.name)).toEqual(["keda-operator", "keda-metrics-apiserver"]);
    expect(known.plan?.steps.map((s) => [s.component, s.state])).toEqual([
      ["operator", "requested"],
      ["metrics-apiserver", "reserved"],
    ]);
    expect(known.effects.filter((e) => e.kind === "requestRestart").map((e) => e.component)).toEqual(["operator"]);
  });

  test("step 2 waits until the operator presents the Secret's leaf", () => {
    const { decision } = judge({
      evidence: afterStepOne({ operatorPresents: refused }),
      incident: halfDone(ago(minutes(2))),
    });
    expect(decision).toMatchObject({ kind: "wait", code: "PlanStepOne", dueAt: NOW + seconds(5) });
  });

  test("and until its rollout is complete", () => {
    const e = afterStepOne({ operator: { ...restarted, rollout: "running" } });
    expect(judge({ evidence: e, incident: halfDone(ago(minutes(2))) }).decision.code).toBe("PlanStepOne");
  });

  test("then the metrics-apiserver follows, alone", () => {
    const { decision, incident: known } = look({ evidence: afterStepOne(), incident: halfDone(ago(minutes(2))) });
    expect(decision).toMatchObject({ kind: "restart", code: "PlanStepTwo" });
    expect(decision.targets.map((t) => t.component)).toEqual(["metrics-apiserver"]);
    expect(known.effects.map((e) => [e.kind, e.component])).toEqual([["requestRestart", "metrics-apiserver"]]);
  });

  test("a document that says so, without the mark on the operator's Deployment, skips no guard", () => {
    const unmarked = afterStepOne({ operator: {} });
    const open = installation({ breaker: [presentPair.generation] });
    const given = { incident: halfDone(ago(minutes(2))), installation: open };
    expect(judge({ ...given, evidence: unmarked }).decision.code).toBe("BreakerOpen");
    expect(judge({ ...given, evidence: afterStepOne() }).decision.code).toBe("PlanStepTwo");
  });

  test("after ten minutes without that leaf a person is told", () => {
    const at = (age: number) => {
      const e = afterStepOne({ operatorPresents: refused });
      return judge({ evidence: e, incident: halfDone(ago(minutes(age))) }).decision;
    };
    expect(at(9).code).toBe("PlanStepOne");
    expect(at(10)).toMatchObject({ kind: "escalate", code: "PlanInterrupted" });
    expect(at(10).sentence).toContain("then restart keda-metrics-apiserver");
  });

  describe("step 2 is stopped by nothing but an unusable Secret or a person's pause", () => {
    const given = (changes: Changes, more: Partial<Parameters<typeof judge>[0]> = {}) =>
      judge({ evidence: afterStepOne(changes), incident: halfDone(ago(minutes(2))), ...more }).decision;

    test.each<[string, Changes]>([
      ["a key that does not fit", { keyFits: sawAt(false, NOW) }],
      ["a Secret that is gone", { secret: { usable: false, code: "SecretMissing", detail: "it does not exist." } }],
    ])("%s pages", (_, changes) => {
      expect(given(changes)).toMatchObject({ kind: "escalate", code: "PlanInterrupted" });
    });

    test("a person's pause pages", () => {
      const paused = { metricsApiserver: { pausedByPerson: "hands off" } };
      expect(given(paused)).toMatchObject({ kind: "escalate", code: "PausedInPlan" });
      expect(given(paused).sentence).toContain('"hands off"');
    });

    test("a paused Deployment pages: a patch of it would roll nothing", () => {
      const paused = { metricsApiserver: { paused: true } };
      expect(given(paused)).toMatchObject({ kind: "escalate", code: "PausedInPlan" });
    });

    const reservations = [50, 40, 30, 1].map((n) => ({
      generation: `g${n}`,
      components: ["metrics-apiserver" as const],
      cause: "MetricsApiserverStale",
      at: ago(minutes(n)),
    }));

    test.each<[string, Changes, Partial<Parameters<typeof judge>[0]>]>([
      ["budget and cool-down", {}, { installation: installation({ reservations }) }],
      ["the breaker", {}, { installation: installation({ breaker: [presentPair.generation] }) }],
      ["the storm brake", {}, { installation: installation({ rotations: [1, 2, 3, 4].map((n) => ago(minutes(n))) }) }],
      ["the maintenance window", {}, { policy: policy({ maintenanceWindow: { from: 0, to: 1 } }) }],
      ["HPAs that recovered for a moment", { hpas: [] }, {}],
      ["HPAs that cannot be listed", { hpas: unseen("Forbidden", "no right") }, {}],
      ["a log that cannot be read", { log: unseen("Forbidden", "no right") }, {}],
      ["an issuing certificate", { issuance: { issuing: true } }, {}],
      ["a rollout of somebody else that got stuck", { metricsApiserver: { rollout: "stuck" } }, {}],
      ["a Secret that was written a moment ago", { writtenAt: ago(minutes(2)) - seconds(10) }, {}],
      ["an unseen lease", { lease: unseen("Forbidden", "no right") }, {}],
      ["a pause of the operator", { operator: { ...restarted, pausedByPerson: "x" } }, {}],
    ])("not by %s", (_, changes, more) => {
      expect(given(changes, more)).toMatchObject({ kind: "restart", code: "PlanStepTwo" });
    });
  });

  test("one operator Pod that presents the Secret's leaf is the leader: a standby does not listen", () => {
    const e = afterStepOne({
      operatorPods: [{ startedAt: ago(minutes(2)) }, { startedAt: ago(minutes(2)) }],
      operatorPresents: [refused, presentPair],
    });
    expect(judge({ evidence: e, incident: halfDone(ago(minutes(2))) }).decision.code).toBe("PlanStepTwo");
  });

  test("half a plan is finished whatever the incident went through meanwhile", () => {
    for (const phase of ["escalated", "watching", "closed"] as const)
      expect(judge({ evidence: afterStepOne(), incident: halfDone(ago(minutes(2)), { phase }) }).decision.code).toBe(
        "PlanStepTwo",
      );
  });

  test("a second target that somebody else has restarted is left alone", () => {
    const young = { startedAt: ago(minutes(1)) };
    const decided = (adapterPods: Changes["adapterPods"] = [young]) =>
      judge({
        evidence: afterStepOne({ adapterPods, log: { established: ago(seconds(50)) }, hpas: [] }),
        incident: halfDone(ago(minutes(2))),
      }).decision.code;
    expect(decided()).toBe("Healthy");
    expect(decided([young, {}])).toBe("PlanStepTwo");
  });

  test("a first step that somebody else made is not taken for the second", () => {
    const plan = halfDone(ago(minutes(2))).plan;
    const steps = [...(plan?.steps ?? [])]
      .reverse()
      .map((s, i) => ({ ...s, state: i === 0 ? ("performed" as const) : ("reserved" as const) }));
    const known = opened({ phase: "acting", plan: { cause: "BothStale", reservedAt: NOW, evidenceHash: "", steps } });
    const e = afterStepOne({ adapterPods: [{ startedAt: ago(minutes(1)) }] });
    expect(judge({ evidence: e, incident: known }).decision.targets.map((t) => t.component)).not.toContain(
      "metrics-apiserver",
    );
  });

  test("budget, window, brake and breaker are asked before step 1", () => {
    const ask = (more: Partial<Parameters<typeof judge>[0]>) => judge({ evidence: both(), ...more }).decision.code;
    expect([
      ask({ installation: installation({ breaker: [presentPair.generation] }) }),
      ask({ installation: installation({ rotations: [1, 2, 3, 4].map((n) => ago(minutes(n))) }) }),
      ask({ policy: policy({ maintenanceWindow: { from: 0, to: 1 } }) }),
    ]).toEqual(["BreakerOpen", "StormBrake", "OutsideMaintenanceWindow"]);
  });

  test("when both are done recovery is verified", () => {
    const e = afterStepOne({ metricsApiserver: { ...restarted, restartedAt: ago(seconds(30)) } });
    expect(look({ evidence: e, incident: halfDone(ago(minutes(2))) }).incident.phase).toBe("verifying");
  });
});
