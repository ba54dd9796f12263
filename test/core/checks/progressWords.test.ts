import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, said } from "../../builders/casefile.ts";
import { type Changes, evidence, formerPair, incident, presentPair } from "../../builders/evidence.ts";
import { ago } from "../../builders/time.ts";

const forbidden = unseen("Forbidden", "get on secrets is forbidden");
const reloading = { operator: { version: "2.20.2" }, metricsApiserver: { version: "2.20.2" } };
const written = (age: number, more: Changes = {}): Changes => ({
  writtenAt: ago(age),
  operatorPods: [{}],
  ...more,
});

const both =
  "Certificate keda/certs of cert-manager and KEDA's own rotation (--enable-cert-rotation of keda-operator) are both set up to write Secret kedaorg-certs";

describe("what is told about something in progress", () => {
  test.each([
    ["NotIssuing", {}, "skipped: No cert-manager Certificate behind the Secret was seen."],
    ["NotIssuing", { issuance: {} }, "pass: Certificate keda/certs is Ready."],
    [
      "NotIssuing",
      { issuance: { ready: false, message: "no such issuer" } },
      "pass: Certificate keda/certs is not Ready: no such issuer",
    ],
    [
      "NotIssuing",
      { issuance: { issuing: true } },
      "unknown: cert-manager is issuing Certificate keda/certs right now: what we see may change within seconds.",
    ],
    ["OneIssuer", {}, "pass: Not more than one issuer is known to write the Secret."],
    [
      "OneIssuer",
      { operator: { rotatesCertificates: true }, issuance: {} },
      `pass: ${both}; it has been quiet for 2h 0m.`,
    ],
    [
      "OneIssuer",
      { operator: { rotatesCertificates: true }, issuance: {}, secret: forbidden, hpas: [], log: {} },
      `pass: ${both}; it has been quiet for an unknown time.`,
    ],
    [
      "OneIssuer",
      { operator: { rotatesCertificates: true }, issuance: {}, writtenAt: ago(minutes(12)) },
      `fail: ${both}, and it was written 12m ago: whatever is restarted now holds what the other one replaces next. Leave it to one of them and switch the other off first.`,
    ],
    ["NoRollout", {}, "pass: No rollout of KEDA is under way."],
    [
      "NoRollout",
      { operator: { rollout: "stuck" } },
      "fail: The rollout of keda-operator exceeded its progress deadline: a further restart cannot help before it is repaired.",
    ],
    ["SecretPropagated", { secret: forbidden, hpas: [], log: {} }, "skipped: The Secret's certificates were not seen."],
    ["SecretPropagated", written(minutes(4)), "pass: The Secret was written 4m ago."],
    ["SecretPropagated", written(seconds(90)), "pass: The Secret was written 90s ago."],
    [
      "SecretPropagated",
      written(seconds(60)),
      "unknown: The Secret was written 60s ago; kubelet may take 90s to bring it into running Pods.",
    ],
    ["ReloadHadItsTime", {}, "skipped: KEDA 2.13.1 loads hop B's certificates once, at start."],
    [
      "ReloadHadItsTime",
      { operator: { version: "main" }, metricsApiserver: { version: "main" } },
      "skipped: KEDA's version is not known: treated as one that loads certificates once.",
    ],
    [
      "ReloadHadItsTime",
      { ...reloading, metricsApiserver: { version: undefined as never } },
      "pass: KEDA 2.20.2 reloads certificates by itself; the last rotation was 2h 0m ago.",
    ],
    [
      "ReloadHadItsTime",
      { ...reloading, secret: forbidden, hpas: [], log: {} },
      "skipped: The Secret's certificates were not seen.",
    ],
    [
      "ReloadHadItsTime",
      written(minutes(4), reloading),
      "unknown: KEDA 2.20.2 reloads hop B's certificates by itself: no restart before it had 5m to do so.",
    ],
    [
      "ReloadHadItsTime",
      written(minutes(5), reloading),
      "pass: KEDA 2.20.2 reloads certificates by itself; the last rotation was 5m ago.",
    ],
  ] as [string, Changes, string][])("%s", (check, changes, words) => {
    expect(said(check, incident(changes))).toBe(words);
  });

  test("two issuers are cured by no restart", () => {
    const e = incident({ operator: { rotatesCertificates: true }, issuance: {}, writtenAt: ago(minutes(12)) });
    expect(diagnose(e, acting)).toMatchObject({ code: "TwoIssuers", disposition: "incurable", stale: [] });
  });

  test.each([
    ["nobody fails and nobody is behind", presentPair, "Healthy"],
    ["one of two operators is behind", [presentPair, formerPair], "ReloadPending"],
    ["a standby that shows nothing is not behind", [presentPair, unseen("Timeout", "slow")], "Healthy"],
  ])("a KEDA that reloads, four minutes after the write, %s", (_, operatorPresents, code) => {
    const e = evidence(written(minutes(4), { ...reloading, operatorPods: [{}, {}], operatorPresents }));
    expect(diagnose(e, acting).code).toBe(code);
  });
});
