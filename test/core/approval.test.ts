import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { approvalHash, approved } from "../../src/core/approval.ts";
import { mayRestart } from "../../src/core/evolve.ts";
import { type Instant, minutes, seconds } from "../../src/core/instant.ts";
import type { Mode } from "../../src/core/policy.ts";
import { unseen } from "../../src/core/seen.ts";
import { judge, opened, policy } from "../builders/casefile.ts";
import { type Changes, formerPair, incident, operatorStale, presentPair } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const what = {
  incident: "prod.keda.0123",
  generation: presentPair.generation,
  targets: [{ component: "metrics-apiserver" as const, namespace: "keda", name: "keda-metrics-apiserver" }],
  diagnosis: {
    code: "MetricsApiserverStale",
    stale: [{ component: "metrics-apiserver" as const, pods: ["adapter-2", "adapter-1"] }],
  },
};
const hash = approvalHash(what);

describe("an approval is for one incident, one generation, these targets, this evidence", () => {
  test.each([
    ["another incident", { incident: "prod.keda.4567" }],
    ["another generation", { generation: formerPair.generation }],
    ["another target", { targets: [{ ...what.targets[0], name: "other" } as (typeof what.targets)[0]] }],
    ["another namespace", { targets: [{ ...what.targets[0], namespace: "other" } as (typeof what.targets)[0]] }],
    ["another cause", { diagnosis: { ...what.diagnosis, code: "MetricsApiserversMixed" } }],
    [
      "another stale Pod",
      { diagnosis: { ...what.diagnosis, stale: [{ component: "metrics-apiserver" as const, pods: ["adapter-1"] }] } },
    ],
    ["no target", { targets: [] }],
  ])("%s is another approval", (_, change) => {
    expect(approvalHash({ ...what, ...change })).not.toBe(hash);
  });

  test("the order in which Pods were listed is not", () => {
    const stale = [{ component: "metrics-apiserver" as const, pods: ["adapter-1", "adapter-2"] }];
    expect(approvalHash({ ...what, diagnosis: { ...what.diagnosis, stale } })).toBe(hash);
  });
});

/** Whether the restart may be made, with an approval of the given hash and time on each target. */
function allowed(mode: Mode, approval: { hash?: string; at?: Instant } | undefined, changes: Changes = {}): boolean {
  const given = (e: typeof incident) => (approvalOn?: { hash: string; at: Instant }) => {
    const on = approvalOn === undefined ? {} : { approval: approvalOn };
    return e({
      ...changes,
      operator: { ...changes.operator, ...on },
      metricsApiserver: { ...changes.metricsApiserver, ...on },
    });
  };
  const build = given(changes.operatorPresents === formerPair ? operatorStale : incident);
  const by = policy({ mode });
  const known = opened();
  const { diagnosis, decision } = judge({ evidence: build(), incident: known, policy: by });
  const own = approvalHash({
    incident: known.name,
    generation: known.generation,
    targets: decision.targets,
    diagnosis,
  });
  const again = build(approval === undefined ? undefined : { hash: approval.hash ?? own, at: approval.at ?? NOW });
  const { file } = judge({ evidence: again, incident: known, policy: by });
  return mayRestart({ ...file, incident: known }, { diagnosis, decision, policy: by, now: NOW });
}

describe("what the mode lets us do", () => {
  test.each([
    ["observe", undefined, false],
    ["observe", {}, false],
    ["approve", undefined, false],
    ["approve", {}, true],
    ["act", undefined, true],
  ] as const)("%s, approval %j: %s", (mode, approval, may) => {
    expect(allowed(mode, approval)).toBe(may);
  });

  test.each([
    ["given an hour ago", { at: ago(minutes(60)) }, true],
    ["a second older", { at: ago(minutes(60) + seconds(1)) }, false],
    ["from a clock that is 5 s ahead", { at: NOW + seconds(5) }, true],
    ["from the future", { at: NOW + seconds(6) }, false],
    ["of something else", { hash: "0".repeat(64) }, false],
  ])("an approval %s", (_, approval, may) => {
    expect(allowed("approve", approval)).toBe(may);
  });

  test("act still needs an approval where nobody proved the Secret's key", () => {
    const unproved = {
      from: "CertificateRequest",
      keyFits: unseen("Withheld", "not read"),
      operatorPresents: formerPair,
      adapterPresents: formerPair,
    } as const;
    expect(allowed("act", undefined, unproved)).toBe(false);
    expect(allowed("act", {}, unproved)).toBe(true);
    expect(allowed("observe", {}, unproved)).toBe(false);
  });

  test("a plan of two needs the approval on both targets", () => {
    const by = policy({ mode: "approve" });
    const known = opened();
    const both = (on: readonly ("operator" | "metricsApiserver")[]) => {
      const plain = operatorStale({ adapterPods: [{}] });
      const { diagnosis, decision } = judge({ evidence: plain, incident: known, policy: by });
      const own = approvalHash({
        incident: known.name,
        generation: known.generation,
        targets: decision.targets,
        diagnosis,
      });
      const marks = Object.fromEntries(on.map((field) => [field, { approval: { hash: own, at: NOW } }]));
      const { file } = judge({ evidence: operatorStale({ adapterPods: [{}], ...marks }), incident: known, policy: by });
      return mayRestart({ ...file, incident: known }, { diagnosis, decision, policy: by, now: NOW });
    };
    expect([both([]), both(["operator"]), both(["metricsApiserver"]), both(["operator", "metricsApiserver"])]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test("it skips no check: a refusal stays a refusal", () => {
    expect(allowed("approve", {}, { metricsApiserver: { pausedByPerson: "x" } })).toBe(false);
  });
});

describe("an approval that was given stands", () => {
  const two = {
    ...what,
    targets: [{ component: "operator" as const, namespace: "keda", name: "keda-operator" }, ...what.targets],
    diagnosis: {
      code: "BothStale",
      stale: [{ component: "operator" as const, pods: ["operator-1"] }, ...what.diagnosis.stale],
    },
  };
  const lines = [
    "prod.keda.0123",
    presentPair.generation,
    "operator=keda/keda-operator,metrics-apiserver=keda/keda-metrics-apiserver",
    "BothStale",
    "operator:operator-1;metrics-apiserver:adapter-1,adapter-2",
  ];

  test("through an upgrade of ours: it is the SHA-256 over these five lines, Pods in the order of their names", () => {
    const expected = createHash("sha256").update(lines.join("\n")).digest("hex");
    expect(approvalHash(two)).toBe(expected);
  });

  test("on a Deployment that can be read, and on every target of the plan", () => {
    const approval = { hash, at: NOW };
    const given = (changes: Changes) => approved(incident(changes), what, policy(), NOW);
    expect(given({ metricsApiserver: { approval } })).toBe(true);
    expect(given({ metricsApiserver: {} })).toBe(false);
    expect(given({ operator: { approval } })).toBe(false);
    expect(given({ metricsApiserver: unseen("Forbidden", "no right") })).toBe(false);
  });
});
