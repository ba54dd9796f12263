import { describe, expect, test } from "@jest/globals";
import type { Installation } from "../../src/core/installation.ts";
import { hours, type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { installation, judge, opened, policy } from "../builders/casefile.ts";
import { evidence, formerPair, incident, operatorStale, presentPair, waiting } from "../builders/evidence.ts";
import { failing504 } from "../builders/hpas.ts";
import { performed } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const granted = (at: Instant, more = {}) => ({
  generation: `g${at}`,
  components: ["metrics-apiserver" as const],
  cause: "MetricsApiserverStale",
  at,
  ...more,
});
const decided = (given: Partial<Parameters<typeof judge>[0]> = {}) =>
  judge({ evidence: incident(), ...given }).decision;

test("without any guard in the way the diagnosis is acted upon", () => {
  expect(decided()).toMatchObject({ kind: "restart", code: "MetricsApiserverStale" });
});

describe("hands off", () => {
  test.each([
    ["a target that a person paused", { metricsApiserver: { pausedByPerson: "load test" } }, "PausedByAnnotation"],
    ["a target whose rollout is paused", { metricsApiserver: { paused: true } }, "DeploymentPaused"],
  ])("%s is refused", (_, changes, code) => {
    expect(decided({ evidence: incident(changes) })).toMatchObject({ kind: "refuse", code, targets: [] });
  });

  test("one paused target of two stops the whole plan", () => {
    const both = operatorStale({ adapterPods: [{}], metricsApiserver: { pausedByPerson: "x" } });
    expect(decided({ evidence: both })).toMatchObject({ kind: "refuse", code: "PausedByAnnotation", targets: [] });
  });

  test("a paused Deployment that is no target does not matter", () => {
    expect(decided({ evidence: incident({ operator: { pausedByPerson: "x", paused: true } }) }).kind).toBe("restart");
  });
});

describe("at most one restart per component and generation", () => {
  const restarted = (at: Instant) =>
    incident({ metricsApiserver: { restartedFor: presentPair.generation, restartedAt: at } });

  test("minutes ago: its effect is waited for, with a lost store too", () => {
    expect(decided({ evidence: restarted(ago(minutes(4))) })).toMatchObject({
      kind: "wait",
      code: "RestartUnderWay",
      dueAt: NOW + minutes(1),
    });
  });

  test("longer ago: a second restart cannot help", () => {
    expect(decided({ evidence: restarted(ago(minutes(5))) }).code).toBe("AlreadyRestarted");
    expect(decided({ evidence: restarted(ago(minutes(6))) })).toMatchObject({
      kind: "escalate",
      code: "AlreadyRestarted",
    });
  });

  test("the record remembers what the Deployment no longer shows", () => {
    const known = (phase: "recovered" | "closed" | "watching", age: number) => performed(ago(minutes(age)), { phase });
    for (const phase of ["recovered", "closed", "watching"] as const) {
      expect(decided({ incident: known(phase, 60) })).toMatchObject({ kind: "escalate", code: "AlreadyRestarted" });
      expect(decided({ incident: known(phase, 4) })).toMatchObject({
        code: "RestartUnderWay",
        dueAt: NOW + minutes(1),
      });
    }
  });

  test("the installation remembers what neither the Deployment shows nor the incident: a later plan took its place", () => {
    const on = (generation: string, side: "operator" | "metricsApiserver", at: Instant) =>
      installation({ restarts: [{ generation, [side]: at }] });
    const own = presentPair.generation;
    const later = performed(ago(hours(1)), { phase: "watching" });
    const steps = (later.plan?.steps ?? []).map((s) => ({ ...s, component: "operator" as const }));
    const replaced = { ...later, plan: { ...(later.plan as NonNullable<typeof later.plan>), steps } };
    for (const given of [{}, { incident: replaced }]) {
      const codeOf = (record: Installation) => decided({ ...given, installation: record }).code;
      expect(codeOf(on(own, "metricsApiserver", ago(hours(2))))).toBe("AlreadyRestarted");
      expect(codeOf(on(own, "metricsApiserver", ago(minutes(4))))).toBe("RestartUnderWay");
      expect(codeOf(on(own, "operator", ago(hours(2))))).toBe("MetricsApiserverStale");
      expect(codeOf(on("other", "metricsApiserver", ago(hours(2))))).toBe("MetricsApiserverStale");
    }
  });

  test("a step of the record that was never done does not count, nor one of another generation", () => {
    const plan = performed(ago(hours(1))).plan;
    const reserved = { ...plan, steps: (plan?.steps ?? []).map((s) => ({ ...s, state: "reserved" as const })) };
    const never = performed(ago(hours(1)), { phase: "watching", plan: reserved as NonNullable<typeof plan> });
    expect(decided({ incident: never }).kind).toBe("restart");
    expect(decided({ incident: performed(ago(hours(1)), { phase: "recovered", generation: "other" }) }).kind).toBe(
      "restart",
    );
  });

  test("for another generation it does not count", () => {
    const e = incident({ metricsApiserver: { restartedFor: formerPair.generation, restartedAt: ago(hours(5)) } });
    expect(decided({ evidence: e }).kind).toBe("restart");
  });

  test("a failed verification opens the breaker for that generation only", () => {
    expect(decided({ installation: installation({ breaker: [presentPair.generation] }) })).toMatchObject({
      kind: "escalate",
      code: "BreakerOpen",
    });
    expect(decided({ installation: installation({ breaker: [formerPair.generation] }) }).kind).toBe("restart");
  });
});

describe("storm brake", () => {
  const stormOf = (writers: readonly string[], ...ages: readonly number[]) =>
    decided({
      installation: installation({
        rotations: ages.map((n) => ago(minutes(n))),
        generations: [
          {
            generation: "g",
            leafPem: "",
            caPem: "",
            writtenAt: 0,
            seenAt: 0,
            writers,
          },
        ],
      }),
    });
  const storm = (...ages: readonly number[]) => stormOf(["cert-manager", "argocd-controller"], ...ages);

  test("four generations in half an hour freeze, and the writers are named", () => {
    const { kind, code, sentence } = storm(29, 20, 10, 1);
    expect([kind, code]).toEqual(["refuse", "StormBrake"]);
    expect(sentence).toContain("cert-manager and argocd-controller");
  });

  test.each([
    [["kubectl-edit"], "two writers fight over it (known to write it: kubectl-edit), or somebody tries things out"],
    [[], "two writers fight over it, or somebody tries things out"],
  ])("with %j as writers nobody claims to know that they are two", (writers, words) => {
    expect(stormOf(writers, 29, 20, 10, 1).sentence).toContain(`changed 4 times in 30m: ${words}`);
  });

  test.each([[[29, 20, 10]], [[30, 20, 10, 1]]])("%j does not", (ages) => {
    expect(storm(...ages).kind).toBe("restart");
  });
});

describe("budget and cool-down", () => {
  test("three plans within the hour spend the budget, until the first of them is an hour old", () => {
    const reservations = [50, 40, 20].map((n) => granted(ago(minutes(n))));
    expect(decided({ installation: installation({ reservations }) })).toMatchObject({
      kind: "refuse",
      code: "BudgetSpent",
      dueAt: NOW + minutes(10),
    });
  });

  test("a plan that is an hour old counts no more", () => {
    const reservations = [60, 40, 20].map((n) => granted(ago(minutes(n))));
    expect(decided({ installation: installation({ reservations }) }).kind).toBe("restart");
  });

  test("a plan of two steps counts once", () => {
    const both = ["operator", "metrics-apiserver"] as const;
    const reservations = [50, 20].map((n) => granted(ago(minutes(n)), { components: both }));
    expect(decided({ installation: installation({ reservations }) }).kind).toBe("restart");
  });

  test.each([
    [14, "wait", "CoolDown"],
    [15, "restart", "MetricsApiserverStale"],
  ])("%i minutes after the last plan: %s", (age, kind, code) => {
    const reservations = [granted(ago(minutes(age)))];
    expect(decided({ installation: installation({ reservations }) })).toMatchObject({ kind, code });
  });

  test("a reservation survives a crash: granted again, whatever budget and cool-down say by now", () => {
    const own = granted(ago(seconds(30)), { generation: presentPair.generation });
    const reservations = [granted(ago(minutes(50))), granted(ago(minutes(40))), own];
    expect(decided({ installation: installation({ reservations }) }).kind).toBe("restart");
  });

  test("a reservation of one component is no grant for two", () => {
    const reservations = [granted(ago(minutes(1)), { generation: presentPair.generation })];
    const both = operatorStale({ adapterPods: [{}] });
    expect(decided({ evidence: both, installation: installation({ reservations }) })).toMatchObject({
      code: "CoolDown",
    });
  });

  describe("a stuck connection", () => {
    const stuck = {
      evidence: evidence({ log: waiting, hpas: failing504(["web"], ago(minutes(8))) }),
      policy: policy({ restartOnStuckConnection: true }),
    };

    test.each([
      [23, "CoolDown"],
      [24, "GrpcStuckRestart"],
    ])("is restarted at most once in 24 h: %i h after the last, %s", (age, code) => {
      const reservations = [granted(ago(hours(age)), { cause: "GrpcStuckRestart" })];
      expect(decided({ ...stuck, installation: installation({ reservations }) }).code).toBe(code);
    });

    test("another cause's restart does not take the day, but its quarter of an hour", () => {
      const following = (n: number) =>
        decided({ ...stuck, installation: installation({ reservations: [granted(ago(minutes(n)))] }) }).code;
      expect([following(10), following(20)]).toEqual(["CoolDown", "GrpcStuckRestart"]);
    });
  });
});

describe("maintenance window, daily, in UTC; it is 17:05", () => {
  const minute = 17 * 60 + 5;
  test.each([
    ["inside", { from: minute - 5, to: minute + 5 }, "restart"],
    ["its first minute", { from: minute, to: minute + 1 }, "restart"],
    ["its end is outside", { from: minute - 5, to: minute }, "wait"],
    ["before it", { from: minute + 1, to: minute + 60 }, "wait"],
    ["inside one that spans midnight", { from: minute - 5, to: 60 }, "restart"],
    ["after midnight of one that spans it", { from: 23 * 60, to: minute + 5 }, "restart"],
    ["the first minute of one that spans midnight", { from: minute, to: 60 }, "restart"],
    ["the end of one that spans midnight is outside", { from: 23 * 60, to: minute }, "wait"],
    ["outside one that spans midnight", { from: 22 * 60, to: 4 * 60 }, "wait"],
  ])("%s", (_, maintenanceWindow, kind) => {
    expect(decided({ policy: policy({ maintenanceWindow }) }).kind).toBe(kind);
  });

  test("waits until it opens, however long that is", () => {
    const maintenanceWindow = { from: 2 * 60, to: 4 * 60 };
    const given = { policy: policy({ maintenanceWindow }), incident: opened({ waitingSince: ago(hours(5)) }) };
    expect(decided(given)).toMatchObject({
      kind: "wait",
      code: "OutsideMaintenanceWindow",
      dueAt: NOW + hours(8) + minutes(55),
    });
  });
});
