import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import type { PodFacts } from "../../../src/core/evidence.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, said } from "../../builders/casefile.ts";
import {
  evidence,
  incident,
  killedAt,
  networkFailing,
  oomKilled,
  presentPair,
  working,
} from "../../builders/evidence.ts";
import { active, failing504 } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const crashLooping = (more: Partial<PodFacts> = {}): Partial<PodFacts> => ({
  ready: false,
  restarts: 5,
  waiting: "CrashLoopBackOff",
  lastTermination: {
    reason: "Error",
    exitCode: 1,
    startedAt: ago(seconds(22)),
    finishedAt: ago(seconds(20)),
  },
  ...more,
});

describe("an operator that is not there is no certificate's fault", () => {
  test("scaled to zero shows the incident's own 504, and is refused", () => {
    const e = incident({
      operator: { replicas: 0, pods: [] },
      log: networkFailing("read tcp 10.244.0.9:1->10.96.0.9:9666: read: connection reset by peer"),
    });
    expect(diagnose(e, acting)).toMatchObject({ code: "OperatorScaledToZero", disposition: "incurable" });
  });

  test("a crash loop is refused, with the reason of its last end and its memory limit", () => {
    const told = diagnose(incident({ operatorPods: [crashLooping()] }), acting);
    expect([told.code, told.disposition]).toEqual(["OperatorCrashLooping", "incurable"]);
    expect(told.sentence).toMatch(/restarted 5 times, last end: Error \(exit code 1\).*memory limit 1000Mi/);
  });

  test("a crash loop is seen before kubelet backs off, by its short lives", () => {
    const { waiting: _none, ...early } = crashLooping();
    expect(diagnose(incident({ operatorPods: [early] }), acting).code).toBe("OperatorCrashLooping");
  });

  test("an operator that was OOM-killed now and then over weeks is in no crash loop while it starts again", () => {
    const starting = oomKilled(ago(seconds(40)), { ready: false, restarts: 7 });
    const e = incident({ operatorPods: [starting], operatorPresents: unseen("Unreachable", "connection refused") });
    expect(diagnose(e, acting)).toMatchObject({ code: "OperatorStarting", disposition: "inProgress" });
  });

  test("a second operator Pod that is ready outweighs one that crashes", () => {
    expect(diagnose(incident({ operatorPods: [oomKilled(killedAt), crashLooping()] }), acting).code).toBe(
      "MetricsApiserverStale",
    );
  });

  test("a crash-looping Pod that is going away does not count", () => {
    expect(
      diagnose(incident({ operatorPods: [crashLooping({ deleting: true }), oomKilled(killedAt)] }), acting).code,
    ).toBe("MetricsApiserverStale");
  });

  test.each([
    ["one that goes away", [{ deleting: true }]],
    ["one whose container has not started", [{ startedAt: undefined as never }]],
    ["one of each", [{ deleting: true }, { startedAt: undefined as never }]],
  ])("%s is no running Pod", (_, operatorPods) => {
    expect(diagnose(evidence({ operatorPods }), acting).code).toBe("OperatorNotRunning");
  });

  test("no running Pod at this moment is waited for", () => {
    expect(diagnose(incident({ operator: { replicas: 1, pods: [] } }), acting)).toMatchObject({
      code: "OperatorNotRunning",
      disposition: "inProgress",
    });
  });
});

describe("only the leader listens on :9666", () => {
  test.each([
    [19, "MetricsApiserverStale"],
    [20, "MetricsApiserverStale"],
    [21, "OperatorNotLeading"],
  ])("a lease renewed %i s ago: %s (15 s and 5 s for clocks)", (age, code) => {
    expect(diagnose(incident({ lease: { renewedAt: ago(seconds(age)) } }), acting).code).toBe(code);
  });

  test("a lease that was not seen does not stop judging", () => {
    expect(diagnose(incident({ lease: unseen("Forbidden", "no right") }), acting).code).toBe("MetricsApiserverStale");
  });

  test.each([
    [80, "OperatorStarting"],
    [100, "ProbeUnreachable"],
  ])("an operator that started %i s ago and refuses connections: %s", (age, code) => {
    const e = incident({
      operatorPods: [oomKilled(ago(seconds(age + 2)))],
      operatorPresents: unseen("Unreachable", "connection refused"),
    });
    expect(diagnose(e, acting).code).toBe(code);
  });

  test("one of two that listens is enough", () => {
    const started = { startedAt: ago(seconds(40)) };
    const operatorPresents = [presentPair, unseen("Unreachable", "connection refused")];
    expect(diagnose(evidence({ operatorPods: [started, started], operatorPresents }), acting).code).toBe("Healthy");
  });

  test("where there is nothing to compare with, nobody asks whether it listens", () => {
    const e = evidence({ secret: unseen("Forbidden", "no right"), operatorPods: [{ startedAt: ago(seconds(40)) }] });
    expect(diagnose(e, acting).code).toBe("Healthy");
  });

  test("a probe that we may not make says nothing about listening", () => {
    const e = incident({
      operatorPods: [oomKilled(ago(seconds(30)))],
      operatorPresents: unseen("Forbidden", "create on pods/portforward is forbidden"),
    });
    expect(diagnose(e, acting).code).toBe("ProbeUnreachable");
  });
});

describe("the metrics-apiserver", () => {
  test.each([
    ["scaled to zero", { metricsApiserver: { replicas: 0, pods: [] } }, "MetricsApiserverScaledToZero"],
    ["in a crash loop", { adapterPods: [crashLooping()] }, "MetricsApiserverCrashLooping"],
    ["not running", { metricsApiserver: { replicas: 1, pods: [] } }, "MetricsApiserverNotRunning"],
    ["one of two in a crash loop", { adapterPods: [crashLooping(), {}], log: working, hpas: active() }, "Healthy"],
  ])("%s", (_, changes, code) => {
    expect(diagnose(evidence({ hpas: failing504(["web"], ago(minutes(2))), ...changes }), acting).code).toBe(code);
  });
});

test("KEDA that has been running for months is healthy", () => {
  expect(diagnose(evidence({ operatorPods: [{ startedAt: ago(days(200)) }] }), acting).code).toBe("Healthy");
});

describe("a crash loop is told from restarts by the length of the last life", () => {
  const ended = (lastTermination: PodFacts["lastTermination"], restarts = 3): Partial<PodFacts> => ({
    ready: false,
    restarts,
    startedAt: ago(minutes(5)),
    createdAt: ago(days(3)),
    ...(lastTermination === undefined ? {} : { lastTermination }),
  });
  const lived = (length: number) => ({
    reason: "Error",
    exitCode: 1,
    startedAt: ago(minutes(9)),
    finishedAt: ago(minutes(9)) + length,
  });
  const { startedAt: _start, ...noStart } = lived(minutes(2));
  const { finishedAt: _finish, ...noEnd } = lived(minutes(2));

  test.each([
    ["just under two minutes", ended(lived(minutes(2) - 1)), "OperatorCrashLooping"],
    ["two minutes", ended(lived(minutes(2))), "MetricsApiserverStale"],
    ["a length that nobody knows the start of", ended(noStart), "OperatorCrashLooping"],
    ["a length that nobody knows the end of", ended(noEnd), "OperatorCrashLooping"],
    ["seconds, but only the second time", ended(lived(seconds(2)), 2), "MetricsApiserverStale"],
    ["a life of which nothing is known", ended(undefined), "MetricsApiserverStale"],
  ])("%s", (_, operatorPod, code) => {
    expect(diagnose(incident({ operatorPods: [operatorPod] }), acting).code).toBe(code);
  });
});

describe("what is told about a side that is not there", () => {
  const { lastTermination: _none, ...unknownEnd } = crashLooping();
  const dead = { replicas: 0, pods: [] };
  const empty = { replicas: 1, pods: [] };

  test.each([
    [
      "OperatorUp",
      { operator: dead },
      "fail: Deployment keda-operator is scaled to 0: there is no operator that could answer. Scale it up; certificates have no part in this.",
    ],
    [
      "OperatorUp",
      { operatorPods: [unknownEnd] },
      "fail: The operator does not stay up: operator-1 restarted 5 times, last end: unknown (exit code ?). Look at its last log and its memory (memory limit 1000Mi); another restart cannot help.",
    ],
    ["OperatorUp", { operator: empty }, "unknown: No operator container is running at this moment."],
    ["OperatorUp", {}, "pass: An operator Pod is running."],
    ["OperatorLeads", {}, "pass: Lease operator.keda.sh is held by operator-1."],
    [
      "OperatorLeads",
      { lease: unseen("Forbidden", "get on leases is forbidden") },
      "unknown: The operator's lease was not seen (get on leases is forbidden).",
    ],
    [
      "OperatorLeads",
      { lease: { renewedAt: ago(seconds(45)) } },
      "unknown: No operator leads: lease operator.keda.sh was last renewed 45s ago, and only the leader listens on :9666.",
    ],
    ["OperatorListens", {}, "pass: The operator has been running for 24h 0m."],
    [
      "OperatorListens",
      { operatorPods: [{ startedAt: ago(seconds(40)) }], operatorPresents: unseen("Unreachable", "refused") },
      "unknown: The operator started 40s ago and does not listen on :9666 yet.",
    ],
    [
      "MetricsApiserverUp",
      { metricsApiserver: dead },
      "fail: Deployment keda-metrics-apiserver is scaled to 0: nothing answers external metrics. Scale it up.",
    ],
    [
      "MetricsApiserverUp",
      { adapterPods: [crashLooping()] },
      "fail: The metrics-apiserver does not stay up: adapter-1 restarted 5 times, last end: Error (exit code 1). Look at its last log; another restart cannot help.",
    ],
    [
      "MetricsApiserverUp",
      { metricsApiserver: empty },
      "unknown: No metrics-apiserver container is running at this moment.",
    ],
    ["MetricsApiserverUp", {}, "pass: A metrics-apiserver Pod is running."],
  ])("%s", (check, changes, words) => {
    expect(said(check, evidence(changes))).toBe(words);
  });

  test("a memory limit that is not set is not told", () => {
    const { sentence } = diagnose(
      evidence({ operatorPods: [crashLooping()], operator: { memoryLimit: undefined as never } }),
      acting,
    );
    expect(sentence).toContain("and its memory; another");
  });
});

describe("what may be there in a moment is looked at again", () => {
  const empty = { replicas: 1, pods: [] };
  const refusing = (age: number) => ({
    operatorPods: [{ startedAt: ago(age) }],
    operatorPresents: unseen("Unreachable", "refused"),
  });

  test.each([
    ["no operator container", { operator: empty }, NOW + seconds(15)],
    ["no leader", { lease: { renewedAt: ago(seconds(45)) } }, NOW + seconds(15)],
    ["no metrics-apiserver container", { metricsApiserver: empty }, NOW + seconds(15)],
    ["an operator of 40 s that does not listen: when its 90 s are over", refusing(seconds(40)), NOW + seconds(50)],
    ["one of 90 s: no more", refusing(seconds(90)), undefined],
  ])("%s", (_, changes, at) => {
    expect(diagnose(evidence(changes), acting).lookAgainAt).toBe(at);
  });
});
