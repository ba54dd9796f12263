import { describe, expect, test } from "@jest/globals";
import type { Incident, PendingEffect, Plan } from "../../src/core/incident.ts";
import { minutes, seconds } from "../../src/core/instant.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { installation, look, opened, policy } from "../builders/casefile.ts";
import { type Changes, evidence, formerPair, incident, rotatedAt } from "../builders/evidence.ts";
import { failing504 } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const kinds = (known: Incident) => known.effects.map((e) => e.type.replace(/^dev\.kedamedic\.(.*)\.v1$/, "$1"));

describe("people are told once per change of the decision", () => {
  test("opened, and not again at the next look", () => {
    const first = look({ evidence: incident() });
    expect(kinds(first.incident)).toEqual(["restart.requested", "incident.opened"]);
    const second = look({ evidence: incident(), incident: first.incident, now: NOW + minutes(1) });
    expect(second.incident.effects).toEqual(first.incident.effects);
  });

  test.each<[string, Changes, string]>([
    ["refused", { keyFits: sawAt(false, NOW) }, "incident.refused"],
    ["escalated", { hpas: unseen("Forbidden", "no right") }, "incident.escalated"],
  ])("%s", (_, changes, type) => {
    expect(kinds(look({ evidence: incident(changes) }).incident)).toEqual([type]);
  });

  test("a wait tells nobody anything", () => {
    expect(look({ evidence: incident({ issuance: { issuing: true } }) }).incident.effects).toEqual([]);
  });

  test("a sink that is away loses old reports, never the restart that is to be made", () => {
    const restart = look({ evidence: incident() }).incident;
    const old = Array.from(
      { length: 9 },
      (_, i): PendingEffect => ({ id: `r${i}`, kind: "report", type: "t", createdAt: NOW, attempts: 9 }),
    );
    const half = halfDone(ago(minutes(2)), { effects: [...restart.effects, ...old] });
    const next = look({ evidence: afterStepOne({ keyFits: sawAt(false, NOW) }), incident: half });
    expect(next.incident.effects.filter((e) => e.kind === "report")).toHaveLength(6);
    expect(next.incident.effects.filter((e) => e.kind === "requestRestart")).toHaveLength(1);
  });
});

describe("a look that told nothing is no news, and neither is what follows it", () => {
  const blip = incident({ apiService: unseen("Timeout", "no answer") });

  test.each<[string, Changes, string]>([
    ["opened", {}, "incident.opened"],
    ["refused", { keyFits: sawAt(false, NOW) }, "incident.refused"],
  ])("%s is told once however often the API server does not answer", (_, changes, type) => {
    let known: Incident | undefined;
    const told: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      const seen = i % 2 === 0 ? incident(changes) : blip;
      const next = look({
        evidence: seen,
        incident: known,
        policy: policy({ mode: "observe" }),
        now: NOW + minutes(i),
      });
      told.push(...kinds(next.incident));
      known = { ...next.incident, effects: [] };
    }
    expect(told).toEqual([type]);
  });

  test("what came back after it was over is told again", () => {
    const refused = look({ evidence: incident({ keyFits: sawAt(false, NOW) }) }).incident;
    const closed = look({ evidence: evidence(), incident: { ...refused, effects: [] } }).incident;
    expect(kinds(closed)).toEqual(["incident.closed"]);
    const again = look({ evidence: incident({ keyFits: sawAt(false, NOW) }), incident: { ...closed, effects: [] } });
    expect(kinds(again.incident)).toEqual(["incident.refused"]);
  });

  test("what was calm without a word in between is told again", () => {
    const refused = look({ evidence: incident({ keyFits: sawAt(false, NOW) }) }).incident;
    const away = evidence({ apiService: unseen("NotFound", "none") });
    const { told, ...calm } = look({ evidence: away, incident: { ...refused, effects: [] } }).incident;
    expect(told).toBeUndefined();
    const again = look({ evidence: incident({ keyFits: sawAt(false, NOW) }), incident: calm });
    expect(kinds(again.incident)).toEqual(["incident.refused"]);
  });
});

describe("the second step of a plan", () => {
  const half = halfDone(ago(minutes(2)), {
    decision: { kind: "wait", code: "PlanStepOne", sentence: "", targets: [] },
  });
  const report = (mode: "act" | "observe") => {
    const { decision, incident: known } = look({ evidence: afterStepOne(), incident: half, policy: policy({ mode }) });
    expect(decision.code).toBe("PlanStepTwo");
    return kinds(known).filter((kind) => kind.startsWith("incident."));
  };

  test("is no news where it is done", () => {
    expect(report("act")).toEqual([]);
  });

  test("is told where the mode does not let us do it: half a plan is an outage", () => {
    expect(report("observe")).toEqual(["incident.opened"]);
  });
});

describe("stale Pods are ended early by policy only", () => {
  const early = policy({ endStalePodsEarly: true });
  const asked = look({ evidence: incident(), policy: early }).incident;
  const draining = (more: Changes = {}) =>
    afterRestart(ago(seconds(10)), failing504(), {
      adapterPods: [{ deleting: true }, { startedAt: ago(seconds(8)) }],
      log: { established: ago(seconds(7)) },
      ...more,
    });
  const types = (e: ReturnType<typeof evidence>, by = early, known = asked) =>
    look({ evidence: e, incident: known, policy: by, now: NOW }).incident.effects.map((effect) => effect.kind);

  test("what the evidence proved stale is recorded when the restart is reserved", () => {
    expect(asked.plan?.steps[0]?.stalePods).toEqual([{ name: "adapter-1", uid: "uid-adapter-1" }]);
  });

  test("asked for once their replacements are Ready, in no other case", () => {
    expect(types(draining())).toContain("requestEndPods");
    expect(types(draining(), policy())).not.toContain("requestEndPods");
    expect(types(draining(), policy({ endStalePodsEarly: true, mode: "observe" }))).not.toContain("requestEndPods");
    expect(types(draining({ adapterPods: [{ deleting: true }, { ready: false }] }))).not.toContain("requestEndPods");
    expect(types(draining({ adapterPods: [{ startedAt: ago(seconds(8)) }] }))).not.toContain("requestEndPods");
  });

  test("a Pod that was not proved stale is left to its own end", () => {
    const other = {
      ...asked,
      plan: { ...(asked.plan as Plan), steps: (asked.plan?.steps ?? []).map((s) => ({ ...s, stalePods: [] })) },
    };
    expect(types(draining(), early, other)).not.toContain("requestEndPods");
  });

  test("asking again keeps the request as it is, and nothing is asked for when it is over", () => {
    const first = look({ evidence: draining(), incident: asked, policy: early }).incident;
    const request = first.effects.find((e) => e.kind === "requestEndPods");
    const second = look({ evidence: draining(), incident: first, policy: early, now: NOW + seconds(20) }).incident;
    expect(second.effects.find((e) => e.kind === "requestEndPods")).toEqual(request);
    expect(types(evidence(), early, { ...first, phase: "closed" })).not.toContain("requestEndPods");
  });
});

test("a breaker says nothing that the failed verification has not said", () => {
  const failed = look({ evidence: afterRestart(ago(minutes(8)), failing504()), incident: performed(ago(minutes(8))) });
  expect(kinds(failed.incident)).toEqual(["incident.escalated"]);
  const again = look({
    evidence: incident(),
    incident: { ...failed.incident, effects: [] },
    installation: installation({ breaker: [failed.incident.generation] }),
    now: NOW + minutes(5),
  });
  expect(again.decision.code).toBe("BreakerOpen");
  expect(again.incident.effects).toEqual([]);
  const blind = look({
    evidence: incident({ apiService: unseen("Timeout", "no answer") }),
    incident: { ...failed.incident, effects: [] },
    now: NOW + minutes(5),
  });
  const afterBlip = look({
    evidence: incident(),
    incident: blind.incident,
    installation: installation({ breaker: [failed.incident.generation] }),
    now: NOW + minutes(6),
  });
  expect([afterBlip.decision.code, kinds(afterBlip.incident)]).toEqual(["BreakerOpen", []]);
  const unfit = incident({ keyFits: sawAt(false, NOW) });
  const other = look({ evidence: unfit, incident: afterBlip.incident, now: NOW + minutes(7) });
  expect(kinds(other.incident)).toEqual(["incident.refused"]);
  const fresh = look({ evidence: incident(), installation: installation({ breaker: [failed.incident.generation] }) });
  expect(kinds(fresh.incident)).toEqual(["incident.escalated"]);
});

describe("the words of each change", () => {
  const told = (e: ReturnType<typeof evidence>, known: Partial<Incident> = {}) =>
    look({ evidence: e, incident: opened(known) }).incident.effects.map((effect) => effect.type);
  const latent = { writtenAt: rotatedAt, before: [formerPair], operatorPresents: formerPair };

  test.each<[string, () => readonly string[], readonly string[]]>([
    ["closed without us", () => told(evidence()), ["dev.kedamedic.incident.closed.v1"]],
    ["a latent mismatch", () => told(evidence(latent)), ["dev.kedamedic.incident.latent.v1"]],
    [
      "recovered",
      () => told(afterRestart(ago(minutes(2))), performed(ago(minutes(2)), { recoverySeenAt: ago(seconds(15)) })),
      ["dev.kedamedic.incident.recovered.v1"],
    ],
    ["nothing of KEDA there", () => told(evidence({ apiService: unseen("NotFound", "none") })), []],
  ])("%s", (_, types, expected) => {
    expect(types()).toEqual(expected);
  });

  test("a refusal for another reason is told anew, one for the same reason is not", () => {
    const refusal = { kind: "refuse" as const, sentence: "No.", targets: [] };
    const unfit = evidence({ keyFits: sawAt(false, NOW) });
    const refused = ["dev.kedamedic.incident.refused.v1"];
    expect(told(unfit, { decision: { ...refusal, code: "SecretLeafExpired" } })).toEqual(refused);
    expect(told(unfit, { decision: { ...refusal, code: "SecretKeyMismatch" } })).toEqual([]);
    expect(told(unfit, { decision: { ...refusal, kind: "wait", code: "SecretKeyMismatch" } })).toEqual(refused);
  });

  test("what is over says so to the end, and asks for nothing more", () => {
    const of = (kind: PendingEffect["kind"]): PendingEffect => ({
      id: kind,
      kind,
      type: kind,
      createdAt: NOW,
      attempts: 1,
    });
    const effects = [of("report"), of("requestEndPods"), of("requestRestart")];
    expect(told(evidence(), { phase: "closed", effects })).toEqual(["report"]);
  });

  test("an end of Pods is asked for by the incident's and the component's name", () => {
    const early = policy({ endStalePodsEarly: true });
    const known = look({ evidence: incident(), policy: early }).incident;
    const draining = afterRestart(ago(seconds(10)), failing504(), {
      adapterPods: [{ deleting: true }, { startedAt: ago(seconds(8)) }],
      log: { established: ago(seconds(7)) },
    });
    const { effects } = look({ evidence: draining, incident: known, policy: early }).incident;
    expect(effects.filter((e) => e.kind === "requestEndPods")).toHaveLength(1);
    expect(effects.find((e) => e.kind === "requestEndPods")).toStrictEqual({
      id: `${known.name}/metrics-apiserver/end-pods`,
      kind: "requestEndPods",
      type: "dev.kedamedic.pods.end-requested.v1",
      component: "metrics-apiserver",
      createdAt: NOW,
      attempts: 0,
    });
  });

  test("without a plan there are no Pods to end", () => {
    const { effects } = look({
      evidence: incident({ keyFits: sawAt(false, NOW) }),
      policy: policy({ endStalePodsEarly: true }),
    }).incident;
    expect(effects.map((e) => e.kind)).toEqual(["report"]);
  });
});

test("a report is named by incident, type, code and time: the same decision at another time is another report", () => {
  const { incident: known } = look({ evidence: incident({ keyFits: sawAt(false, NOW) }) });
  expect(known.effects.map((e) => e.id)).toEqual([
    `${known.name}/dev.kedamedic.incident.refused.v1/SecretKeyMismatch/${NOW}`,
  ]);
});

test("an incident that a person has is told of anew when something else is decided", () => {
  const known = look({ evidence: incident({ hpas: unseen("Forbidden", "no right") }) }).incident;
  expect(known.phase).toBe("escalated");
  const next = look({ evidence: incident({ keyFits: sawAt(false, NOW) }), incident: { ...known, effects: [] } });
  expect(kinds(next.incident)).toEqual(["incident.refused"]);
});

test("an end of Pods is asked for no more when they are gone", () => {
  const asked: PendingEffect = {
    id: "end",
    kind: "requestEndPods",
    type: "dev.kedamedic.pods.end-requested.v1",
    component: "metrics-apiserver",
    createdAt: ago(seconds(20)),
    attempts: 1,
  };
  const known = performed(ago(minutes(1)), { effects: [asked] });
  const by = policy({ endStalePodsEarly: true });
  expect(look({ evidence: afterRestart(ago(minutes(1))), incident: known, policy: by }).incident.effects).toEqual([]);
});
