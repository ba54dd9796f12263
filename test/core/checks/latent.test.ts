import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, judge, policy } from "../../builders/casefile.ts";
import { chart, nextLeaf } from "../../builders/certificates.ts";
import { evidence, formerPair, killedAt, oomKilled, presentPair, rotatedAt } from "../../builders/evidence.ts";
import { ago, NOW } from "../../builders/time.ts";

const codeOf = (e: ReturnType<typeof evidence>, by = acting) => diagnose(e, by).code;

describe("nothing fails: will it?", () => {
  const rotated = { writtenAt: rotatedAt, before: [formerPair] };
  const latent = (more = {}) => evidence({ ...rotated, operatorPresents: formerPair, ...more });

  test("an old/old pair works until one of them restarts", () => {
    const told = diagnose(latent(), acting);
    expect(told).toMatchObject({ code: "LatentMismatch", disposition: "latent" });
    expect(told.stale).toEqual([
      { component: "operator", pods: ["operator-1"] },
      { component: "metrics-apiserver", pods: ["adapter-1"] },
    ]);
  });

  test("it needs no history: the operator shows what it holds", () => {
    expect(codeOf(latent({ before: [] }))).toBe("LatentMismatch");
  });

  test("a metrics-apiserver that may hold either pair works with the old operator: both are restarted", () => {
    const writtenAt = ago(minutes(30));
    const startedAt = writtenAt + minutes(1);
    const e = latent({ writtenAt, adapterPods: [oomKilled(startedAt)], log: { established: startedAt + seconds(4) } });
    const { decision } = judge({ evidence: e, policy: policy({ restartOnLatent: true }) });
    expect(decision.targets.map((t) => t.component)).toEqual(["operator", "metrics-apiserver"]);
  });

  test("one that was started after the write is left alone", () => {
    const told = diagnose(latent({ adapterPods: [{ startedAt: ago(minutes(20)) }] }), acting);
    expect(told.stale.map((s) => s.component)).toEqual(["operator"]);
  });

  test("warned by default, restarted by policy only", () => {
    expect(judge({ evidence: latent() }).decision).toMatchObject({ kind: "none", code: "LatentMismatch", targets: [] });
    const { decision } = judge({ evidence: latent(), policy: policy({ restartOnLatent: true }) });
    expect(decision.kind).toBe("restart");
    expect(decision.targets.map((t) => t.name)).toEqual(["keda-operator", "keda-metrics-apiserver"]);
  });

  test("on a key that nobody proved a restart needs an approval", () => {
    const unproved = { from: "CertificateRequest", keyFits: unseen("Withheld", "not read") } as const;
    expect(diagnose(latent({ ...unproved, adapterPresents: formerPair }), acting).needsApproval).toBe(true);
    expect(diagnose(latent(unproved), acting).needsApproval).toBeUndefined();
  });

  test("an operator that is new already: the next request of the old metrics-apiserver will fail", () => {
    const told = diagnose(evidence({ ...rotated, operatorPods: [oomKilled(killedAt)] }), acting);
    expect(told).toMatchObject({
      code: "LatentMismatch",
      stale: [{ component: "metrics-apiserver", pods: ["adapter-1"] }],
    });
  });

  test("of two metrics-apiservers only the one that has not connected since is in danger", () => {
    const e = evidence({
      ...rotated,
      operatorPods: [oomKilled(killedAt)],
      adapterPods: [{}, { startedAt: ago(minutes(20)) }],
      log: [{ established: ago(days(1)) }, { established: ago(minutes(5)) }],
    });
    expect(diagnose(e, acting)).toMatchObject({
      code: "LatentMismatch",
      stale: [{ component: "metrics-apiserver", pods: ["adapter-1"] }],
    });
  });

  test.each([
    ["a standby that does not listen", [presentPair, unseen("Unreachable", "connection refused")], "LatentMismatch"],
    ["nobody that could be probed", [unseen("Timeout", "slow"), unseen("Timeout", "slow")], "Healthy"],
  ])("two operators, %s beside", (_, operatorPresents, code) => {
    expect(codeOf(evidence({ ...rotated, operatorPods: [oomKilled(killedAt), {}], operatorPresents }))).toBe(code);
  });

  test("an operator that is old, and a metrics-apiserver that is new: the operator is to be restarted", () => {
    const told = diagnose(latent({ adapterPods: [{ startedAt: ago(minutes(20)) }] }), acting);
    expect(told.stale).toEqual([{ component: "operator", pods: ["operator-1"] }]);
    expect(told.sentence).toContain("the metrics-apiserver does not");
  });

  test("unless the log shows that it connected to the new operator", () => {
    const e = evidence({ ...rotated, operatorPods: [oomKilled(killedAt)], log: { established: ago(minutes(5)) } });
    expect(codeOf(e)).toBe("Healthy");
  });

  test("without history nobody can tell, and nothing fails", () => {
    expect(codeOf(evidence({ writtenAt: rotatedAt, operatorPods: [oomKilled(killedAt)] }))).toBe("Healthy");
  });
});

describe("without history the first connection to an operator that started anew is waited for", () => {
  const restarted = (age: number, more = {}) =>
    evidence({ writtenAt: rotatedAt, operatorPods: [oomKilled(ago(seconds(age + 2)))], ...more });

  test("for two minutes, looking every 15 s, and no calm is claimed meanwhile", () => {
    const told = diagnose(restarted(40), acting);
    expect(told).toMatchObject({
      code: "ConnectionUnproved",
      disposition: "inProgress",
      lookAgainAt: NOW + seconds(15),
    });
    expect(told.sentence).toContain("started 40s ago, and no log shows that adapter-1 has connected to it since");
    expect([codeOf(restarted(119)), codeOf(restarted(120))]).toEqual(["ConnectionUnproved", "Healthy"]);
    expect(judge({ evidence: restarted(40) }).decision).toMatchObject({ kind: "wait", targets: [] });
  });

  test.each([
    ["a connection since its start proves it", { log: { established: ago(seconds(30)) } }, "Healthy"],
    ["one of before proves nothing", { log: { established: ago(seconds(50)) } }, "ConnectionUnproved"],
    ["a log that nobody could read proves nothing", { log: unseen("Forbidden", "no") }, "ConnectionUnproved"],
    ["a metrics-apiserver with the present pair needs none", { adapterPods: [{ startedAt: killedAt }] }, "Healthy"],
    ["a KEDA that reloads needs none", { metricsApiserver: { version: "2.20.2" } }, "Healthy"],
    ["with history it is known at once", { before: [formerPair] }, "LatentMismatch"],
  ])("%s", (_, more, code) => {
    expect(codeOf(restarted(40, more))).toBe(code);
  });

  test("of two metrics-apiservers the one that has not connected is named", () => {
    const log = [{ established: ago(seconds(30)) }, { established: ago(days(1)) }];
    const { code, sentence } = diagnose(restarted(40, { adapterPods: [{}, {}], log }), acting);
    expect([code, /adapter-\d/.exec(sentence)?.[0]]).toEqual(["ConnectionUnproved", "adapter-2"]);
  });
});

describe("a safe rotation is watched until something in memory expires", () => {
  const now = chart("watched");
  const until = NOW + days(3);
  const before = nextLeaf(now, "watched-before", { notBefore: ago(days(90)), notAfter: until });
  const safe = (more = {}) =>
    evidence({ secret: now, writtenAt: rotatedAt, before: [before], operatorPresents: before, ...more });

  test("nothing to do before the earliest notAfter, and the sentence names it", () => {
    const { diagnosis, decision } = judge({ evidence: safe() });
    expect(diagnosis).toMatchObject({ code: "SafeRotation", disposition: "healthy", lookAgainAt: until });
    expect(diagnosis.sentence).toContain("2026-11-26T17:05:00Z");
    expect(decision).toMatchObject({ kind: "none", dueAt: until });
  });

  test("a metrics-apiserver that still holds the old leaf counts, though the operator is new", () => {
    expect(diagnose(safe({ operatorPresents: now }), acting)).toMatchObject({
      code: "SafeRotation",
      lookAgainAt: until,
    });
  });

  test("the earliest of all that is held counts", () => {
    const sooner = nextLeaf(now, "sooner", { notBefore: ago(days(90)), notAfter: NOW + days(1) });
    const both = (operatorPresents: typeof now, held: typeof now) =>
      diagnose(safe({ operatorPresents, before: [held] }), acting).lookAgainAt;
    expect([both(sooner, before), both(before, sooner)]).toEqual([NOW + days(1), NOW + days(1)]);
  });

  test("when both are new nothing is held", () => {
    expect(codeOf(safe({ operatorPresents: now, adapterPods: [{ startedAt: ago(minutes(20)) }] }))).toBe("Healthy");
  });

  const overdue = nextLeaf(now, "overdue", { notBefore: ago(days(90)), notAfter: ago(minutes(1)) });

  test.each([
    ["the operator", { before: [overdue], operatorPresents: overdue }, ["operator", "metrics-apiserver"]],
    ["the metrics-apiserver", { before: [overdue], operatorPresents: now }, ["metrics-apiserver"]],
  ])("what has expired in %s's memory is warned of before it fails, and never due in the past", (_, more, sides) => {
    const { diagnosis, decision } = judge({ evidence: safe(more) });
    expect(diagnosis).toMatchObject({ code: "LatentMismatch", disposition: "latent" });
    expect(diagnosis.stale.map((s) => s.component)).toEqual(sides);
    expect(decision.dueAt ?? NOW).toBeGreaterThanOrEqual(NOW);
  });

  test("a metrics-apiserver that is older than the expired generation does not hold it", () => {
    const evidence = safe({ before: [overdue], operatorPresents: now, adapterPods: [{ startedAt: ago(days(40)) }] });
    expect(codeOf(evidence)).toBe("Healthy");
  });
});
