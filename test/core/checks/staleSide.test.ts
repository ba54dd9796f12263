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
  incident,
  operatorStale,
  parentCannotSign,
  presentPair,
  tlsFailing,
  working,
} from "../../builders/evidence.ts";
import { active, failing504, hpa } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const noHint = "x509: certificate signed by unknown authority";
const expired =
  "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after 2026-11-23T16:00:00Z";
const alert = (words: string) => tlsFailing(`remote error: tls: ${words}`);
const none = "skipped: No TLS failure on hop B to explain.";
const mixed = (log = tlsFailing()): Changes => ({
  adapterPods: [{}, { startedAt: ago(minutes(20)) }],
  log: [log, working],
});
const now = chart("side-now");
const acceptable = nextLeaf(now, "side-acceptable");
const overdue = nextLeaf(now, "side-overdue", { notBefore: ago(days(90)), notAfter: Date.UTC(2026, 10, 23, 16, 0) });

describe("what is told about a TLS failure on hop B", () => {
  test.each([
    "SymptomsAgree",
    "OperatorProbed",
    "NotASafeRotation",
    "FreshOnesWork",
    "TextPredicted",
    "StaleSideNamed",
  ])("%s has nothing to explain where there is none", (check) => {
    expect(said(check, evidence())).toBe(none);
  });

  const so = (name: string, ready: "True" | "False" | "Unknown", namespace = "shop") => ({
    namespace,
    name,
    ready,
    reason: "",
    message: "",
  });
  const fails = (rest = "") =>
    `pass: 2 of 2 HPAs of KEDA fail with the 504 wording: shop/keda-hpa-web, shop/keda-hpa-worker${rest}.`;
  const unready = (names: string) => fails(`; ScaledObject ${names} is not Ready: its source fails as well`);

  test.each([
    ["were not asked for", undefined, fails()],
    ["are Ready", [so("web", "True"), so("worker", "Unknown")], fails("; their ScaledObjects are Ready")],
    ["are of others", [so("other", "False"), so("web", "False", "elsewhere")], fails()],
    ["fail as well", [so("web", "False"), so("worker", "True"), so("other", "False")], unready("shop/web")],
    ["all fail as well", [so("web", "False"), so("worker", "False")], unready("shop/web, shop/worker")],
  ])("ScaledObjects that %s", (_, scaledObjects, words) => {
    const e = incident(scaledObjects === undefined ? {} : { scaledObjects });
    expect(said("SymptomsAgree", e)).toBe(words);
  });

  test("an HPA that names no ScaledObject is beside none", () => {
    const { scaledObject: _none, ...bare } = failing504(["web"])[0] ?? hpa("web");
    const e = incident({ hpas: [bare], scaledObjects: [so("", "False"), so("undefined", "False")] });
    expect(said("SymptomsAgree", e)).toBe("pass: 1 of 1 HPAs of KEDA fail with the 504 wording: shop/keda-hpa-web.");
  });

  test.each([
    [
      "SymptomsAgree",
      incident({ hpas: unseen("Forbidden", "no right") }),
      "unknown: Hop B fails in TLS by the metrics-apiserver's log, but the HPAs could not be listed (no right): grant list on horizontalpodautoscalers.",
    ],
    [
      "SymptomsAgree",
      incident({ hpas: active() }),
      "unknown: Hop B fails in TLS by the metrics-apiserver's log, but no HPA of KEDA fails with the 504 wording yet (it takes the 60 s request limit).",
    ],
    ["OperatorProbed", incident(), "pass: operator-1 presents the Secret's leaf"],
    [
      "OperatorProbed",
      incident({ operatorPods: [{}, {}], operatorPresents: [presentPair, formerPair] }),
      `pass: operator-1 presents the Secret's leaf; operator-2 presents another leaf (${formerPair.leaf.fingerprint.slice(0, 12)})`,
    ],
    [
      "OperatorProbed",
      incident({ operatorPresents: unseen("Unreachable", "no route") }),
      "unknown: No operator Pod could be probed on :9666 (no route), so which side is stale is not proved. By start times it is likely the metrics-apiserver (it started before the Secret was written). Grant pods/portforward or run where Pod IPs are reachable.",
    ],
    ["NotASafeRotation", incident(), "pass: No operator Pod presents an older leaf that the Secret's CA would verify."],
    [
      "NotASafeRotation",
      incident({ secret: now, operatorPods: [{}, {}], operatorPresents: [formerPair, acceptable] }),
      "unknown: Some operator Pods present an older leaf that still verifies.",
    ],
    [
      "NotASafeRotation",
      incident({ secret: now, before: [], operatorPods: [{}], operatorPresents: acceptable, log: tlsFailing(expired) }),
      "pass: An operator Pod presents an older leaf that the Secret's CA verifies; the fault is the other side's.",
    ],
    [
      "NotASafeRotation",
      incident({ secret: now, before: [], operatorPods: [{}], operatorPresents: acceptable, log: tlsFailing(noHint) }),
      `unknown: The operator presents an older leaf that the Secret's ca.crt verifies, and nothing that is known of the metrics-apiserver predicts "${noHint}". The certificates do not explain it.`,
    ],
    [
      "FreshOnesWork",
      incident(),
      "pass: No Pod that must hold the present certificates fails against another that shows them.",
    ],
    [
      "FreshOnesWork",
      incident({ adapterPods: [{ startedAt: ago(minutes(20)) }] }),
      "unknown: adapter-1 was created after the Secret was written and fails against an operator that presents the Secret's leaf: a restart would end the same.",
    ],
    [
      "TextPredicted",
      incident(),
      `pass: The logged text is exactly what the certificates predict: ${parentCannotSign}`,
    ],
    [
      "TextPredicted",
      incident({ log: tlsFailing(noHint) }),
      `unknown: The metrics-apiserver logged "${noHint}", but the certificates predict ${parentCannotSign}. The story does not fit; a person must look.`,
    ],
    [
      "TextPredicted",
      incident({ log: alert("bad certificate") }),
      'unknown: The metrics-apiserver logged "remote error: tls: bad certificate", but the certificates predict no failure at all. The story does not fit; a person must look.',
    ],
    [
      "TextPredicted",
      incident({ before: [], log: alert("certificate required") }),
      'unknown: The metrics-apiserver logged "remote error: tls: certificate required", but no rotation of certificates causes that. The story does not fit; a person must look.',
    ],
    [
      "TextPredicted",
      incident({ before: [] }),
      "unknown: No earlier generation of the certificates is known (installed in the middle of it?): the logged text was not predicted.",
    ],
  ])("%s", (check, e, words) => {
    expect(said(check, e)).toBe(words);
  });

  test.each([
    [
      "one metrics-apiserver",
      incident(),
      "The metrics-apiserver is stale: started before the Secret was written, while the operator presents the Secret's leaf; a restart helps: restart keda-metrics-apiserver only.",
    ],
    [
      "two metrics-apiservers",
      incident({ adapterPods: [{}, {}] }),
      "The metrics-apiservers are stale: started before the Secret was written, while the operator presents the Secret's leaf; a restart helps: restart keda-metrics-apiserver only.",
    ],
    [
      "one of two metrics-apiservers",
      incident(mixed()),
      "1 of 2 metrics-apiservers are stale (adapter-1), the others are fresh and work; the operator presents the Secret's leaf; a restart helps: restart keda-metrics-apiserver only.",
    ],
    [
      "two of three",
      incident({ adapterPods: [{}, {}, { startedAt: ago(minutes(20)) }], log: [tlsFailing(), tlsFailing(), working] }),
      "2 of 3 metrics-apiservers are stale (adapter-1, adapter-2), the others are fresh and work; the operator presents the Secret's leaf; a restart helps: restart keda-metrics-apiserver only.",
    ],
    [
      "the operator",
      operatorStale(),
      "Operator-1 still presents a leaf that the Secret's ca.crt does not verify, while no metrics-apiserver needs a restart; a restart helps: restart keda-operator only.",
    ],
    [
      "both",
      operatorStale({ adapterPods: [{ startedAt: ago(days(1)) }] }),
      "Operator-1, adapter-1 hold certificates from before the last rotation; a restart helps: restart keda-operator then keda-metrics-apiserver only.",
    ],
    [
      "an operator's leaf that expired",
      incident({
        secret: now,
        before: [overdue],
        operatorPods: [{}],
        operatorPresents: overdue,
        log: tlsFailing(expired),
      }),
      "Operator-1, adapter-1 still hold a certificate that has expired; the Secret holds usable ones; a restart helps: restart keda-operator then keda-metrics-apiserver only.",
    ],
    [
      "metrics-apiservers' leaves that expired",
      incident({ secret: now, before: [overdue], adapterPods: [{}, {}], log: alert("expired certificate") }),
      "The metrics-apiserver holds certificates that have expired; the Secret holds usable ones (adapter-1, adapter-2); a restart helps: restart keda-metrics-apiserver only.",
    ],
  ])("who is to be restarted: %s", (_, e, words) => {
    expect(diagnose(e, acting).sentence).toBe(words);
  });
});

const codeOf = (e: ReturnType<typeof incident>) => diagnose(e, acting).code;

describe("what goes with the verdict", () => {
  test("HPAs that could not be listed just now are looked at again, and the logged text is kept", () => {
    const e = incident({ hpas: unseen("Timeout", "slow") });
    expect(diagnose(e, acting)).toMatchObject({
      code: "CouldNotLook",
      disposition: "inProgress",
      lookAgainAt: NOW + seconds(15),
      logged: parentCannotSign,
    });
  });

  test("an HPA that does not fail yet is looked at again after 15 s", () => {
    expect(diagnose(incident({ hpas: active() }), acting)).toMatchObject({
      code: "SymptomNotYetSeen",
      lookAgainAt: NOW + seconds(15),
      logged: parentCannotSign,
    });
  });

  test("a contradiction tells what was predicted, where a text was", () => {
    const told = diagnose(incident({ log: tlsFailing(noHint) }), acting);
    expect([told.logged, told.predicted]).toEqual([noHint, parentCannotSign]);
    expect("predicted" in diagnose(incident({ log: alert("bad certificate") }), acting)).toBe(false);
  });

  test("without history nothing was predicted", () => {
    expect("predicted" in diagnose(incident({ before: [] }), acting)).toBe(false);
  });

  test("a log of a container that runs no more, beside a metrics-apiserver that is fresh, contradicts itself", () => {
    const gone = { startedAt: undefined as never };
    const e = incident({ adapterPods: [gone, { startedAt: ago(minutes(20)) }], log: [tlsFailing(), working] });
    expect(diagnose(e, acting)).toMatchObject({
      code: "NobodyStale",
      disposition: "unknown",
      logged: parentCannotSign,
      sentence: `Hop B fails in TLS ("${parentCannotSign}"), but neither side holds anything older than the Secret: the evidence contradicts itself.`,
    });
  });

  test("the log that contradicts is the one that is told", () => {
    const told = diagnose(incident({ adapterPods: [{}, {}], log: [tlsFailing(), tlsFailing(noHint)] }), acting);
    expect([told.code, told.logged]).toEqual(["TextContradicts", noHint]);
  });
});

describe("an older leaf that is still good explains a failure only by another side that is proved stale", () => {
  const safe = (more: Changes) => incident({ secret: now, operatorPods: [{}], operatorPresents: acceptable, ...more });

  test("words of an expiry that the history contradicts prove nothing", () => {
    expect(codeOf(safe({ before: [acceptable], log: tlsFailing(expired) }))).toBe("SafeLeafButFailing");
  });

  test("a metrics-apiserver from after the write is not that side", () => {
    const fresh = [{ startedAt: ago(minutes(20)) }];
    expect(codeOf(safe({ before: [], log: tlsFailing(expired), adapterPods: fresh }))).toBe("SafeLeafButFailing");
  });
});

describe("an alert without any history is not predicted, and the verdict stands", () => {
  test("bad certificate", () => {
    expect(codeOf(incident({ before: [], log: alert("bad certificate") }))).toBe("MetricsApiserverStale");
  });
});
