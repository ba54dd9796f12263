import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { families } from "../../src/core/checks/all.ts";
import { decide } from "../../src/core/decide.ts";
import { diagnose } from "../../src/core/diagnose.ts";
import type { Evidence, HopBLog } from "../../src/core/evidence.ts";
import { evolve } from "../../src/core/evolve.ts";
import type { Incident } from "../../src/core/incident.ts";
import { days, minutes, seconds } from "../../src/core/instant.ts";
import { modes, type Policy } from "../../src/core/policy.ts";
import { reasons } from "../../src/core/reasons.ts";
import { sawAt, type Unseen, unseen } from "../../src/core/seen.ts";
import { installation, judge, look, opened, policy } from "../builders/casefile.ts";
import { chart, mixedPair, nextLeaf, type Pair, selfSigned } from "../builders/certificates.ts";
import {
  type Changes,
  evidence,
  formerPair,
  incident,
  networkFailing,
  oomKilled,
  operatorStale,
  parentCannotSign,
  presentPair,
  rotatedAt,
  tlsFailing,
  waiting,
  working,
} from "../builders/evidence.ts";
import { active, failing503, failing504, failingOther, failingScaler, idle } from "../builders/hpas.ts";
import { halfDone, performed } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";
import { exampleEvidence } from "./ways.ts";

const runs = { numRuns: 300 };
const misses: readonly Unseen[] = (
  ["NotFound", "Forbidden", "Unauthorized", "Unreachable", "Timeout", "Malformed", "Withheld", "NotAsked"] as const
).map((reason) => unseen(reason, `it was ${reason}`));
const miss = fc.constantFrom(...misses);
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const ca = chart("ca");
const safeLeaf = nextLeaf(ca, "safe-leaf");
const oldCa = chart("old-ca");
const inconsistent = mixedPair(presentPair, formerPair);
const expired = selfSigned("expired", { notBefore: ago(days(90)), notAfter: ago(minutes(1)) });
const misnamed = selfSigned("misnamed", { dnsNames: ["keda-operator.other.svc"] });
const pairs = [presentPair, formerPair, ca, safeLeaf, oldCa, inconsistent, expired, misnamed];

const nameText = "x509: certificate is valid for keda-operator.keda.svc, not keda-operator.other.svc";
const texts = [
  parentCannotSign,
  nameText,
  "x509: certificate signed by unknown authority",
  'x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "keda-operator")',
  "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after 2026-11-23T17:04:00Z",
  "x509: certificate specifies an incompatible key usage",
  "remote error: tls: bad certificate",
  "remote error: tls: unknown certificate authority",
  "remote error: tls: expired certificate",
  "tls: first record does not look like a TLS handshake",
];
const logs: readonly HopBLog[] = [
  ...texts.map((text) => tlsFailing(text)),
  networkFailing("dial tcp 10.0.0.1:9666: connect: connection refused"),
  waiting,
  working,
  {},
];

const starts = oneOf(ago(days(5)), rotatedAt + seconds(20), rotatedAt + minutes(5), ago(minutes(15)), ago(seconds(40)));
const podChange = starts.chain((startedAt) =>
  fc.record({
    startedAt: fc.constant(startedAt),
    createdAt: oneOf(startedAt, Math.min(startedAt, ago(days(6)))),
    ready: fc.boolean(),
    deleting: fc.boolean(),
    restarts: fc.nat(6),
  }),
);
const pods = fc.array(
  fc.oneof({ weight: 3, arbitrary: podChange }, { weight: 1, arbitrary: fc.constant(oomKilled(ago(minutes(10)))) }),
  {
    maxLength: 3,
  },
);
const hpas = fc
  .array(
    oneOf(
      active(["a"]),
      failing504(["b"]),
      failing504(["c"], ago(minutes(9))),
      failing503(["d"]),
      failingScaler(["e"]),
      failingOther(["f"]),
      idle(["g"]),
    ),
    { maxLength: 4 },
  )
  .map((lists) => lists.flat());

/** Anything that may be seen differently. */
const everything = fc.record({
  secret: fc.oneof({ weight: 9, arbitrary: oneOf<Pair | Unseen>(...pairs) }, { weight: 1, arbitrary: miss }),
  writtenAt: oneOf(rotatedAt, ago(seconds(30)), ago(minutes(3)), ago(days(2))),
  keyFits: oneOf(sawAt(true, NOW), sawAt(false, NOW), unseen("Withheld", "not read")),
  before: oneOf<readonly Pair[]>([], [formerPair], [presentPair], [ca], [safeLeaf], [oldCa]),
  operatorPods: pods,
  adapterPods: pods,
  operator: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        rollout: oneOf<"complete" | "running">("complete", "running"),
        version: oneOf("2.13.1", "2.18.0"),
      }),
    },
    {
      weight: 1,
      arbitrary: oneOf({ paused: true }, { pausedByPerson: "x" }, { replicas: 0 }, { rollout: "stuck" as const }),
    },
    { weight: 1, arbitrary: miss },
  ),
  operatorPresents: fc.oneof({ weight: 5, arbitrary: oneOf<Pair | Unseen>(...pairs) }, { weight: 1, arbitrary: miss }),
  log: fc.oneof(
    { weight: 5, arbitrary: fc.array(oneOf<HopBLog | Unseen>(...logs, ...misses), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: miss },
  ),
  hpas: fc.oneof({ weight: 9, arbitrary: hpas }, { weight: 1, arbitrary: miss }),
  lease: fc.oneof(oneOf({}, { renewedAt: ago(minutes(1)) }, { acquiredAt: ago(seconds(30)) }), miss),
  issuance: oneOf({}, { issuing: true }),
  layout: oneOf({}, { subPath: true }),
});

const fields = [
  ...(["secret", "writtenAt", "keyFits", "before", "operatorPods", "adapterPods", "operator"] as const),
  ...(["operatorPresents", "log", "hpas", "lease", "issuance", "layout"] as const),
];

/** A healthy KEDA, the incident or its mirror image, with up to four things seen differently. */
const changes: fc.Arbitrary<Changes> = fc
  .tuple(everything, fc.shuffledSubarray(fields, { maxLength: 4 }))
  .map(([all, chosen]): Changes => Object.fromEntries(chosen.map((field) => [field, all[field]])));
const bases = oneOf(evidence, incident, operatorStale);
const scenes = fc.tuple(bases, changes).map(([base, changed]) => base(changed));

const policies: fc.Arbitrary<Policy> = fc
  .record({
    mode: oneOf(...modes),
    restartOnLatent: fc.boolean(),
    restartOnStuckConnection: fc.boolean(),
    endStalePodsEarly: fc.boolean(),
  })
  .map(policy);

const incidents: fc.Arbitrary<Incident | undefined> = oneOf(
  undefined,
  opened(),
  opened({ waitingSince: ago(minutes(20)) }),
  halfDone(ago(minutes(2))),
  halfDone(ago(minutes(20))),
  performed(ago(minutes(2))),
  performed(ago(minutes(20)), { recoverySeenAt: ago(seconds(30)) }),
  opened({ phase: "recovered" }),
);

/** Fields of evidence that somebody could not see, whatever the rest says. */
const blinded = fc
  .tuple(
    fc.constantFrom(...exampleEvidence().map(([, e]) => e)),
    fc.subarray([
      ...(["apiService", "layout", "material", "issuance", "operator", "metricsApiserver"] as const),
      ...(["lease", "hpas", "scaledObjects", "rawMetric"] as const),
    ]),
    miss,
  )
  .map(([e, fields, why]): Evidence => ({ ...e, ...Object.fromEntries(fields.map((field) => [field, why])) }));

const anyEvidence = fc.oneof(scenes, blinded);

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
