import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../src/core/incident.ts";
import { hours, type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { modes } from "../../src/core/policy.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { acting, installation, judge, look, opened, policy } from "../builders/casefile.ts";
import { type Changes, evidence, incident, presentPair } from "../builders/evidence.ts";
import { failing504 } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed, step } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";
import { exampleEvidence } from "./ways.ts";

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

  test("what was asked for of the other component, and is moot by now, keeps nobody waiting", () => {
    const [plan, effects] = [asked(20).plan, asked(20).effects];
    const operator = { component: "operator" as const };
    const moot = opened({
      phase: "acting",
      ...(plan && { plan: { ...plan, steps: [step("operator", { state: "requested" })] } }),
      effects: effects.map((effect) => ({ ...effect, ...operator })),
    });
    expect(judge({ evidence: incident(), incident: moot }).decision).toMatchObject({
      kind: "restart",
      code: "MetricsApiserverStale",
    });
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
