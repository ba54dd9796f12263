import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import type { Evidence } from "../../../src/core/evidence.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { acting } from "../../builders/casefile.ts";
import { bundledPair, chart, nextLeaf, rotator, selfSigned } from "../../builders/certificates.ts";
import {
  evidence,
  formerPair,
  incident,
  killedAt,
  oomKilled,
  operatorStale,
  parentCannotSign,
  presentPair,
  rotatedAt,
  tlsFailing,
  working,
} from "../../builders/evidence.ts";
import { active, failing503, failing504, idle } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const verdict = (e: Evidence) => {
  const { code, disposition, stale, needsApproval } = diagnose(e, acting);
  const sides = stale.map((s) => `${s.component}: ${s.pods.join(",")}`).join("; ");
  return [code, disposition, sides, ...(needsApproval ? ["needs approval"] : [])];
};

const adapterOnly = ["MetricsApiserverStale", "curable", "metrics-apiserver: adapter-1"];
const operatorOnly = ["OperatorStale", "curable", "operator: operator-1"];
const escalates = (code: string) => [code, "unknown", ""];

const expiredAfter = (time: string) =>
  `x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after ${time}`;
const noHint = "x509: certificate signed by unknown authority";
const rsa = selfSigned("rsa");
const rsaAgain = chart("rsa-again", { algorithm: "RSA" });
const rsaBefore = chart("rsa-before", { algorithm: "RSA" });
const rsaHint = (cn: string) =>
  `x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "${cn}")`;

describe("the text does not say whom to restart, certificates and start times do", () => {
  test("the incident: the metrics-apiserver is stale", () => {
    expect(verdict(incident())).toEqual(adapterOnly);
  });

  test("the very same bytes in the log: the operator is stale", () => {
    const [one, other] = [incident(), operatorStale()];
    expect(one.logs["adapter-1"]).toEqual(other.logs["adapter-1"]);
    expect(verdict(other)).toEqual(operatorOnly);
  });

  test("both are stale, of different generations: one plan, operator first", () => {
    const both = operatorStale({ adapterPods: [{ startedAt: ago(days(1)) }] });
    expect(verdict(both)).toEqual(["BothStale", "curable", "operator: operator-1; metrics-apiserver: adapter-1"]);
  });

  test("of several metrics-apiservers only the stale ones are named", () => {
    const mixed = incident({
      adapterPods: [{}, { startedAt: ago(minutes(20)) }, {}],
      log: [tlsFailing(), working, tlsFailing()],
    });
    expect(verdict(mixed)).toEqual(["MetricsApiserversMixed", "curable", "metrics-apiserver: adapter-1,adapter-3"]);
  });

  test("a container that restarted in place within kubelet's time counts as stale only if its own log says so", () => {
    const inPlace = { createdAt: ago(days(1)), startedAt: rotatedAt + seconds(30), restarts: 1 };
    expect(verdict(incident({ adapterPods: [inPlace] }))).toEqual(adapterOnly);
    expect(verdict(incident({ adapterPods: [inPlace, {}], log: [working, tlsFailing()] }))).toEqual([
      "MetricsApiserversMixed",
      "curable",
      "metrics-apiserver: adapter-2",
    ]);
  });

  test("a container that restarted in place later has the new files", () => {
    const inPlace = { createdAt: ago(days(1)), startedAt: rotatedAt + minutes(3), restarts: 1 };
    expect(verdict(incident({ adapterPods: [inPlace] }))).toEqual(escalates("FreshPairFails"));
  });

  test("files mounted by subPath are as old as the Pod, however often its container restarts", () => {
    const inPlace = { createdAt: ago(days(1)), startedAt: rotatedAt + minutes(3), restarts: 1 };
    expect(verdict(incident({ adapterPods: [inPlace], layout: { subPath: true } }))).toEqual(adapterOnly);
  });
});

describe("the logged text is compared with what the certificates predict", () => {
  test("a re-keyed CA of KEDA's chart: the hint names RSA's verification error", () => {
    const e = incident({ secret: rsaAgain, before: [rsaBefore], log: tlsFailing(rsaHint("keda-operator")) });
    expect(verdict(e)).toEqual(adapterOnly);
    expect(diagnose(e, acting)).toMatchObject({
      predicted: rsaHint("keda-operator"),
      logged: rsaHint("keda-operator"),
    });
  });

  test("KEDA's own rotation: the hint names KEDA", () => {
    const [now, before] = [rotator("now", { algorithm: "RSA" }), rotator("before", { algorithm: "RSA" })];
    expect(verdict(incident({ secret: now, before: [before], log: tlsFailing(rsaHint("KEDA")) }))).toEqual(adapterOnly);
  });

  test("a renewal that keeps the key of a self-signed pair gives no hint, and breaks all the same", () => {
    const renewed = selfSigned("former", { serial: 7 });
    expect(verdict(incident({ secret: renewed, before: [formerPair], log: tlsFailing(noHint) }))).toEqual(adapterOnly);
    expect(verdict(incident({ secret: renewed, before: [formerPair] }))).toEqual(escalates("TextContradicts"));
  });

  test("another hint than predicted stops", () => {
    expect(verdict(incident({ log: tlsFailing(noHint) }))).toEqual(escalates("TextContradicts"));
    expect(verdict(incident({ log: tlsFailing(rsaHint("keda-operator")) }))).toEqual(escalates("TextContradicts"));
  });

  test("one of several logs that contradicts stops, whichever Pod it is of", () => {
    for (const log of [
      [tlsFailing(), tlsFailing(noHint)],
      [tlsFailing(noHint), tlsFailing()],
    ])
      expect(verdict(incident({ adapterPods: [{}, {}], log }))).toEqual(escalates("TextContradicts"));
  });

  test("an operator's old leaf is predicted against the Secret's CA, without any history", () => {
    expect(verdict(operatorStale({ before: [] }))).toEqual(operatorOnly);
    expect(verdict(operatorStale({ before: [], log: tlsFailing(noHint) }))).toEqual(escalates("TextContradicts"));
  });

  test("no history: the prediction is skipped and says so, the verdict stands", () => {
    const e = incident({ before: [] });
    expect(verdict(e)).toEqual(adapterOnly);
    const told = diagnose(e, acting);
    expect(told.predicted).toBeUndefined();
    expect(told.checks.find((c) => c.code === "TextPredicted")).toMatchObject({
      verdict: "unknown",
      sentence: expect.stringContaining("No earlier generation"),
    });
  });

  test.each([
    ["a name", "x509: certificate is valid for keda-operator.keda.svc, not keda-operator.other.svc"],
    ["a usage", "x509: certificate specifies an incompatible key usage"],
    [
      "a clock",
      "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is before 2026-11-23T18:00:00Z",
    ],
    ["a proxy", "tls: first record does not look like a TLS handshake"],
    ["a missing client certificate", "remote error: tls: certificate required"],
  ])("%s is no rotation: nobody is restarted, with history or without", (_, text) => {
    for (const before of [[], [formerPair]])
      expect(verdict(incident({ before, log: tlsFailing(text) }))).toEqual(escalates("TextContradicts"));
  });

  test("two rotations: an operator of the first, a metrics-apiserver of the second, a Secret of the third", () => {
    const [first, second] = [selfSigned("first"), selfSigned("second")];
    expect(
      verdict(operatorStale({ operatorPresents: first, before: [second], adapterPods: [{ startedAt: ago(days(1)) }] })),
    ).toEqual(["BothStale", "curable", "operator: operator-1; metrics-apiserver: adapter-1"]);
  });
});

describe("the operator refuses the metrics-apiserver: only an alert is logged", () => {
  const refused = (alert: string, more = {}) => incident({ log: tlsFailing(`remote error: tls: ${alert}`), ...more });

  test.each(["bad certificate", "unknown certificate authority"])("%s is what an old leaf causes", (alert) => {
    expect(verdict(refused(alert))).toEqual(adapterOnly);
  });

  test("an alert that the old leaf cannot cause stops", () => {
    expect(verdict(refused("expired certificate"))).toEqual(escalates("TextContradicts"));
  });

  test("an operator from before the rotation is the one to be restarted", () => {
    const e = operatorStale({ log: tlsFailing("remote error: tls: unknown certificate authority") });
    expect(verdict(e)).toEqual(operatorOnly);
  });

  test("an alert that was lost to a reset on the next attempt still counts", () => {
    const e = incident({
      log: {
        ...tlsFailing("remote error: tls: bad certificate", ago(seconds(60))),
        networkFailure: { at: ago(seconds(10)), text: "EOF" },
      },
    });
    expect(verdict(e)).toEqual(adapterOnly);
  });

  test("a client's leaf that expired in memory: the Secret has a new one of the same CA", () => {
    const now = chart("expiring");
    const before = nextLeaf(now, "expiring-before", { notBefore: ago(days(90)), notAfter: ago(minutes(30)) });
    expect(
      verdict(incident({ secret: now, before: [before], log: tlsFailing("remote error: tls: expired certificate") })),
    ).toEqual(["ExpiredInMemory", "curable", "metrics-apiserver: adapter-1"]);
  });
});

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

  test("a leaf that expired in the operator's memory: the operator only", () => {
    const old = nextLeaf(now, "expired", { notBefore: ago(days(90)), notAfter: Date.UTC(2026, 10, 23, 16, 30) });
    const e = safe({
      before: [old],
      operatorPods: [{}],
      operatorPresents: old,
      log: tlsFailing(expiredAfter("2026-11-23T16:30:00Z")),
    });
    expect(verdict(e)).toEqual(["ExpiredInMemory", "curable", "operator: operator-1"]);
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
    expect(verdict(e)).toEqual(escalates("SafeLeafButFailing"));
  });
});

describe("contradictions go to a person", () => {
  test("a metrics-apiserver created after the write fails against the Secret's leaf", () => {
    expect(verdict(incident({ adapterPods: [{ startedAt: ago(minutes(20)) }] }))).toEqual(escalates("FreshPairFails"));
  });

  test("one fresh metrics-apiserver that fails refutes the staleness of the others", () => {
    const e = incident({ adapterPods: [{}, { startedAt: ago(minutes(20)) }], log: [tlsFailing(), tlsFailing()] });
    expect(verdict(e)).toEqual(escalates("FreshPairFails"));
  });

  test("HPAs that could not be listed", () => {
    expect(verdict(incident({ hpas: unseen("Forbidden", "list horizontalpodautoscalers is forbidden") }))).toEqual(
      escalates("SymptomsUnseen"),
    );
  });

  test.each([
    ["from before the write: likely the metrics-apiserver", {}, "likely the metrics-apiserver"],
    [
      "from after the write: likely the operator",
      { adapterPods: [{ startedAt: ago(minutes(20)) }] },
      "likely the operator",
    ],
  ])("a probe that could not be made names the likely side and restarts nobody: %s", (_, more, words) => {
    const told = diagnose(incident({ operatorPresents: unseen("Unreachable", "no route"), ...more }), acting);
    expect([told.code, told.disposition, told.stale]).toEqual(["ProbeUnreachable", "unknown", []]);
    expect(told.sentence).toContain(words);
  });

  test("one operator Pod that shows its leaf is enough: a standby does not listen", () => {
    const e = incident({
      operatorPods: [oomKilled(killedAt), {}],
      operatorPresents: [presentPair, unseen("Unreachable", "connection refused")],
    });
    expect(verdict(e)).toEqual(adapterOnly);
  });
});

describe("the HPAs must show what a failing hop B shows", () => {
  test("no HPA fails yet: wait", () => {
    expect(verdict(incident({ hpas: active() }))).toEqual(["SymptomNotYetSeen", "inProgress", ""]);
  });

  test("HPAs scaled to zero show nothing", () => {
    expect(verdict(incident({ hpas: idle() }))).toEqual(["SymptomNotYetSeen", "inProgress", ""]);
  });

  test("a few of many are enough, and a sample says that it is one", () => {
    const hpas = [...active(Array.from({ length: 97 }, (_, i) => `app-${i}`)), ...failing504()];
    const told = diagnose(incident({ hpas, complete: false }), acting);
    expect(told.code).toBe("MetricsApiserverStale");
    expect(told.checks.find((c) => c.code === "SymptomsAgree")?.sentence).toContain(
      "2 of 99 HPAs of KEDA (a sample of 99)",
    );
  });

  test("503 alone is never hop B, whatever the log says", () => {
    expect(verdict(incident({ hpas: failing503(), apiService: { available: "False" } }))[0]).toBe(
      "ApiServiceUnavailable",
    );
  });

  test("503 beside 504 does not hide hop B", () => {
    expect(verdict(incident({ hpas: [...failing504(["web"]), ...failing503(["worker"])] }))).toEqual(adapterOnly);
  });
});

describe("a failure counts only while it is about the operator that serves now", () => {
  test("one that is older than a successful connection does not", () => {
    const e = incident({ log: { ...tlsFailing(), established: ago(seconds(10)) }, hpas: active() });
    expect(verdict(e)[0]).not.toBe("MetricsApiserverStale");
  });

  test("one from before the operator's start does not", () => {
    const e = incident({
      log: tlsFailing(parentCannotSign, killedAt - seconds(30)),
      hpas: failing504(["web"], ago(minutes(2))),
    });
    expect(verdict(e)).toEqual(["HopBSilent", "inProgress", ""]);
  });

  test("one from before the present leader took the lease does not", () => {
    const e = incident({ lease: { acquiredAt: ago(seconds(10)) }, hpas: failing504(["web"], ago(minutes(2))) });
    expect(verdict(e)).toEqual(["HopBSilent", "inProgress", ""]);
  });

  test("one that is older than five minutes does not", () => {
    const e = incident({
      log: tlsFailing(parentCannotSign, ago(minutes(6))),
      hpas: failing504(["web"], ago(minutes(2))),
    });
    expect(verdict(e)).toEqual(["HopBSilent", "inProgress", ""]);
  });

  test("one of a metrics-apiserver that is going away does not", () => {
    const e = incident({
      adapterPods: [{ deleting: true }, { startedAt: ago(minutes(20)) }],
      log: [tlsFailing(), working],
      hpas: active(),
    });
    expect(verdict(e)[1]).toBe("healthy");
  });
});

describe("a restart of the operator on a key that nobody proved needs an approval", () => {
  const withheld = unseen("Withheld", "the Secret was not read, its CertificateRequest was");
  const unproved = { from: "CertificateRequest", keyFits: withheld } as const;

  test("a running process that presents the Secret's leaf has proved its key", () => {
    expect(verdict(incident(unproved))).toEqual(adapterOnly);
    expect(verdict(operatorStale(unproved))).toEqual(operatorOnly);
  });

  test("nobody presents it: approval", () => {
    expect(verdict(operatorStale({ ...unproved, adapterPresents: formerPair }))).toEqual([
      ...operatorOnly,
      "needs approval",
    ]);
  });

  test("a metrics-apiserver that would load an unproved key needs one too", () => {
    const now = chart("unproved", { algorithm: "RSA" });
    const e = incident({
      ...unproved,
      secret: now,
      before: [rsaBefore],
      operatorPods: [{}],
      operatorPresents: nextLeaf(now, "unproved-before"),
      adapterPresents: unseen("Unreachable", "no route"),
      log: tlsFailing(rsaHint("keda-operator")),
    });
    expect(verdict(e)).toEqual([...adapterOnly, "needs approval"]);
  });

  test("a key that was read and fits needs none", () => {
    expect(verdict(operatorStale({ keyFits: sawAt(true, NOW), adapterPresents: formerPair }))).toEqual(operatorOnly);
  });
});

test("every check after the one that decided is left out, and says which one decided", () => {
  const told = diagnose(evidence({ keyFits: sawAt(false, NOW) }), acting);
  const at = told.checks.findIndex((c) => c.code === "SecretKeyFits");
  expect(told.checks[at]?.verdict).toBe("fail");
  expect(new Set(told.checks.slice(at + 1).map((c) => `${c.verdict}: ${c.sentence}`))).toEqual(
    new Set(["skipped: Not asked: SecretKeyMismatch decides."]),
  );
});
