import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { families } from "../../src/core/checks/all.ts";
import { decide } from "../../src/core/decide.ts";
import { diagnose } from "../../src/core/diagnose.ts";
import type { Evidence } from "../../src/core/evidence.ts";
import { evolve } from "../../src/core/evolve.ts";
import { modes, type Policy } from "../../src/core/policy.ts";
import { reasons } from "../../src/core/reasons.ts";
import { sawAt } from "../../src/core/seen.ts";
import {
  anyEvidence,
  bases,
  ca,
  changes,
  expired,
  incidents,
  inconsistent,
  misnamed,
  nameText,
  oneOf,
  policies,
  safeLeaf,
  scenes,
  texts,
} from "../builders/arbitrary.ts";
import { installation, judge, look, policy } from "../builders/casefile.ts";
import type { Pair } from "../builders/certificates.ts";
import { type Changes, formerPair, networkFailing, presentPair, tlsFailing, working } from "../builders/evidence.ts";
import { active, failing503, failing504, failingScaler } from "../builders/hpas.ts";
import { NOW } from "../builders/time.ts";

const runs = { numRuns: 300 };

describe("whatever is seen and whatever is not", () => {
  test("a diagnosis is made, with a listed code, a sentence and every check accounted for", () => {
    const checks = families.flatMap((family) => family.checks).length;
    fc.assert(
      fc.property(anyEvidence, policies, (e, by) => {
        const told = diagnose(e, by);
        expect(reasons[told.code]).toBeDefined();
        expect(told.sentence).toMatch(/\S/);
        expect(`${told.sentence} ${told.permanentCure}`).not.toMatch(/undefined|NaN|Infinity|\[object/);
        expect(told.checks).toHaveLength(checks);
        expect(told.stale.length > 0).toBe(told.disposition === "curable" || told.disposition === "latent");
        expect(told.lookAgainAt ?? NOW).toBeGreaterThanOrEqual(NOW);
      }),
      { numRuns: 600 },
    );
  });

  test("a decision is made, and only a restart has targets", () => {
    fc.assert(
      fc.property(anyEvidence, policies, incidents, (e, by, known) => {
        const { decision, diagnosis } = judge({ evidence: e, policy: by, incident: known });
        expect(reasons[decision.code]).toBeDefined();
        expect(decision.sentence).not.toMatch(/undefined|NaN|Infinity|\[object/);
        expect(decision.targets.length > 0).toBe(decision.kind === "restart");
        if (decision.kind === "restart" && decision.code !== "PlanStepTwo")
          expect(["curable", "latent"]).toContain(diagnosis.disposition);
      }),
      runs,
    );
  });

  test("the operator is always the first of two targets, and no component is named twice", () => {
    fc.assert(
      fc.property(anyEvidence, policies, (e, by) => {
        const names = judge({ evidence: e, policy: by }).decision.targets.map((t) => t.component);
        expect([[], ["operator"], ["metrics-apiserver"], ["operator", "metrics-apiserver"]]).toContainEqual(names);
      }),
      runs,
    );
  });

  test("an incident comes out that fits its store, and is due unless it is over", () => {
    fc.assert(
      fc.property(anyEvidence, policies, incidents, (e, by, known) => {
        const { incident: after } = look({ evidence: e, policy: by, incident: known });
        expect(Buffer.byteLength(JSON.stringify(after))).toBeLessThanOrEqual(4096);
        const over = after.phase === "recovered" || after.phase === "closed";
        expect(after.dueAt === undefined).toBe(over);
        if (!over) expect(after.dueAt).toBeGreaterThanOrEqual(NOW);
      }),
      runs,
    );
  });

  test("no restart is asked for in observe, nor without a decision to restart", () => {
    fc.assert(
      fc.property(anyEvidence, policies, (e, by) => {
        const { incident: after, decision } = look({ evidence: e, policy: by });
        const asked = after.effects.some((effect) => effect.kind === "requestRestart");
        if (asked) expect([decision.kind, by.mode === "observe"]).toEqual(["restart", false]);
      }),
      runs,
    );
  });
});

describe("I3: no restart for what a restart cannot cure", () => {
  const restarts = (e: Evidence, by: Partial<Policy> = {}) =>
    judge({ evidence: e, policy: policy({ restartOnLatent: true, restartOnStuckConnection: true, ...by }) }).decision
      .kind === "restart";
  const never = (name: string, only: fc.Arbitrary<Changes>, by: Partial<Policy> = {}) =>
    test(name, () => {
      fc.assert(
        fc.property(bases, changes, only, (base, any, fixed) => !restarts(base({ ...any, ...fixed }), by)),
        runs,
      );
    });
  const alive = { operator: {}, issuance: {} };

  never("an inconsistent Secret", oneOf({ secret: inconsistent }, { secret: expired }, { secret: misnamed }));
  never("a key that does not fit", oneOf<Changes>({ keyFits: sawAt(false, NOW) }));
  never(
    "an unexpired safe rotation",
    fc
      .record({
        ...{ secret: oneOf(ca), before: oneOf<readonly Pair[]>([safeLeaf], []), operatorPresents: oneOf(ca, safeLeaf) },
        log: oneOf(...texts.filter((text) => !text.includes("remote error")).map((text) => tlsFailing(text))),
        hpas: fc.constant(failing504()),
      })
      .filter((c) => c.operatorPresents === safeLeaf || c.before.length > 0)
      .filter((c) => !c.log.tlsFailure?.text.includes("expired"))
      .map((c) => ({ ...alive, ...c })),
  );
  never(
    "a name",
    fc.record({ log: oneOf(tlsFailing(nameText)), before: oneOf<readonly Pair[]>([], [formerPair]) }).map((c) => ({
      ...c,
      secret: presentPair,
      operatorPresents: presentPair,
      hpas: failing504(),
    })),
  );
  never("the network", oneOf({ log: networkFailing("dial tcp: i/o timeout"), hpas: failing504() }), {
    restartOnLatent: false,
  });
  never("a scaler's source", oneOf({ hpas: failingScaler(), log: working }), { restartOnLatent: false });
  never("hop A", oneOf({ hpas: failing503() }), { restartOnLatent: false });
  never("an operator scaled to zero", oneOf({ operator: { replicas: 0 } }));
  never("nothing that fails, by default", oneOf({ hpas: active() }), { restartOnLatent: false });
});

describe("I4: the same facts, the same decision", () => {
  test("decide is a function of what it is given", () => {
    fc.assert(
      fc.property(anyEvidence, policies, incidents, (e, by, known) => {
        const copy = structuredClone(e);
        const file = { installation: installation(), incident: known, evidence: e };
        const again = { installation: installation(), incident: structuredClone(known), evidence: copy };
        const [one, other] = [diagnose(e, by), diagnose(copy, by)];
        expect(other).toEqual(one);
        expect(decide(again, other, by, NOW)).toEqual(decide(file, one, by, NOW));
      }),
      runs,
    );
  });

  test("and changes nothing of it", () => {
    fc.assert(
      fc.property(anyEvidence, policies, incidents, (e, by, known) => {
        const given = { e, known };
        const copy = structuredClone(given);
        const { file, diagnosis, decision } = judge({ evidence: e, policy: by, incident: known });
        if (file.incident !== undefined)
          evolve({ ...file, incident: file.incident }, { diagnosis, decision, policy: by, now: NOW });
        expect(given).toEqual(copy);
      }),
      runs,
    );
  });

  test("the order in which Pods and HPAs were listed does not matter", () => {
    const turned = <T>(list: readonly T[]): readonly T[] => [...list].reverse();
    const turn = (e: Evidence): Evidence => ({
      ...e,
      hpas: e.hpas.seen ? { ...e.hpas, value: { ...e.hpas.value, hpas: turned(e.hpas.value.hpas) } } : e.hpas,
      operator: e.operator.seen
        ? { ...e.operator, value: { ...e.operator.value, pods: turned(e.operator.value.pods) } }
        : e.operator,
      metricsApiserver: e.metricsApiserver.seen
        ? { ...e.metricsApiserver, value: { ...e.metricsApiserver.value, pods: turned(e.metricsApiserver.value.pods) } }
        : e.metricsApiserver,
    });
    fc.assert(
      fc.property(anyEvidence, policies, (e, by) => {
        const essence = (evidenceOf: Evidence) => {
          const { decision } = judge({ evidence: evidenceOf, policy: by });
          return [decision.kind, decision.code, decision.targets];
        };
        expect(essence(turn(e))).toEqual(essence(e));
      }),
      { numRuns: 600 },
    );
  });

  test("the mode never changes the decision", () => {
    fc.assert(
      fc.property(anyEvidence, incidents, (e, known) => {
        const decisions = modes.map(
          (mode) => judge({ evidence: e, policy: policy({ mode }), incident: known }).decision,
        );
        expect(new Set(decisions.map((d) => JSON.stringify(d))).size).toBe(1);
      }),
      runs,
    );
  });
});

test("the arbitrary evidence is worth its name: it reaches restarts and most causes", () => {
  const codes = new Map<string, number>();
  for (const e of fc.sample(scenes, { numRuns: 3000, seed: 42 })) {
    const { code } = diagnose(e, policy());
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  expect(codes.size).toBeGreaterThan(20);
  expect([...codes.keys()]).toEqual(expect.arrayContaining(["MetricsApiserverStale", "OperatorStale", "BothStale"]));
});
