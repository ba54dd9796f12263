import { describe, expect, test } from "@jest/globals";
import { approvalHash } from "../../src/core/approval.ts";
import { days, minutes, seconds } from "../../src/core/instant.ts";
import { type Given, installation, judge, look, policy } from "../builders/casefile.ts";
import { chart, nextLeaf } from "../builders/certificates.ts";
import { type Changes, evidence, rotatedAt, tlsFailing } from "../builders/evidence.ts";
import { active, failing504 } from "../builders/hpas.ts";
import { performed, step } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

// A leaf that both sides held has expired (oracle M13, client OO, server OO). The operator was restarted; only now the
// metrics-apiserver's own leaf is refused.
const present = chart("follow-up");
const held = nextLeaf(present, "follow-up-held", { notBefore: ago(days(400)), notAfter: ago(minutes(40)) });
const restartedAt = ago(minutes(7));
const marked = { restartedFor: present.generation, restartedAt, version: "2.20.1" };

const refused = (more: Changes = {}) =>
  evidence({
    secret: present,
    before: [held],
    writtenAt: rotatedAt,
    operator: marked,
    operatorPods: [{ startedAt: restartedAt + seconds(3) }],
    metricsApiserver: { version: "2.20.1" },
    log: tlsFailing("remote error: tls: expired certificate"),
    hpas: failing504(),
    ...more,
  });

const afterOperator = performed(restartedAt, {
  generation: present.generation,
  plan: {
    cause: "ExpiredInMemory",
    reservedAt: restartedAt,
    evidenceHash: "0".repeat(64),
    steps: [step("operator", { state: "performed", performedAt: restartedAt })],
  },
});
const spent = {
  generation: present.generation,
  components: ["operator" as const],
  cause: "ExpiredInMemory",
  at: restartedAt,
};
const given = (more: Partial<Given> = {}): Given => ({
  evidence: refused(),
  incident: afterOperator,
  installation: installation({ reservations: [spent] }),
  ...more,
});

describe("the operator was restarted, and proves that the metrics-apiserver is stale too", () => {
  test("it follows within the same incident, cool-down or not", () => {
    const { decision, incident } = look(given());
    expect(decision).toMatchObject({ kind: "restart", code: "ExpiredInMemory" });
    expect(decision.targets.map((t) => t.component)).toEqual(["metrics-apiserver"]);
    expect(incident.phase).toBe("acting");
    expect(incident.plan?.steps.map((s) => [s.component, s.state])).toEqual([["metrics-apiserver", "requested"]]);
  });

  test("restart, which looks again, comes to the same decision", () => {
    const { incident } = look(given());
    const reservations = [spent, { ...spent, components: ["metrics-apiserver" as const], at: NOW }];
    const again = judge(given({ incident, installation: installation({ reservations }) })).decision;
    expect([again.kind, again.targets.map((t) => t.component)]).toEqual(["restart", ["metrics-apiserver"]]);
  });

  test("without an approval nothing is done where one is needed", () => {
    const { incident, decision } = look(given({ policy: policy({ mode: "approve" }) }));
    expect(decision.kind).toBe("restart");
    expect(incident.effects.filter((e) => e.kind === "requestRestart")).toEqual([]);
  });

  test("the approval that comes later is heeded at the next look, cool-down or not", () => {
    const by = policy({ mode: "approve" });
    const asked = look(given({ policy: by }));
    expect(asked.incident.phase).toBe("verifying");
    const hash = approvalHash({
      incident: asked.incident.name,
      generation: asked.incident.generation,
      targets: asked.decision.targets,
      diagnosis: asked.diagnosis,
    });
    const approval = { hash, at: NOW + seconds(20) };
    const evidence = refused({ metricsApiserver: { version: "2.20.1", approval } });
    const next = look(given({ policy: by, incident: asked.incident, evidence, now: NOW + seconds(30) }));
    expect(next.decision).toMatchObject({ kind: "restart", code: "ExpiredInMemory" });
    expect(next.incident.effects.map((e) => e.kind)).toContain("requestRestart");
  });

  test("outside the maintenance window it waits for it, and follows when it opens", () => {
    const closed = policy({ maintenanceWindow: { from: 2 * 60, to: 4 * 60 } });
    const waits = look(given({ policy: closed }));
    expect([waits.decision.code, waits.incident.phase]).toEqual(["OutsideMaintenanceWindow", "verifying"]);
    const next = look(given({ incident: waits.incident, now: NOW + seconds(30) }));
    expect(next.decision).toMatchObject({ kind: "restart", code: "ExpiredInMemory" });
  });

  test.each<[string, Partial<Given>, string]>([
    [
      "a person's pause",
      { evidence: refused({ metricsApiserver: { version: "2.20.1", pausedByPerson: "x" } }) },
      "PausedByAnnotation",
    ],
    ["the breaker", { installation: installation({ breaker: [present.generation] }) }, "BreakerOpen"],
    [
      "the budget",
      { installation: installation({ reservations: [1, 2, 3].map((n) => ({ ...spent, at: ago(minutes(n * 5)) })) }) },
      "BudgetSpent",
    ],
    [
      "the storm brake",
      { installation: installation({ rotations: [1, 2, 3, 4].map((n) => ago(minutes(n))) }) },
      "StormBrake",
    ],
    [
      "its own restart for this generation",
      { evidence: refused({ metricsApiserver: { ...marked, restartedAt: ago(minutes(6)) } }) },
      "AlreadyRestarted",
    ],
  ])("%s stops it", (_, more, code) => {
    const { decision } = judge(given(more));
    expect([decision.kind === "restart", decision.code]).toEqual([false, code]);
  });
});

describe("nothing follows, and recovery is verified", () => {
  const codeOf = (more: Partial<Given>): string => judge(given(more)).decision.code;

  test("while the log says what it said before the restart", () => {
    const old = tlsFailing("remote error: tls: expired certificate", restartedAt - seconds(30));
    expect(codeOf({ evidence: refused({ log: old }) })).toBe("NotRecovered");
  });

  test("when the HPAs have their metrics", () => {
    expect(codeOf({ evidence: refused({ hpas: active(), log: { established: ago(minutes(5)) } }) })).toBe(
      "RecoverySeenOnce",
    );
  });

  test("when the Deployment does not carry the mark of the first step", () => {
    expect(codeOf({ evidence: refused({ operator: { version: "2.20.1" } }) })).toBe("NotRecovered");
  });

  test("when it was the metrics-apiserver that was restarted", () => {
    const plan = {
      cause: "x",
      reservedAt: restartedAt,
      evidenceHash: "",
      steps: [step("metrics-apiserver", { state: "performed", performedAt: restartedAt })],
    };
    expect(codeOf({ incident: { ...afterOperator, plan } })).toBe("NotRecovered");
  });

  test("when it is gRPC that is stuck, whatever the policy", () => {
    const quiet = refused({
      log: {},
      hpas: failing504(["web"], ago(minutes(8))),
      adapterPods: [{ startedAt: ago(days(1)) }],
    });
    expect(codeOf({ evidence: quiet, policy: policy({ restartOnStuckConnection: true }) })).toBe("NotRecovered");
  });
});
