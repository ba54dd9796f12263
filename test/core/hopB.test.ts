import { describe, expect, test } from "@jest/globals";
import type { HopBLog } from "../../src/core/evidence.ts";
import { hopBOf } from "../../src/core/hopB.ts";
import { days, type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { unseen } from "../../src/core/seen.ts";
import { acting } from "../builders/casefile.ts";
import { type Changes, evidence } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const state = (log: HopBLog, changes: Changes = {}) => hopBOf(evidence({ log, ...changes }), acting).pods[0]?.state;
const tls = (at: Instant, more: HopBLog = {}): HopBLog => ({ tlsFailure: { at, text: "x509: unfit" }, ...more });
const network = (at: Instant, more: HopBLog = {}): HopBLog => ({ networkFailure: { at, text: "refused" }, ...more });

describe.each([
  ["TLS", tls, "tlsFailing"],
  ["network", network, "networkFailing"],
] as const)("a %s failure counts", (_, failed, failing) => {
  test.each<[string, HopBLog, Changes, boolean]>([
    ["for five minutes", failed(ago(minutes(5))), {}, true],
    ["no longer", failed(ago(minutes(5)) - 1), {}, false],
    ["after the last success", failed(ago(10), { established: ago(11) }), {}, true],
    ["not together with it", failed(ago(10), { established: ago(10) }), {}, false],
    ["not before it", failed(ago(20), { established: ago(10) }), {}, false],
    [
      "from the operator's start on, give or take the clocks",
      failed(ago(seconds(65))),
      { operatorPods: [{ startedAt: ago(minutes(1)) }] },
      true,
    ],
    ["not before", failed(ago(seconds(65)) - 1), { operatorPods: [{ startedAt: ago(minutes(1)) }] }, false],
    ["from its lead on", failed(ago(seconds(35))), { lease: { acquiredAt: ago(seconds(30)) } }, true],
    ["not before it led", failed(ago(seconds(35)) - 1), { lease: { acquiredAt: ago(seconds(30)) } }, false],
    [
      "from the metrics-apiserver's own start on",
      failed(ago(seconds(65))),
      { adapterPods: [{ startedAt: ago(minutes(1)) }] },
      true,
    ],
    [
      "not before its own start",
      failed(ago(seconds(65)) - 1),
      { adapterPods: [{ startedAt: ago(minutes(1)) }] },
      false,
    ],
    [
      "from the oldest operator's start on, of several",
      failed(ago(minutes(2))),
      { operatorPods: [{}, { startedAt: ago(minutes(1)) }] },
      true,
    ],
    [
      "an operator that goes away is not one of them",
      failed(ago(minutes(2))),
      { operatorPods: [{ deleting: true }, { startedAt: ago(minutes(1)) }] },
      false,
    ],
    ["without any operator too", failed(ago(minutes(2))), { operator: unseen("Forbidden", "no right") }, true],
  ])("%s", (_name, log, changes, counts) => {
    expect(state(log, changes) === failing).toBe(counts);
  });
});

test("TLS tells more than network within one window, whichever came last", () => {
  expect(state({ ...tls(ago(20)), ...network(ago(10)) })).toBe("tlsFailing");
  expect(state({ ...tls(ago(minutes(6))), ...network(ago(10)) })).toBe("networkFailing");
});

test.each<[string, HopBLog, string]>([
  ["nothing about hop B", {}, "silent"],
  ["a success, however long ago", { established: ago(days(3)) }, "working"],
  ["a request that timed out after the success", { established: ago(20), timedOut: ago(10) }, "waiting"],
  ["a success after the timeout", { established: ago(10), timedOut: ago(20) }, "working"],
  ["both at once", { established: ago(10), timedOut: ago(10) }, "working"],
  ["a timeout within five minutes", { timedOut: ago(minutes(5)) }, "waiting"],
  ["one of before", { timedOut: ago(minutes(5)) - 1 }, "silent"],
])("a log with %s is %s", (_, log, expected) => {
  expect(hopBOf(evidence({ log }), acting).pods[0]?.state).toBe(expected);
});

test("a log that was not read is unseen, and hop B is when all are", () => {
  const none = unseen("Forbidden", "no right");
  expect(hopBOf(evidence({ log: none }), acting)).toMatchObject({ unseen: true, pods: [{ state: "unseen" }] });
  expect(hopBOf(evidence({ adapterPods: [{}, {}], log: [none, {}] }), acting).unseen).toBe(false);
});

test("a Pod that goes away does not speak", () => {
  const { pods } = hopBOf(evidence({ adapterPods: [{ deleting: true }, {}], log: tls(NOW) }), acting);
  expect(pods.map((p) => p.pod)).toEqual(["adapter-2"]);
});

test("a failure that is over is not told, whatever the log says now", () => {
  const pods = (log: HopBLog) => hopBOf(evidence({ log }), acting).pods;
  const over = { at: ago(minutes(6)), text: "refused" };
  expect(pods({ networkFailure: over, established: ago(minutes(1)) })).toStrictEqual([
    { pod: "adapter-1", state: "working", at: ago(minutes(1)) },
  ]);
  expect(pods({ networkFailure: over, tlsFailure: over })).toStrictEqual([{ pod: "adapter-1", state: "silent" }]);
  expect(pods({ networkFailure: over, timedOut: ago(10) })).toStrictEqual([
    { pod: "adapter-1", state: "waiting", at: ago(10) },
  ]);
});

test("without a metrics-apiserver that was seen nobody speaks", () => {
  expect(hopBOf(evidence({ metricsApiserver: unseen("Forbidden", "no right") }), acting)).toStrictEqual({
    pods: [],
    tlsFailing: [],
    networkFailing: [],
    unseen: true,
  });
});

test("which Pods fail in TLS and which on the way there is told apart, with what each of them logged", () => {
  const logs = [tls(NOW), network(NOW), {}];
  const hopB = hopBOf(evidence({ adapterPods: [{}, {}, {}], log: logs }), acting);
  expect(hopB.tlsFailing).toStrictEqual([
    { pod: "adapter-1", state: "tlsFailing", failure: { at: NOW, text: "x509: unfit" } },
  ]);
  expect(hopB.networkFailing).toStrictEqual([
    { pod: "adapter-2", state: "networkFailing", failure: { at: NOW, text: "refused" } },
  ]);
});

test("an operator Pod whose container has not started hides no failure", () => {
  const { operator, ...rest } = evidence({ log: tls(ago(10)), operatorPods: [{}] });
  const pods = operator.seen ? operator.value.pods.map(({ startedAt: _never, ...pod }) => pod) : [];
  const starting = operator.seen ? { ...operator, value: { ...operator.value, pods } } : operator;
  expect(hopBOf({ ...rest, operator: starting }, acting).tlsFailing).toHaveLength(1);
});
