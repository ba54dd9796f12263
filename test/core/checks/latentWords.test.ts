import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, said } from "../../builders/casefile.ts";
import { chart, nextLeaf } from "../../builders/certificates.ts";
import {
  type Changes,
  evidence,
  formerPair,
  killedAt,
  oomKilled,
  presentPair,
  rotatedAt,
  waiting,
} from "../../builders/evidence.ts";
import { ago, NOW } from "../../builders/time.ts";

const rotated: Changes = { writtenAt: rotatedAt, before: [formerPair] };
const restarted: Changes = { ...rotated, operatorPods: [oomKilled(killedAt)] };
const unrecorded = (age: number, more: Changes = {}): Changes => ({
  writtenAt: rotatedAt,
  operatorPods: [oomKilled(ago(age + seconds(2)))],
  ...more,
});
const two = [{}, {}];
const notKnown = "started before the Secret was written; what it held before is not known";
const unproved = (names: string, each: string) =>
  `unknown: The operator started 40s ago, and no log shows that ${names} has connected to it since: ${each} ${notKnown}.`;

const now = chart("latent-now");
const older = nextLeaf(now, "latent-older", { notBefore: ago(days(90)), notAfter: NOW + days(3) });
const safe: Changes = { secret: now, writtenAt: rotatedAt, before: [older] };
const overdue = nextLeaf(now, "latent-overdue", { notBefore: ago(days(90)), notAfter: ago(minutes(1)) });

describe("what is told about a pair that still works", () => {
  test.each([
    ["OperatorHoldsPresent", {}, "pass: No operator Pod presents a leaf that the Secret's ca.crt refuses."],
    [
      "OperatorHoldsPresent",
      { ...rotated, operatorPresents: formerPair },
      "fail: Both sides still hold the pair from before the last rotation and agree with each other: it works until one of them restarts (an OOM kill is enough), then every HPA of KEDA fails. Restart both in a quiet hour, operator first.",
    ],
    [
      "OperatorHoldsPresent",
      { ...rotated, operatorPresents: formerPair, adapterPods: [{ startedAt: killedAt }] },
      "fail: The operator still holds the pair from before the last rotation, the metrics-apiserver does not: the next connection between them will fail. Restart the operator.",
    ],
    [
      "MetricsApiserverHoldsPresent",
      {},
      "pass: No metrics-apiserver holds certificates from before the last write of the Secret.",
    ],
    [
      "MetricsApiserverHoldsPresent",
      { ...rotated, operatorPresents: unseen("Timeout", "slow") },
      "skipped: The operator does not present the Secret's leaf.",
    ],
    ["MetricsApiserverHoldsPresent", safe, "pass: The last rotation keeps the trust of what running Pods hold."],
    [
      "MetricsApiserverHoldsPresent",
      { ...restarted, log: { established: ago(minutes(5)) } },
      "pass: The metrics-apiserver connected to the operator that runs now.",
    ],
    [
      "MetricsApiserverHoldsPresent",
      { ...restarted, adapterPods: two },
      "fail: The operator already presents the new leaf, adapter-1, adapter-2 cannot trust it: the next request for a metric will fail.",
    ],
    ["MetricsApiserverHoldsPresent", unrecorded(seconds(40)), unproved("adapter-1", "it")],
    [
      "MetricsApiserverHoldsPresent",
      unrecorded(seconds(40), { adapterPods: two }),
      unproved("adapter-1, adapter-2", "each"),
    ],
    [
      "MetricsApiserverHoldsPresent",
      unrecorded(minutes(2), { adapterPods: two }),
      `unknown: adapter-1, adapter-2 ${notKnown}, and nothing fails.`,
    ],
    ["NothingExpiresInMemory", {}, "pass: No running Pod holds anything older than the Secret."],
    [
      "NothingExpiresInMemory",
      { ...safe, before: [overdue], operatorPresents: overdue },
      "fail: operator-1, adapter-1 still holds a certificate that has expired; the next connection will be refused. The Secret holds usable ones: restart it in a quiet hour.",
    ],
    [
      "NothingExpiresInMemory",
      { ...safe, operatorPresents: older },
      "pass: Running Pods hold an older generation that the Secret's CA still verifies (a safe rotation); it stays good until 2026-11-26T17:05:00Z.",
    ],
  ] as [string, Changes, string][])("%s", (check, changes, words) => {
    expect(said(check, evidence(changes))).toBe(words);
  });
});

const codeOf = (changes: Changes) => diagnose(evidence(changes), acting).code;

describe("a metrics-apiserver is in danger only where the operator that serves shows the Secret's leaf", () => {
  const broken: Changes = { secret: now, writtenAt: rotatedAt, before: [formerPair] };
  const operatorPods = [oomKilled(killedAt), oomKilled(killedAt)];

  test("an older leaf of the same CA tells nothing of that", () => {
    expect(codeOf({ ...broken, operatorPods: [oomKilled(killedAt)], operatorPresents: older })).toBe("SafeRotation");
  });

  test("nor do two operators that show two leaves", () => {
    expect(codeOf({ ...broken, operatorPods, operatorPresents: [now, older] })).toBe("SafeRotation");
    expect(codeOf({ ...broken, operatorPods, operatorPresents: now })).toBe("LatentMismatch");
  });

  test("a rotation that keeps the trust puts nobody in danger, connected or not", () => {
    expect(codeOf({ ...safe, operatorPods: [oomKilled(killedAt)] })).toBe("SafeRotation");
  });

  const started = oomKilled(killedAt).startedAt ?? 0;
  test.each([
    ["when the operator started", { established: started }, "Healthy"],
    ["just before", { established: started - 1 }, "LatentMismatch"],
    ["never since, though it waits", { ...waiting, established: ago(days(1)) }, "LatentMismatch"],
  ])("one that connected %s", (_, log, code) => {
    expect(codeOf({ ...restarted, log })).toBe(code);
  });

  test("one that works is in no danger beside one that waits", () => {
    const e = evidence({ ...restarted, adapterPods: two, log: [waiting, { established: ago(minutes(5)) }] });
    expect(diagnose(e, acting).stale).toEqual([{ component: "metrics-apiserver", pods: ["adapter-1"] }]);
  });
});

describe("what a metrics-apiserver holds since before a safe rotation", () => {
  /** The generation before was written 30 days ago: clocks may differ by 5 s. */
  const startedAt = (at: number) => diagnose(evidence({ ...safe, adapterPods: [{ startedAt: at }] }), acting);

  test("counts from the write of that generation on, with 5 s for clocks", () => {
    expect(startedAt(ago(days(30)) - seconds(5))).toMatchObject({ code: "SafeRotation", lookAgainAt: NOW + days(3) });
    expect(startedAt(ago(days(30)) - seconds(5) - 1).code).toBe("Healthy");
  });

  test("is good up to the very instant of its notAfter, as Go judges it", () => {
    const ending = (at: number) => nextLeaf(now, `ends-${at}`, { notBefore: ago(days(90)), notAfter: at });
    expect(codeOf({ ...safe, before: [ending(NOW)] })).toBe("SafeRotation");
    expect(codeOf({ ...safe, before: [ending(NOW - seconds(1))] })).toBe("LatentMismatch");
  });

  test("does not count where the rotation broke the trust", () => {
    const e = evidence({ ...rotated, operatorPresents: presentPair });
    expect(said("NothingExpiresInMemory", e)).toBe("pass: No running Pod holds anything older than the Secret.");
  });
});
