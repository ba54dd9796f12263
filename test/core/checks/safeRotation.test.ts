import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes } from "../../../src/core/instant.ts";
import { acting, adapterOnly, escalates, verdict } from "../../builders/casefile.ts";
import { bundledPair, chart, nextLeaf, selfSigned } from "../../builders/certificates.ts";
import { formerPair, incident, presentPair, tlsFailing, working } from "../../builders/evidence.ts";
import { active } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const expiredAfter = (time: string) =>
  `x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after ${time}`;
const noHint = "x509: certificate signed by unknown authority";
const rsa = selfSigned("rsa");
const rsaHint = (cn: string) =>
  `x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "${cn}")`;

describe("a safe rotation needs no restart until something in memory expires", () => {
  const now = chart("safe");
  const before = nextLeaf(now, "safe-before");
  const safe = (more = {}) => incident({ secret: now, before: [before], ...more });

  test("an older leaf that the Secret's CA verifies explains no failure", () => {
    expect(verdict(safe({ operatorPods: [{}], operatorPresents: before }))).toEqual(escalates("SafeLeafButFailing"));
  });

  test("and explains none without history either", () => {
    expect(verdict(safe({ operatorPods: [{}], operatorPresents: before, before: [] }))).toEqual(
      escalates("SafeLeafButFailing"),
    );
  });

  test("a stale metrics-apiserver beside a safe leaf is believed when its history predicts the text", () => {
    const older = chart("older", { algorithm: "RSA" });
    const present = chart("newer", { algorithm: "RSA" });
    const between = nextLeaf(present, "between");
    const e = incident({
      secret: present,
      before: [older],
      operatorPods: [{}],
      operatorPresents: between,
      log: tlsFailing(rsaHint("keda-operator")),
    });
    expect(verdict(e)).toEqual(adapterOnly);
  });

  test("a leaf that expired in the memory of both: both, for the metrics-apiserver would be refused next", () => {
    const old = nextLeaf(now, "expired", { notBefore: ago(days(90)), notAfter: Date.UTC(2026, 10, 23, 16, 30) });
    const e = safe({
      before: [old],
      operatorPods: [{}],
      operatorPresents: old,
      log: tlsFailing(expiredAfter("2026-11-23T16:30:00Z")),
    });
    expect(verdict(e)).toEqual(["ExpiredInMemory", "curable", "operator: operator-1; metrics-apiserver: adapter-1"]);
    if (!e.metricsApiserver.seen) throw new Error("the builder shows a metrics-apiserver");
    const reloading = { ...e.metricsApiserver, value: { ...e.metricsApiserver.value, version: "2.20.1" } };
    expect(verdict({ ...e, metricsApiserver: reloading })).toEqual([
      "ExpiredInMemory",
      "curable",
      "operator: operator-1",
    ]);
  });

  test("one operator with an expired leaf beside a stale one: both sides are from before", () => {
    const old = nextLeaf(now, "expired-too", { notBefore: ago(days(90)), notAfter: Date.UTC(2026, 10, 23, 16, 30) });
    const e = safe({
      before: [old],
      operatorPods: [{}, {}],
      operatorPresents: [formerPair, old],
      adapterPods: [{ startedAt: ago(minutes(20)) }],
      log: tlsFailing(noHint),
    });
    expect(verdict(e)[0]).not.toBe("ExpiredInMemory");
  });

  test("the same leaf one minute before: nothing to do", () => {
    const old = nextLeaf(now, "expires-soon", { notBefore: ago(days(90)), notAfter: NOW + minutes(1) });
    const e = safe({ before: [old], operatorPods: [{}], operatorPresents: old, log: working, hpas: active() });
    expect(diagnose(e, acting)).toMatchObject({
      code: "SafeRotation",
      disposition: "healthy",
      lookAgainAt: NOW + minutes(1),
    });
  });

  const ca = { caKey: undefined, notBefore: ago(days(90)) };
  const oldCa = chart("same-ca", { ...ca, caKey: rsa.minted.leaf.key, caNotAfter: Date.UTC(2026, 10, 23, 16, 0) });
  const renewedCa = chart("same-ca-renewed", { caKey: rsa.minted.leaf.key });
  const caExpired = (more = {}) =>
    incident({
      secret: renewedCa,
      before: [oldCa],
      log: tlsFailing(expiredAfter("2026-11-23T16:00:00Z")),
      ...more,
    });

  test("a CA that expired in the metrics-apiserver's pool: the metrics-apiserver only", () => {
    expect(verdict(caExpired())).toEqual(["ExpiredInMemory", "curable", "metrics-apiserver: adapter-1"]);
  });

  test("and that needs no history: a leaf in date that is refused as expired meets an expired pool", () => {
    expect(
      verdict(caExpired({ before: [], operatorPods: [{}], operatorPresents: nextLeaf(renewedCa, "still-good") })),
    ).toEqual(["ExpiredInMemory", "curable", "metrics-apiserver: adapter-1"]);
  });

  test("a bundle of old and new CA serves both sides: whoever fails then is not explained", () => {
    const bundle = bundledPair(presentPair, formerPair);
    const e = incident({ secret: bundle, operatorPods: [{}], operatorPresents: formerPair });
    expect(verdict(e)).toEqual(escalates("TextContradicts"));
  });
});
