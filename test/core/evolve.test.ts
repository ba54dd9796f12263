import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { advance, openIncident, superseded, withSymptom, worthAnIncident } from "../../src/core/evolve.ts";
import { days, minutes, seconds } from "../../src/core/instant.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { judge, look, opened, policy } from "../builders/casefile.ts";
import { evidence, formerPair, incident, operatorStale, rotatedAt } from "../builders/evidence.ts";
import { active, failing503, failing504 } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed, restarted } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

describe("what is worth an incident", () => {
  const worth = (e: ReturnType<typeof evidence>) => worthAnIncident(judge({ evidence: e }).diagnosis, e);

  test.each<[string, boolean, ReturnType<typeof evidence>]>([
    ["a stale pair", true, incident()],
    ["a latent mismatch", true, evidence({ writtenAt: rotatedAt, operatorPresents: formerPair })],
    ["an unfit Secret", true, evidence({ keyFits: sawAt(false, NOW) })],
    ["a wait while HPAs time out", true, incident({ issuance: { issuing: true } })],
    ["a healthy KEDA", false, evidence()],
    ["a certificate being issued", false, evidence({ issuance: { issuing: true } })],
    ["some seconds of 503", false, evidence({ hpas: failing503(["web"], ago(seconds(20))) })],
    ["a cluster that nobody could read", false, evidence({ apiService: unseen("Timeout", "slow") })],
  ])("%s: %s", (_, expected, e) => {
    expect(worth(e)).toBe(expected);
  });
});

describe("the plan", () => {
  test("asking again for the same step keeps the request as it is: same id, same age", () => {
    const first = look({ evidence: incident() }).incident;
    const [request] = first.effects;
    const second = look({ evidence: incident(), incident: first, now: NOW + minutes(3) }).incident;
    expect(second.effects[0]).toEqual(request);
    expect(second.plan).toEqual(first.plan);
  });

  test("the id of a request is the incident's and the component's, nothing else", () => {
    const first = look({ evidence: incident() }).incident;
    expect(first.effects[0]?.id).toBe(`${first.name}/metrics-apiserver/restart`);
  });

  test("is done when the Deployment shows it, whoever told us or did not", () => {
    const first = look({ evidence: incident() }).incident;
    const shown = advance(first, afterRestart(ago(seconds(10))));
    expect(shown.phase).toBe("verifying");
    expect(shown.plan?.steps[0]).toMatchObject({ state: "performed", performedAt: ago(seconds(10)) });
    expect(shown.effects.map((e) => e.kind)).toEqual(["report"]);
  });

  test("is not done when the Deployment shows another generation", () => {
    const first = look({ evidence: incident() }).incident;
    const e = incident({ metricsApiserver: { restartedFor: "other", restartedAt: NOW } });
    expect(advance(first, e)).toEqual(first);
  });

  test("is not done when the Deployment could not be read", () => {
    const first = look({ evidence: incident() }).incident;
    expect(advance(first, evidence({ metricsApiserver: unseen("Timeout", "slow") }))).toEqual(first);
  });

  test("of two steps is half done when the operator shows it", () => {
    const first = look({ evidence: operatorStale({ adapterPods: [{}] }) }).incident;
    const half = advance(first, afterStepOne());
    expect([half.phase, half.plan?.steps.map((s) => s.state)]).toEqual(["acting", ["performed", "reserved"]]);
  });

  test("half done is kept, whatever is decided next", () => {
    for (const changes of [{ keyFits: sawAt(false, NOW) }, { metricsApiserver: { pausedByPerson: "x" } }]) {
      const known = look({ evidence: afterStepOne(changes), incident: halfDone(ago(minutes(2))) }).incident;
      expect(known.plan?.steps.map((s) => s.state)).toEqual(["performed", "reserved"]);
    }
  });

  test("observe and a missing approval reserve nothing", () => {
    for (const mode of ["observe", "approve"] as const)
      expect(look({ evidence: incident(), policy: policy({ mode }) }).incident.plan).toBeUndefined();
  });
});

describe("HPAs that failed are remembered: their recovery is the proof", () => {
  test("at most twenty, and that there were more", () => {
    const many = failing504(Array.from({ length: 100 }, (_, i) => `app-${i}`));
    const known = look({ evidence: incident({ hpas: many }) }).incident;
    expect([known.failedHpas.length <= 20, known.moreFailedHpas]).toEqual([true, true]);
  });

  test("one that recovers while others fail stays remembered", () => {
    const first = look({ evidence: incident() }).incident;
    const second = look({
      evidence: incident({ hpas: [...failing504(["web"]), ...active(["worker"])] }),
      incident: first,
      now: NOW + minutes(1),
    });
    expect(second.incident.failedHpas).toEqual(["shop/keda-hpa-web", "shop/keda-hpa-worker"]);
  });

  test("503 and hop C are not remembered", () => {
    expect(look({ evidence: incident({ hpas: failing503() }) }).incident.failedHpas).toEqual([]);
  });
});

describe("an open incident is always due", () => {
  test.each([
    ["waiting", incident({ issuance: { issuing: true } }), seconds(15)],
    ["refused", incident({ keyFits: sawAt(false, NOW) }), minutes(1)],
    ["escalated", incident({ hpas: unseen("Forbidden", "no right") }), minutes(5)],
    ["acting", incident(), minutes(1)],
  ])("%s", (_, e, after) => {
    expect(look({ evidence: e }).incident.dueAt).toBe(NOW + after);
  });

  test("one that is over is not", () => {
    expect(look({ evidence: evidence(), incident: opened() }).incident).toMatchObject({ phase: "closed" });
    expect(look({ evidence: evidence(), incident: opened() }).incident.dueAt).toBeUndefined();
  });
});

describe("a newer generation takes its place", () => {
  const acting = look({ evidence: incident() }).incident;

  test("closes what is open and asks for nothing more", () => {
    const over = superseded(acting, NOW + minutes(1));
    expect(over).toMatchObject({ phase: "closed", outcome: { result: "recoveredWithoutUs" } });
    expect(over.effects.map((e) => e.kind)).not.toContain("requestRestart");
    expect([over.dueAt, over.waitingSince]).toEqual([undefined, undefined]);
  });

  test("leaves alone what is over", () => {
    const over = superseded(acting, NOW);
    expect(superseded(over, NOW + days(1))).toBe(over);
  });
});

describe("symptoms fold in any order, with any duplicates (I4)", () => {
  const signal = fc.record({
    kind: fc.constantFrom("SecretChanged", "PodChanged", "MetricFailed", "Tick", "ScalerFailed"),
    at: fc.integer({ min: NOW - days(1), max: NOW }),
  });

  test("the same incident comes out", () => {
    fc.assert(
      fc.property(fc.array(signal, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (signals, luck) => {
        const fold = (all: typeof signals) => all.reduce((known, s) => withSymptom(known, s.kind, s.at), opened());
        const shuffled = [...signals, ...signals.slice(0, 3)]
          .map((s) => ({ s, key: luck.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ s }) => s);
        expect(fold(shuffled)).toEqual(fold(signals));
      }),
      { numRuns: 100 },
    );
  });
});

test("an incident that was recovered and is due again is opened again, without its old outcome", () => {
  const recovered = performed(ago(days(1)), {
    phase: "recovered",
    outcome: { result: "recovered", at: ago(days(1)), sentence: "It was." },
  });
  const again = look({
    evidence: incident({ metricsApiserver: { ...restarted, restartedAt: ago(days(1)) } }),
    incident: recovered,
  });
  expect(again.decision).toMatchObject({ kind: "escalate", code: "AlreadyRestarted" });
  expect(again.incident.phase).toBe("escalated");
});

test("a symptom keeps its first and its last time, whichever came first", () => {
  const fold = (...ats: readonly number[]) => ats.reduce((known, at) => withSymptom(known, "PodChanged", at), opened());
  for (const order of [
    [3, 1, 2],
    [1, 2, 3],
    [2, 3, 1],
  ])
    expect(fold(...order).symptoms).toEqual([{ kind: "PodChanged", first: 1, last: 3 }]);
});

test("the first event's trace context is the incident's", () => {
  const opening = { name: "n", installation: "i", generation: "g", now: NOW, foundBy: "event" } as const;
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  expect(openIncident({ ...opening, traceparent }).traceparent).toBe(traceparent);
  expect("traceparent" in openIncident({ ...opening, traceparent: undefined })).toBe(false);
});

test("another plan than the one on record replaces it, as long as nothing of it was done", () => {
  const first = look({ evidence: incident() }).incident;
  const second = look({ evidence: operatorStale(), incident: first, now: NOW + minutes(1) }).incident;
  expect(second.plan?.steps.map((s) => s.component)).toEqual(["operator"]);
  expect(second.plan?.cause).toBe("OperatorStale");
  expect(second.effects.filter((e) => e.kind === "requestRestart").map((e) => e.component)).toEqual(["operator"]);
});
