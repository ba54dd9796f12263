import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import type { PodFacts } from "../../../src/core/evidence.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting } from "../../builders/casefile.ts";
import { evidence, incident, killedAt, networkFailing, oomKilled, working } from "../../builders/evidence.ts";
import { active, failing504 } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";

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
