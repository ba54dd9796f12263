import { describe, expect, test } from "@jest/globals";
import type { Incident, PendingEffect } from "../../src/core/incident.ts";
import { hours, minutes, seconds } from "../../src/core/instant.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { type Given, judge, look, opened, policy } from "../builders/casefile.ts";
import {
  type Changes,
  evidence,
  formerPair,
  incident,
  networkFailing,
  operatorStale,
  rotatedAt,
} from "../builders/evidence.ts";
import { active } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed, restarted, step } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const refused = unseen("Unreachable", "connection refused");
const target = { component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver" };

describe("between the two steps of a plan", () => {
  const second = (changes: Changes = {}, age = 2) =>
    judge({ evidence: afterStepOne(changes), incident: halfDone(ago(minutes(age))) });

  test("an unusable Secret is told with what is left to do", () => {
    const { decision, diagnosis } = second({ keyFits: sawAt(false, NOW) });
    expect(decision).toStrictEqual({
      kind: "escalate",
      code: "PlanInterrupted",
      sentence: `Step 1 of 2 is done, step 2 (keda-metrics-apiserver) cannot be: ${diagnosis.sentence} Repair the Secret, then restart keda-metrics-apiserver.`,
      targets: [],
    });
  });

  test("what else no restart can help does not stop the second step", () => {
    const { decision, diagnosis } = second({
      log: networkFailing("dial tcp 10.0.0.1:9666: connect: no route to host"),
    });
    expect([diagnosis.disposition, decision.code]).toEqual(["incurable", "PlanStepTwo"]);
  });

  test.each<[string, Changes["metricsApiserver"] & {}, string]>([
    ["a person's pause", { pausedByPerson: "hands off" }, 'is paused by a person ("hands off")'],
    ["a paused Deployment", { paused: true }, "is a paused Deployment (kubectl rollout resume)"],
  ])("%s is told with what it costs", (_, metricsApiserver, words) => {
    expect(second({ metricsApiserver }).decision).toStrictEqual({
      kind: "escalate",
      code: "PausedInPlan",
      sentence: `Step 1 of 2 is done and keda-metrics-apiserver ${words}: HPAs of KEDA stay broken until it is restarted.`,
      targets: [],
    });
  });

  test("the second step names its one target", () => {
    expect(second().decision).toStrictEqual({
      kind: "restart",
      code: "PlanStepTwo",
      sentence: "The operator presents the Secret's leaf: now keda-metrics-apiserver follows (step 2 of 2).",
      targets: [target],
    });
  });

  test("until then it waits, and looks again soon", () => {
    const wait = {
      kind: "wait",
      code: "PlanStepOne",
      sentence: "Step 1 of 2 is done; waiting until the leading operator presents the Secret's leaf.",
      targets: [],
      dueAt: NOW + seconds(5),
    };
    expect(second({ operatorPresents: refused }).decision).toStrictEqual(wait);
    expect(second({ operator: { ...restarted, rollout: "running" } }).decision).toStrictEqual(wait);
  });

  test("and tells a person when that takes too long", () => {
    expect(second({ operatorPresents: refused }, 11).decision).toStrictEqual({
      kind: "escalate",
      code: "PlanInterrupted",
      sentence:
        "Step 1 of 2 is done, but after 11m no operator presents the Secret's leaf. Look at the operator, then restart keda-metrics-apiserver.",
      targets: [],
    });
  });

  test("a cluster that cannot be looked at is waited for, whatever the record says", () => {
    const { decision, diagnosis } = second({ apiService: unseen("Timeout", "slow") });
    expect(diagnosis.disposition).toBe("blind");
    expect(decision).toMatchObject({ kind: "wait", code: diagnosis.code, dueAt: NOW + seconds(30) });
  });

  test("an operator whose Deployment cannot be read has not shown that step 1 is done", () => {
    const { decision, diagnosis } = second({ operator: unseen("Forbidden", "no right") });
    expect([decision.code, decision.kind === "restart"]).toEqual([diagnosis.code, false]);
  });
});

describe("while it is verified", () => {
  const verified = (age: number, changes: Changes, more: Partial<Incident> = {}) =>
    judge({
      evidence: afterRestart(ago(minutes(age)), active(), changes),
      incident: performed(ago(minutes(age)), more),
    }).decision;

  test("what cannot be told in time is told to a person, with how long it took", () => {
    expect(verified(16, { metricsApiserver: { rollout: "running" } })).toStrictEqual({
      kind: "escalate",
      code: "WaitedTooLong",
      sentence: "Restarted 16m ago, and whether it helped cannot be told: The rollout is not complete yet.",
      targets: [],
    });
  });

  test("a recovery that was seen once is no wait without an end, however late it comes", () => {
    expect(verified(16, {})).toStrictEqual({
      kind: "wait",
      code: "RecoverySeenOnce",
      sentence: "Recovery was seen once.",
      targets: [],
      dueAt: NOW + seconds(15),
    });
  });
});

describe("an end of waiting says how long and for what", () => {
  test("something in progress", () => {
    const given = {
      evidence: incident({ issuance: { issuing: true } }),
      incident: opened({ waitingSince: ago(hours(1)) }),
    };
    const plain = judge({ ...given, incident: opened() }).decision;
    expect(judge(given).decision).toStrictEqual({
      kind: "escalate",
      code: "WaitedTooLong",
      sentence: `Waited 60m for "CertificateIssuing" to end: ${plain.sentence}`,
      targets: [],
    });
  });

  const request = (more: Partial<PendingEffect> = {}): PendingEffect => ({
    id: "restart",
    kind: "requestRestart",
    type: "dev.kedamedic.restart.requested.v1",
    component: "metrics-apiserver",
    createdAt: ago(minutes(12)),
    attempts: 7,
    ...more,
  });

  test("a restart that nobody performed", () => {
    const plain = judge({ evidence: incident() }).decision;
    expect(judge({ evidence: incident(), incident: opened({ effects: [request()] }) }).decision).toStrictEqual({
      kind: "escalate",
      code: "RestartNotPerformed",
      sentence: `The restart of the metrics-apiserver was asked for 7 times in 12m, and its Deployment shows none: look whether keda-medic's restart role runs, gets the requests and may patch. ${plain.sentence}`,
      targets: [],
    });
  });

  test("an end of Pods that nobody performed is no restart", () => {
    const effects = [request({ kind: "requestEndPods" })];
    expect(judge({ evidence: incident(), incident: opened({ effects }) }).decision.kind).toBe("restart");
  });
});

describe("nothing follows a plan", () => {
  const restartedAt = ago(minutes(7));
  const marked = { restartedFor: opened().generation, restartedAt };
  const afterwards = (components: readonly ("operator" | "metrics-apiserver")[], changes: Changes): Given => ({
    evidence: incident({ operatorPods: [{ startedAt: restartedAt + seconds(3) }], ...changes }),
    incident: performed(restartedAt, {
      plan: {
        cause: "OperatorStale",
        reservedAt: restartedAt,
        evidenceHash: "0".repeat(64),
        steps: components.map((c) => step(c, { state: "performed", performedAt: restartedAt })),
      },
    }),
  });
  const codeOf = (given: Given) => judge(given).decision.code;

  test("of the operator but a metrics-apiserver that is proved stale", () => {
    expect(codeOf(afterwards(["operator"], { operator: marked }))).toBe("MetricsApiserverStale");
  });

  test("of the metrics-apiserver, though its Deployment shows it", () => {
    expect(codeOf(afterwards(["metrics-apiserver"], { metricsApiserver: marked }))).toBe("NotRecovered");
  });

  test("of both", () => {
    const both = afterwards(["operator", "metrics-apiserver"], { operator: marked, metricsApiserver: marked });
    expect(codeOf(both)).toBe("NotRecovered");
  });

  test("where the operator is stale again, alone or with the other", () => {
    const again = { operator: marked, operatorPresents: formerPair };
    const { evidence: both } = afterwards(["operator"], again);
    expect(codeOf({ ...afterwards(["operator"], again), evidence: both })).toBe("NotRecovered");
    const alone = operatorStale({ operator: marked });
    expect(codeOf({ ...afterwards(["operator"], again), evidence: alone })).toBe("NotRecovered");
  });

  test("where nothing fails yet: a latent mismatch is told, not cured, after a restart", () => {
    const latent = evidence({
      writtenAt: rotatedAt,
      before: [formerPair],
      operator: marked,
      operatorPods: [{ startedAt: restartedAt + seconds(3) }],
      hpas: active(),
      log: {},
    });
    const given = { ...afterwards(["operator"], {}), evidence: latent };
    const { diagnosis, decision } = judge(given);
    expect(diagnosis).toMatchObject({ code: "LatentMismatch", stale: [{ component: "metrics-apiserver" }] });
    expect(decision.code).toBe("RecoverySeenOnce");
  });
});

describe("a KEDA that is not there", () => {
  test("is nothing to wait for", () => {
    const { decision } = judge({ evidence: evidence({ apiService: unseen("NotFound", "no such APIService") }) });
    expect([decision.kind, decision.code, decision.targets, "dueAt" in decision]).toEqual([
      "none",
      "KedaNotInstalled",
      [],
      false,
    ]);
  });
});

test("a latent mismatch is restarted by policy only, and goes through the guards", () => {
  const latent = { evidence: evidence({ writtenAt: rotatedAt, before: [formerPair], operatorPresents: formerPair }) };
  expect(judge(latent).decision).toMatchObject({ kind: "none", code: "LatentMismatch", targets: [] });
  const { decision } = judge({ ...latent, policy: policy({ restartOnLatent: true }) });
  expect([decision.kind, decision.targets.map((t) => t.component)]).toEqual([
    "restart",
    ["operator", "metrics-apiserver"],
  ]);
});

test("an incident is verified again when its restart is on record and the phase says so", () => {
  const seen = look({ evidence: afterRestart(ago(minutes(2))), incident: performed(ago(minutes(2))) });
  expect(seen.decision.code).toBe("RecoverySeenOnce");
});

describe("a record that somebody wrote by hand", () => {
  test("skips no guard, whatever phase it claims", () => {
    const claimed = halfDone(ago(minutes(2)), { phase: "verifying" });
    const plan = claimed.plan as NonNullable<typeof claimed.plan>;
    const steps = plan.steps.map(({ performedAt: _never, ...s }) => ({ ...s, state: "reserved" as const }));
    const known = { ...claimed, plan: { ...plan, steps } };
    const paused = incident({ metricsApiserver: { pausedByPerson: "x" } });
    expect(judge({ evidence: paused, incident: known }).decision.code).toBe("PausedByAnnotation");
  });

  test("is no reason to fail when the operator's Deployment cannot be read", () => {
    const done = performed(ago(minutes(2)));
    const plan = done.plan as NonNullable<typeof done.plan>;
    const steps = [step("operator", { state: "performed", performedAt: ago(minutes(2)) })];
    const given = { evidence: afterRestart(ago(minutes(2)), active(), { operator: unseen("Forbidden", "no right") }) };
    expect(judge({ ...given, incident: { ...done, plan: { ...plan, steps } } }).decision.code).toBe("Verifying");
  });
});

test("what is no wait has no deadline, and what a clock does not end has no time", () => {
  const evidenceOf = incident({ keyFits: sawAt(false, NOW) });
  const { decision } = judge({ evidence: evidenceOf, incident: opened({ waitingSince: ago(hours(1)) }) });
  expect([decision.kind, decision.code, "dueAt" in decision]).toEqual(["refuse", "SecretKeyMismatch", false]);
});
