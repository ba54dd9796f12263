import { describe, expect, test } from "@jest/globals";
import { advance, evolve, superseded, withSymptom, worthAnIncident } from "../../src/core/evolve.ts";
import type { Incident, PendingEffect } from "../../src/core/incident.ts";
import { hours, minutes, seconds } from "../../src/core/instant.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { acting, type Given, installation, judge, look, opened } from "../builders/casefile.ts";
import { chart, nextLeaf } from "../builders/certificates.ts";
import {
  type Changes,
  evidence,
  formerPair,
  incident,
  operatorStale,
  rotatedAt,
  tlsFailing,
} from "../builders/evidence.ts";
import { active, failing504 } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed, restarted } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const report: PendingEffect = { id: "r", kind: "report", type: "t", createdAt: ago(minutes(1)), attempts: 1 };
const issuing = incident({ issuance: { issuing: true } });
const unfit = incident({ keyFits: sawAt(false, NOW) });
const unknown = incident({ hpas: unseen("Forbidden", "no right") });
const latent = evidence({ writtenAt: rotatedAt, before: [formerPair], operatorPresents: formerPair });
const evolved = (e: Given["evidence"], known: Incident, more: Partial<Given> = {}) =>
  look({ evidence: e, incident: known, ...more }).incident;
const asked = evolved(incident(), opened());
const effectsOf = (known: Incident) => known.effects.map((e) => e.kind);

describe("worth an incident is also", () => {
  const worth = (e: Given["evidence"]) => worthAnIncident(judge({ evidence: e }).diagnosis, e);

  test("a safe rotation: what running Pods hold will expire one day", () => {
    const ca = chart("evolve-safe");
    const leaf = nextLeaf(ca, "evolve-safe-leaf");
    const safe = evidence({ secret: ca, writtenAt: rotatedAt, before: [leaf], operatorPresents: leaf });
    expect([judge({ evidence: safe }).diagnosis.code, worth(safe)]).toEqual(["SafeRotation", true]);
  });

  test("a wait while a log tells of a failure, though no HPA does yet", () => {
    const slow = (log: Changes["log"] & {}) => incident({ log, hpas: unseen("Timeout", "slow") });
    const { diagnosis } = judge({ evidence: slow(tlsFailing()) });
    expect([diagnosis.disposition, diagnosis.logged === undefined]).toEqual(["inProgress", false]);
    expect(worth(slow(tlsFailing()))).toBe(true);
  });
});

describe("a step that the Deployment shows", () => {
  const shown = afterStepOne();

  test("keeps the time at which it was first seen done", () => {
    const known = halfDone(ago(minutes(9)));
    expect(advance(known, shown)).toEqual(known);
  });

  test("is followed up when a person was told already: half of the plan, or all of it", () => {
    const told = halfDone(ago(minutes(2)), { phase: "escalated" });
    const plan = { ...(told.plan as NonNullable<typeof told.plan>) };
    const requested = {
      ...told,
      plan: { ...plan, steps: plan.steps.map((s) => ({ ...s, state: "requested" as const })) },
    };
    expect(advance(requested, shown).phase).toBe("acting");
    const both = afterStepOne({ metricsApiserver: { ...restarted, restartedAt: NOW } });
    expect(advance(requested, both).phase).toBe("verifying");
    expect(advance(told, shown).phase).toBe("escalated");
  });

  test("opens no incident again that is over", () => {
    for (const phase of ["closed", "recovered", "watching"] as const)
      expect(advance({ ...asked, phase }, afterRestart(ago(seconds(10)))).phase).toBe(phase);
  });

  test("takes back the request for that component only", () => {
    const request = (component: "operator" | "metrics-apiserver"): PendingEffect => ({
      id: component,
      kind: "requestRestart",
      type: "t",
      component,
      createdAt: NOW,
      attempts: 0,
    });
    const effects = [request("operator"), request("metrics-apiserver"), report];
    expect(advance({ ...halfDone(ago(minutes(2))), effects }, shown).effects).toEqual(effects.slice(1));
  });
});

test("half a plan stays half a plan when its second half is what the evidence asks for", () => {
  const known = evolved(incident(), halfDone(ago(minutes(2))));
  expect(known.plan?.cause).toBe("BothStale");
  expect(known.plan?.steps.map((s) => [s.component, s.state])).toEqual([
    ["operator", "performed"],
    ["metrics-apiserver", "requested"],
  ]);
});

describe("what becomes of an incident", () => {
  const over: Partial<Incident> = {
    phase: "recovered",
    outcome: { result: "recovered", at: ago(hours(1)), sentence: "It was." },
  };

  test.each<[string, () => Incident, string, boolean]>([
    ["a refusal is watched, and the plan taken back", () => evolved(unfit, asked), "watching", false],
    [
      "a restart that the mode does not allow",
      () => evolved(incident(), asked, { policy: { ...acting, mode: "observe" } }),
      "watching",
      false,
    ],
    ["an escalation", () => evolved(unknown, asked), "escalated", false],
    ["a latent mismatch is watched", () => evolved(latent, asked), "watching", false],
    [
      "a wait of an incident that a person has",
      () => evolved(issuing, opened({ phase: "escalated" })),
      "watching",
      false,
    ],
    ["a wait of one that was over", () => evolved(issuing, opened(over)), "watching", false],
    ["a wait goes on with what was asked for", () => evolved(issuing, asked), "acting", true],
    ["health closes it", () => evolved(evidence(), asked), "closed", false],
    ["one that is over stays as it ended", () => evolved(evidence(), opened(over)), "recovered", false],
  ])("%s", (_, become, phase, keepsPlan) => {
    const known = become();
    expect([known.phase, known.plan !== undefined]).toEqual([phase, keepsPlan]);
  });

  test("a guard that says not now takes back what was asked for", () => {
    const reservations = [{ generation: "g", components: ["operator" as const], cause: "x", at: ago(minutes(1)) }];
    const known = evolved(incident(), asked, { installation: installation({ reservations }) });
    expect([known.decision?.code, known.phase, known.plan]).toEqual(["CoolDown", "watching", undefined]);
    expect(effectsOf(known)).toEqual(["report"]);
  });

  test("a plan that is taken back keeps what people are still to be told", () => {
    expect(evolved(issuing, { ...asked, effects: [report] }).effects).toEqual([report]);
    expect(evolved(unfit, { ...asked, effects: [report, ...asked.effects] }).effects).toContain(report);
  });

  test("only a failed verification and an end are outcomes", () => {
    const outcomeOf = (known: Incident) => known.outcome?.result;
    expect(outcomeOf(evolved(unknown, asked))).toBeUndefined();
    expect(outcomeOf(evolved(latent, asked))).toBeUndefined();
    expect(outcomeOf(evolved(evidence(), asked))).toBe("recoveredWithoutUs");
    expect(outcomeOf(evolved(evidence(), opened(over)))).toBe("recovered");
    expect(outcomeOf(evolved(issuing, opened(over)))).toBeUndefined();
    expect(outcomeOf(evolved(unknown, opened({ ...over, phase: "escalated" })))).toBeUndefined();
    const lost = { ...opened(over).outcome, result: "notRecovered" as const } as NonNullable<Incident["outcome"]>;
    expect(outcomeOf(evolved(unknown, opened({ phase: "escalated", outcome: lost })))).toBe("notRecovered");
    expect(outcomeOf(evolved(issuing, opened({ phase: "escalated", outcome: lost })))).toBeUndefined();
    const failed = afterRestart(ago(minutes(8)), failing504());
    expect(outcomeOf(evolved(failed, performed(ago(minutes(8)))))).toBe("notRecovered");
  });
});

describe("times", () => {
  const cooling = { kind: "wait" as const, code: "CoolDown", sentence: "Let it settle.", targets: [] };

  test("after a wait with a clock of its own the deadline starts anew", () => {
    const known = opened({ decision: cooling, waitingSince: ago(minutes(5)) });
    expect(evolved(issuing, known).waitingSince).toBe(NOW);
    const same = { ...cooling, code: "CertificateIssuing" };
    expect(evolved(issuing, opened({ decision: same, waitingSince: ago(minutes(1)) })).waitingSince).toBe(
      ago(minutes(1)),
    );
    expect(
      evolved(issuing, opened({ decision: { ...same, kind: "none" }, waitingSince: ago(minutes(1)) })).waitingSince,
    ).toBe(NOW);
  });

  test("no time stands in the document that is not known", () => {
    const never = afterRestart(ago(minutes(16)), active(), { metricsApiserver: { ...restarted, rollout: "running" } });
    const known = evolved(never, performed(ago(minutes(16))));
    expect(known.decision?.code).toBe("WaitedTooLong");
    expect(Object.keys(known).filter((key) => ["waitingSince", "recoverySeenAt"].includes(key))).toEqual([]);
  });

  test("recovery keeps the time at which it was first seen", () => {
    const first = evolved(afterRestart(ago(minutes(2))), performed(ago(minutes(2))));
    expect(first.recoverySeenAt).toBe(NOW);
    const known = performed(ago(minutes(2)), { recoverySeenAt: ago(seconds(9)) });
    expect(evolved(afterRestart(ago(minutes(2))), known).recoverySeenAt).toBe(ago(seconds(9)));
  });
});

test("a sentence has at most 700 characters, and shows that it was cut", () => {
  const { file, diagnosis, decision } = judge({ evidence: issuing, incident: opened() });
  const told = (length: number) => {
    const sentence = "x".repeat(length);
    const judgement = {
      diagnosis: { ...diagnosis, sentence },
      decision: { ...decision, sentence },
      policy: acting,
      now: NOW,
    };
    const known = evolve({ ...file, incident: opened() }, judgement);
    return [known.diagnosis?.sentence, known.decision?.sentence];
  };
  expect(told(700)).toEqual(["x".repeat(700), "x".repeat(700)]);
  expect(told(701)).toEqual([`${"x".repeat(699)}…`, `${"x".repeat(699)}…`]);
});

test("a newer generation: people are told that it is over, and nothing else is left to do", () => {
  const early: PendingEffect = { ...report, id: "e", kind: "requestEndPods" };
  const known = superseded({ ...asked, effects: [report, early, ...asked.effects] }, NOW + minutes(1));
  expect(known.effects).toStrictEqual([
    report,
    asked.effects[1],
    {
      id: `${asked.name}/dev.kedamedic.incident.closed.v1/Superseded/${NOW + minutes(1)}`,
      kind: "report",
      type: "dev.kedamedic.incident.closed.v1",
      createdAt: NOW + minutes(1),
      attempts: 0,
    },
  ]);
  expect(known.outcome).toStrictEqual({
    result: "recoveredWithoutUs",
    at: NOW + minutes(1),
    sentence: "A newer generation of certificates took its place.",
  });
});

test("of many kinds of symptoms the first eight by name are kept", () => {
  const kinds = ["i", "h", "g", "f", "e", "d", "c", "b", "a"];
  const known = kinds.reduce((k, kind) => withSymptom(k, kind, NOW), opened());
  expect(known.symptoms.map((s) => s.kind)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
});

describe("a plan", () => {
  const both = (operatorUid = "uid-operator-1") =>
    operatorStale({ operatorPods: [{ uid: operatorUid }], adapterPods: [{}] });

  test("records of each side the Pods that were proved stale, and no empty list", () => {
    const podsOf = (e: Given["evidence"]) => evolved(e, opened()).plan?.steps.map((s) => s.stalePods);
    expect(podsOf(both())).toEqual([
      [{ name: "operator-1", uid: "uid-operator-1" }],
      [{ name: "adapter-1", uid: "uid-adapter-1" }],
    ]);
    expect("stalePods" in (evolved(both(""), opened()).plan?.steps[0] ?? {})).toBe(false);
  });

  test("is finished without a second approval, and never in observe", () => {
    const asks = (mode: "observe" | "approve" | "act") =>
      effectsOf(evolved(afterStepOne(), halfDone(ago(minutes(2))), { policy: { ...acting, mode } })).includes(
        "requestRestart",
      );
    expect([asks("observe"), asks("approve"), asks("act")]).toEqual([false, true, true]);
  });
});

test("up to twenty failed HPAs are remembered, and whether there were more", () => {
  const remembered = (count: number) => {
    const known = evolved(incident({ hpas: failing504(Array.from({ length: count }, (_, i) => `${i}`)) }), opened());
    return [known.failedHpas.length, known.moreFailedHpas];
  };
  expect([remembered(2), remembered(20), remembered(21)]).toEqual([
    [2, false],
    [20, false],
    [20, true],
  ]);
});

test("the permanent cure stands in the record where there is one", () => {
  const version = { version: "2.20.1" };
  const cureOf = (e: Given["evidence"]) => evolved(e, opened()).diagnosis;
  expect(cureOf(evidence())?.permanentCure).toMatch(/^Upgrade KEDA 2\.13\.1 /);
  expect("permanentCure" in (cureOf(evidence({ operator: version })) ?? {})).toBe(false);
});
