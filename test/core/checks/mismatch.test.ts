import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { acting, adapterOnly, escalates, verdict } from "../../builders/casefile.ts";
import { bundledPair, chart, nextLeaf, rotator, selfSigned } from "../../builders/certificates.ts";
import {
  evidence,
  formerPair,
  incident,
  operatorStale,
  presentPair,
  rotatedAt,
  tlsFailing,
  working,
} from "../../builders/evidence.ts";
import { ago, NOW } from "../../builders/time.ts";

const operatorOnly = ["OperatorStale", "curable", "operator: operator-1"];

const noHint = "x509: certificate signed by unknown authority";
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
    ["a missing client certificate", "remote error: tls: certificate required"],
  ])("%s is no rotation: nobody is restarted, with history or without", (_, text) => {
    for (const before of [[], [formerPair]])
      expect(verdict(incident({ before, log: tlsFailing(text) }))).toEqual(escalates("TextContradicts"));
  });

  test("one of several texts that no rotation causes stops, without history too", () => {
    const log = [tlsFailing(), tlsFailing("x509: certificate specifies an incompatible key usage")];
    expect(verdict(incident({ adapterPods: [{}, {}], before: [], log }))).toEqual(escalates("TextContradicts"));
  });

  test("two rotations: an operator of the first, a metrics-apiserver of the second, a Secret of the third", () => {
    const [first, second] = [selfSigned("first"), selfSigned("second")];
    expect(
      verdict(operatorStale({ operatorPresents: first, before: [second], adapterPods: [{ startedAt: ago(days(1)) }] })),
    ).toEqual(["BothStale", "curable", "operator: operator-1; metrics-apiserver: adapter-1"]);
  });
});

describe("the operator refuses the metrics-apiserver: only an alert is logged", () => {
  // The metrics-apiserver trusts what the operator shows, else it would have refused first: its old ca.crt held both CAs.
  const before = [bundledPair(formerPair, presentPair)];
  const refused = (alert: string, more = {}) =>
    incident({ before, log: tlsFailing(`remote error: tls: ${alert}`), ...more });

  test("a metrics-apiserver that cannot trust the operator would never read an alert", () => {
    expect(verdict(refused("unknown certificate authority", { before: [formerPair] }))).toEqual(
      escalates("TextContradicts"),
    );
  });

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
      before,
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

  test("a key that was read and does not fit proves nothing, whoever asks", () => {
    const e = operatorStale({ keyFits: sawAt(false, NOW), adapterPresents: formerPair });
    expect(verdict(e)).toEqual(["SecretKeyMismatch", "incurable", ""]);
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
