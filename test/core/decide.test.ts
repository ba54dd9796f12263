import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../src/core/incident.ts";
import { hours, type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { modes } from "../../src/core/policy.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { acting, installation, judge, look, opened, policy } from "../builders/casefile.ts";
import { type Changes, evidence, incident, operatorStale, presentPair } from "../builders/evidence.ts";
import { failing504 } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed, restarted, step } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";
import { exampleEvidence } from "./ways.ts";

const refused = unseen("Unreachable", "connection refused");
const both = (more: Changes = {}) => operatorStale({ adapterPods: [{}], ...more });

describe("a decision is what should happen, a mode is what may be done about it", () => {
  test.each(exampleEvidence())("%s is decided the same in every mode", (_, e) => {
    const decisions = modes.map((mode) => judge({ evidence: e, policy: policy({ mode }) }).decision);
    expect(new Set(decisions.map((d) => JSON.stringify(d))).size).toBe(1);
  });

  test("so is the second step", () => {
    const decisions = modes.map(
      (mode) =>
        judge({ evidence: afterStepOne(), incident: halfDone(ago(minutes(2))), policy: policy({ mode }) }).decision,
    );
    expect(new Set(decisions.map((d) => JSON.stringify(d))).size).toBe(1);
  });

  test("only the effects differ", () => {
    const effects = (mode: (typeof modes)[number]) =>
      look({ evidence: incident(), policy: policy({ mode }) }).incident.effects.map((e) => e.kind);
    expect([effects("observe"), effects("approve"), effects("act")]).toEqual([
      ["report"],
      ["report"],
      ["requestRestart", "report"],
    ]);
  });
});

test.each([
  ["healthy", "none"],
  ["latent", "none"],
  ["curable", "restart"],
  ["incurable", "refuse"],
  ["inProgress", "wait"],
  ["unknown", "escalate"],
  ["blind", "wait"],
])("a diagnosis that is %s is answered with %s", (disposition, kind) => {
  const judged = exampleEvidence()
    .map(([, e]) => judge({ evidence: e }))
    .filter(({ diagnosis }) => diagnosis.disposition === disposition && diagnosis.code !== "KedaNotInstalled");
  expect(judged.length).toBeGreaterThan(0);
  expect(new Set(judged.map(({ decision }) => decision.kind))).toEqual(new Set([kind]));
});

test("nothing but a restart names targets", () => {
  for (const [, e] of exampleEvidence()) {
    const { decision } = judge({ evidence: e });
    expect(decision.targets.length > 0).toBe(decision.kind === "restart");
  }
});

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

describe("before the first step is done the evidence is judged anew", () => {
  const asked: Partial<Incident> = {
    phase: "acting",
    plan: {
      cause: "MetricsApiserverStale",
      reservedAt: ago(minutes(1)),
      evidenceHash: "0".repeat(64),
      steps: [step("metrics-apiserver", { state: "requested" })],
    },
    effects: [
      {
        id: "restart",
        kind: "requestRestart",
        type: "dev.kedamedic.restart.requested.v1",
        component: "metrics-apiserver",
        createdAt: ago(minutes(1)),
        attempts: 1,
      },
    ],
  };

  test.each<[string, Changes, string]>([
    ["a Secret that became unusable", { keyFits: sawAt(false, NOW) }, "refuse"],
    ["a person's pause", { metricsApiserver: { pausedByPerson: "x" } }, "refuse"],
    ["a contradiction", { hpas: unseen("Forbidden", "no right") }, "escalate"],
  ])("%s takes the plan back", (_, changes, kind) => {
    const { decision, incident: known } = look({ evidence: incident(changes), incident: opened(asked) });
    expect(decision.kind).toBe(kind);
    expect(known.plan).toBeUndefined();
    expect(known.effects.map((e) => e.kind)).toEqual(["report"]);
  });

  test("recovery without us takes it back too", () => {
    const { incident: known } = look({ evidence: evidence(), incident: opened(asked) });
    expect(known).toMatchObject({ phase: "closed", outcome: { result: "recoveredWithoutUs" } });
    expect(known.plan).toBeUndefined();
  });
});

describe("a wait has an end, and the end is a person", () => {
  const issuing = incident({ issuance: { issuing: true } });
  const waited = (since: Instant, e = issuing) =>
    judge({ evidence: e, incident: opened({ waitingSince: since }) }).decision;

  test("after ten minutes", () => {
    expect(waited(ago(minutes(9)))).toMatchObject({ kind: "wait", code: "CertificateIssuing" });
    expect(waited(ago(minutes(10)))).toMatchObject({ kind: "escalate", code: "WaitedTooLong" });
    expect(waited(ago(minutes(10))).sentence).toContain('"CertificateIssuing"');
  });

  test("the deadline runs through different things that are waited for", () => {
    const first = look({ evidence: issuing, now: NOW });
    const second = look({
      evidence: incident({ metricsApiserver: { rollout: "running" } }),
      incident: first.incident,
      now: NOW + minutes(5),
    });
    expect(second.incident.waitingSince).toBe(NOW);
    const third = look({ evidence: issuing, incident: second.incident, now: NOW + minutes(10) });
    expect(third.decision.code).toBe("WaitedTooLong");
  });

  test("it starts anew after something else was decided", () => {
    const first = look({ evidence: issuing, now: NOW });
    const second = look({
      evidence: incident({ keyFits: sawAt(false, NOW) }),
      incident: first.incident,
      now: NOW + minutes(9),
    });
    const third = look({ evidence: issuing, incident: second.incident, now: NOW + minutes(12) });
    expect(third.decision.code).toBe("CertificateIssuing");
  });

  test("once told it stays told, and is not told twice", () => {
    const known = opened({ waitingSince: ago(minutes(10)) });
    const first = look({ evidence: issuing, incident: known });
    const second = look({ evidence: issuing, incident: { ...first.incident, effects: [] }, now: NOW + minutes(5) });
    expect([first.decision.code, second.decision.code]).toEqual(["WaitedTooLong", "WaitedTooLong"]);
    expect(second.incident.effects).toEqual([]);
  });

  test("waits with a clock of their own have no other end", () => {
    const reservations = [
      { generation: "g", components: ["operator" as const], cause: "OperatorStale", at: ago(minutes(1)) },
    ];
    const { decision } = judge({
      evidence: incident(),
      incident: opened({ waitingSince: ago(hours(1)) }),
      installation: installation({ reservations }),
    });
    expect(decision).toMatchObject({ kind: "wait", code: "CoolDown" });
  });
});

describe("a restart that nobody performs is told to a person after ten minutes", () => {
  const asked = (age: number) =>
    opened({
      phase: "acting",
      plan: {
        cause: "MetricsApiserverStale",
        reservedAt: ago(minutes(age)),
        evidenceHash: "0".repeat(64),
        steps: [step("metrics-apiserver", { state: "requested" })],
      },
      effects: [
        {
          id: "restart",
          kind: "requestRestart",
          type: "dev.kedamedic.restart.requested.v1",
          component: "metrics-apiserver",
          createdAt: ago(minutes(age)),
          attempts: age,
        },
      ],
    });

  test.each([
    [9, "restart", "MetricsApiserverStale"],
    [10, "escalate", "RestartNotPerformed"],
  ])("%i minutes: %s %s", (age, kind, code) => {
    expect(judge({ evidence: incident(), incident: asked(age) }).decision).toMatchObject({ kind, code });
  });

  test("it stays asked for, and is followed up when it comes after all", () => {
    const told = look({ evidence: incident(), incident: asked(11) }).incident;
    expect(told.phase).toBe("escalated");
    expect(told.effects.map((e) => e.kind)).toContain("requestRestart");
    const done = look({ evidence: afterRestart(ago(seconds(20))), incident: told, now: NOW });
    expect(done.incident.phase).toBe("verifying");
    expect(done.incident.effects.map((e) => e.kind)).not.toContain("requestRestart");
  });
});

test("one failed verification opens the breaker: never a second try on the same evidence", () => {
  const failed = look({ evidence: afterRestart(ago(minutes(8)), failing504()), incident: performed(ago(minutes(8))) });
  expect(failed.decision).toMatchObject({ kind: "escalate", code: "NotRecovered" });
  expect(failed.incident).toMatchObject({ phase: "escalated", outcome: { result: "notRecovered" } });
  const again = judge({
    evidence: incident(),
    incident: failed.incident,
    installation: installation({ breaker: [presentPair.generation] }),
  });
  expect(again.decision).toMatchObject({ kind: "escalate", code: "BreakerOpen" });
});

test("an escalated incident whose cause heals is closed", () => {
  const escalated = look({ evidence: incident({ hpas: unseen("Forbidden", "no right") }) }).incident;
  expect(escalated.phase).toBe("escalated");
  const healed = look({ evidence: evidence(), incident: escalated, now: NOW + minutes(5) }).incident;
  expect(healed).toMatchObject({ phase: "closed", outcome: { result: "recoveredWithoutUs" } });
});

test("a Secret that was refused and is repaired is gone on with", () => {
  const first = look({ evidence: incident({ keyFits: sawAt(false, NOW) }) });
  expect(first.decision.kind).toBe("refuse");
  const second = look({ evidence: incident(), incident: first.incident, now: NOW + minutes(1) });
  expect(second.decision.kind).toBe("restart");
  expect(second.incident.phase).toBe("acting");
});

test("what is decided does not depend on which sample of HPAs was drawn", () => {
  const many = failing504(Array.from({ length: 100 }, (_, i) => `app-${i}`));
  const one = judge({ evidence: incident({ hpas: many, complete: false }), policy: acting }).decision;
  const other = judge({ evidence: incident({ hpas: [...many].reverse(), complete: false }) }).decision;
  expect({ ...one, sentence: "" }).toEqual({ ...other, sentence: "" });
});
