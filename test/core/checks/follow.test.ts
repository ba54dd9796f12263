import { describe, expect, test } from "@jest/globals";
import { keyProved } from "../../../src/core/checks/stale.ts";
import { caseOf, diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { acting } from "../../builders/casefile.ts";
import { bundledPair, chart, nextLeaf, selfSigned } from "../../builders/certificates.ts";
import {
  type Changes,
  formerPair,
  type incident,
  operatorStale,
  parentCannotSign,
  presentPair,
  tlsFailing,
  waiting,
} from "../../builders/evidence.ts";
import { ago, NOW } from "../../builders/time.ts";

const expired =
  "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after 2026-11-23T16:00:00Z";
const verificationFailure =
  'x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "keda-operator")';
const now = chart("follow-now");
const overdue = nextLeaf(now, "follow-overdue", { notBefore: ago(days(90)), notAfter: Date.UTC(2026, 10, 23, 16, 0) });

describe("who must follow a stale operator into the restart", () => {
  const sides = (e: ReturnType<typeof incident>) => diagnose(e, acting).stale.flatMap((side) => side.pods);
  const both = (more: Changes = {}) => operatorStale({ adapterPods: [{ startedAt: ago(days(1)) }], ...more });
  const reloading = { metricsApiserver: { version: "2.20.2" } };

  test("a KEDA that reloads may have taken over the new pair, unless its files never change", () => {
    const reloaded = both({ ...reloading, writtenAt: ago(minutes(120)), before: [selfSigned("middle")] });
    const fixed = both({ ...reloading, layout: { subPath: true }, before: [selfSigned("middle")] });
    expect([sides(reloaded), sides(fixed)]).toEqual([["operator-1"], ["operator-1", "adapter-1"]]);
  });

  test("nobody, where what the metrics-apiserver holds does for the new operator, though it would not have logged that", () => {
    const held = nextLeaf(now, "held");
    const bundle = bundledPair(held, chart("side-former"));
    const e = both({
      secret: now,
      before: [bundle],
      operatorPresents: chart("side-former"),
      log: tlsFailing(verificationFailure),
    });
    expect(sides(e)).toEqual(["operator-1"]);
  });

  test("without history everybody from before, unless all that the operators show has only expired", () => {
    const operatorPods = [{}, {}];
    const e = (...operatorPresents: readonly (typeof now)[]) =>
      both({ secret: now, before: [], operatorPods, operatorPresents, log: tlsFailing(expired) });
    expect(sides(e(overdue, overdue))).toEqual(["operator-1", "operator-2"]);
  });

  test("a stale operator beside one whose leaf has only expired makes it no expiry", () => {
    const told = diagnose(
      both({
        secret: now,
        before: [],
        operatorPods: [{}, {}],
        operatorPresents: [formerPair, overdue],
        log: tlsFailing(verificationFailure),
      }),
      acting,
    );
    expect([told.code, told.stale.flatMap((side) => side.pods)]).toEqual([
      "BothStale",
      ["operator-1", "operator-2", "adapter-1"],
    ]);
  });

  describe("a KEDA that reloads: its own log tells whether it did", () => {
    const shown = chart("rsa-shown", { algorithm: "RSA" });
    const middle = chart("rsa-middle", { algorithm: "RSA" });
    const asBefore = tlsFailing(
      'x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "keda-operator")',
    );
    const of = (more: Changes) => sides(both({ ...reloading, before: [middle], operatorPresents: shown, ...more }));
    const two = { adapterPods: [{ startedAt: ago(days(1)) }, { startedAt: ago(days(1)) }] };

    test.each([
      ["what it held before the write would log: it did not", asBefore, ["operator-1", "adapter-1"]],
      ["what the new pair would log: it did", tlsFailing(parentCannotSign), ["operator-1"]],
    ])("it logs %s", (_, log, pods) => {
      expect(of({ log })).toEqual(pods);
    });

    test("the log of another Pod tells nothing", () => {
      expect(of({ ...two, log: [waiting, asBefore] })).toEqual(["operator-1", "adapter-2"]);
      expect(of({ ...two, log: [asBefore, waiting] })).toEqual(["operator-1", "adapter-1"]);
    });

    test("of two stale operators one that explains it is enough", () => {
      const operatorPods = [{}, {}];
      expect(of({ operatorPods, operatorPresents: [shown, formerPair], log: asBefore })).toEqual([
        "operator-1",
        "operator-2",
        "adapter-1",
      ]);
    });
  });
});

test("what a stale operator refuses is not predicted: nobody knows whom it trusts", () => {
  const told = diagnose(operatorStale({ log: tlsFailing("remote error: tls: bad certificate") }), acting);
  expect([told.code, "predicted" in told]).toEqual(["OperatorStale", false]);
});

describe("a key is proved", () => {
  const withheld = unseen("Withheld", "not read");
  const proved = (changes: Changes) =>
    keyProved(caseOf(operatorStale({ adapterPresents: formerPair, ...changes }), acting));

  test.each([
    ["by reading that it fits", { keyFits: sawAt(true, NOW) }, true],
    ["not by reading that it does not", { keyFits: sawAt(false, NOW) }, false],
    ["not by silence", { keyFits: withheld }, false],
    ["by who runs with it", { keyFits: withheld, adapterPresents: presentPair }, true],
    ["not where the Secret was not seen", { secret: unseen("Forbidden", "no right") }, false],
  ])("%s", (_, changes, expected) => {
    expect(proved(changes)).toBe(expected);
  });
});
