import { describe, expect, test } from "@jest/globals";
import type { PodFacts } from "../../src/core/evidence.ts";
import { holdingsOf, keyProvedByPresenter } from "../../src/core/holdings.ts";
import { days, minutes, seconds } from "../../src/core/instant.ts";
import { seenValue, unseen } from "../../src/core/seen.ts";
import { acting } from "../builders/casefile.ts";
import { bundledPair, chart, nextLeaf, type Pair } from "../builders/certificates.ts";
import { type Changes, evidence, formerPair, layout, presentPair, rotatedAt } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

function holdings(changes: Changes, subPath = false) {
  const e = evidence({ writtenAt: rotatedAt, ...changes });
  const read = seenValue(e.material);
  const material = read?.usable ? read.material : undefined;
  return holdingsOf({ evidence: e, layout: { ...layout, subPath }, material, policy: acting });
}

const skew = seconds(5);
const held = (more: Partial<PodFacts>, subPath?: boolean) =>
  holdings({ adapterPods: [more] }, subPath).metricsApiserver[0]?.holds;

describe("what a metrics-apiserver holds is told by times", () => {
  test.each<[string, Partial<PodFacts>, string]>([
    ["created well after the write", { startedAt: rotatedAt + skew + 1 }, "current"],
    ["created within the clocks' difference of it", { startedAt: rotatedAt + skew }, "uncertain"],
    ["created just before it", { startedAt: rotatedAt - skew }, "uncertain"],
    ["created before it", { startedAt: rotatedAt - skew - 1 }, "earlier"],
    [
      "restarted in place once kubelet has had its time",
      { createdAt: ago(days(9)), startedAt: rotatedAt + seconds(90) + 1 },
      "current",
    ],
    ["restarted in place before that", { createdAt: ago(days(9)), startedAt: rotatedAt + seconds(90) }, "uncertain"],
  ])("%s", (_, more, holds) => {
    expect(held(more)).toBe(holds);
  });

  test.each<[string, number, string]>([
    ["created before the write", rotatedAt - skew - 1, "earlier"],
    ["created about the write", rotatedAt - skew, "current"],
  ])("mounted by subPath, restarted in place, %s", (_, createdAt, holds) => {
    expect(held({ createdAt, startedAt: rotatedAt + minutes(10) }, true)).toBe(holds);
  });

  test("Pods that go away or do not run hold nothing", () => {
    expect(holdings({ adapterPods: [{ deleting: true }], operatorPods: [{ deleting: true }] })).toEqual({
      operator: [],
      metricsApiserver: [],
    });
  });

  test("without the Secret's public half there is nothing to compare with", () => {
    expect(holdings({ secret: unseen("Forbidden", "no right") })).toEqual({ operator: [], metricsApiserver: [] });
  });
});

describe("what an operator shows is compared with the Secret", () => {
  const ca = chart("shows");
  const until = { notBefore: ago(days(90)) };
  const shown = (operatorPresents: Pair, secret: Pair = ca) =>
    holdings({ secret, operatorPresents }).operator[0]?.shows;

  test.each<[string, Pair, string]>([
    ["the Secret's own leaf", ca, "current"],
    ["another leaf of the same CA", nextLeaf(ca, "other"), "acceptable"],
    ["one in its last second", nextLeaf(ca, "last", { ...until, notAfter: NOW }), "acceptable"],
    ["one that has expired", nextLeaf(ca, "over", { ...until, notAfter: NOW - seconds(1) }), "expired"],
    ["one of another CA", chart("foreign"), "stale"],
    [
      "one of another CA that has expired too",
      chart("foreign-over", { ...until, notAfter: NOW - seconds(1) }),
      "stale",
    ],
    ["one that is not valid yet", nextLeaf(ca, "early", { notBefore: NOW + minutes(1) }), "stale"],
  ])("%s: %s", (_, pair, shows) => {
    expect(shown(pair)).toBe(shows);
  });

  test("the former of a re-keyed self-signed pair is stale, and Go's words say why", () => {
    expect(holdings({ operatorPresents: formerPair }).operator[0]).toMatchObject({
      shows: "stale",
      why: expect.stringContaining("parent certificate cannot sign"),
    });
  });

  test("one without the dialled name is a proxy's on our way, unless the Secret held it before", () => {
    const nameless = nextLeaf(ca, "nameless", { dnsNames: ["other.keda.svc"] });
    const shownBy = (before: readonly Pair[]) =>
      holdings({ secret: ca, operatorPresents: nameless, before }).operator[0];
    expect(shownBy([formerPair])).toMatchObject({
      shows: "unseen",
      reason: "Unreachable",
      detail:
        "somebody else than the operator answered: a certificate without the name keda-operator.keda.svc.cluster.local",
    });
    expect(shownBy([formerPair, nameless])).toMatchObject({ shows: "stale" });
  });

  test("a probe that was not made keeps its reason", () => {
    expect(holdings({ operatorPresents: unseen("Forbidden", "no portforward") }).operator[0]).toMatchObject({
      shows: "unseen",
      reason: "Forbidden",
      detail: "no portforward",
    });
  });
});

describe("an operator whose leaf is good must also accept whoever shows the Secret's", () => {
  const other = chart("accepts-other");
  const shown = (operatorPresents: Pair, secret: Pair) =>
    holdings({ secret, operatorPresents, before: [operatorPresents] }).operator[0];

  test("one that trusts another CA only is stale, and Go's words about the Secret's leaf say why", () => {
    expect(shown(other, bundledPair(chart("accepts"), other))).toMatchObject({
      shows: "stale",
      why: expect.stringContaining("x509: certificate signed by unknown authority"),
    });
  });

  test("one whose CA has expired meanwhile, though the renewed one is of the same key", () => {
    const held = chart("accepts", { caNotAfter: ago(minutes(1)) });
    expect(shown(held, nextLeaf(chart("accepts"), "accepts-next"))).toMatchObject({ shows: "expired" });
  });

  test("one that is not on record is given the benefit of the doubt", () => {
    const e = { secret: bundledPair(chart("accepts"), other), operatorPresents: other };
    expect(holdings(e).operator[0]).toMatchObject({ shows: "acceptable" });
  });
});

test("an operator Pod that nobody probed shows nothing, and says so", () => {
  expect(holdings({ operatorPods: [{}, {}], operatorPresents: [presentPair] }).operator[1]).toStrictEqual({
    pod: "operator-2",
    shows: "unseen",
    reason: "NotAsked",
    detail: "not probed",
  });
});

test("a Deployment that was not seen holds nothing", () => {
  const none = unseen("Forbidden", "no right");
  expect(holdings({ operator: none, metricsApiserver: none })).toStrictEqual({ operator: [], metricsApiserver: [] });
});

test("whoever presents the Secret's leaf has proved its key, on either port", () => {
  const proved = (changes: Changes) => {
    const e = evidence(changes);
    const read = seenValue(e.material);
    return read?.usable ? keyProvedByPresenter(e, read.material) : undefined;
  };
  const old = { operatorPresents: formerPair, adapterPresents: formerPair };
  expect([
    proved(old),
    proved({ ...old, operatorPresents: presentPair }),
    proved({ ...old, adapterPresents: presentPair }),
    proved({ operatorPresents: unseen("Timeout", "slow"), adapterPresents: unseen("Timeout", "slow") }),
  ]).toEqual([false, true, true, false]);
});
