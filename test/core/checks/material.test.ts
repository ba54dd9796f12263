import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { acting, askAlone, judge, said } from "../../builders/casefile.ts";
import { chart, mixedPair, type Pair, selfSigned, serverOnly } from "../../builders/certificates.ts";
import { type Changes, evidence, formerPair, incident, presentPair } from "../../builders/evidence.ts";
import { active } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const chartA = chart("a");
const chartB = chart("b");

/** A Secret that is unfit, although nothing fails yet, and in the middle of the incident. */
const unfit: readonly (readonly [string, string, Changes])[] = [
  [
    "its leaf has expired",
    "SecretLeafExpired",
    { secret: selfSigned("old", { notBefore: ago(days(90)), notAfter: ago(minutes(1)) }) },
  ],
  ["its CA has expired", "SecretCaExpired", { secret: chart("old-ca", { caNotAfter: ago(minutes(1)) }) }],
  ["it is not valid yet", "SecretNotYetValid", { secret: selfSigned("early", { notBefore: NOW + minutes(1) }) }],
  [
    "it carries another name than the dialled one",
    "SecretNameMismatch",
    { secret: selfSigned("other", { dnsNames: ["keda-operator.other.svc"] }) },
  ],
  ["it may serve and not call", "SecretUsageWrong", { secret: serverOnly() }],
  [
    "only the leaf was replaced: ca.crt is that of before",
    "SecretLeafNotSignedByCa",
    { secret: mixedPair(chartB, chartA) },
  ],
  [
    "only ca.crt was replaced: the leaf is that of before",
    "SecretLeafNotSignedByCa",
    { secret: mixedPair(chartA, chartB) },
  ],
  [
    "self-signed leaf beside the ca.crt of before",
    "SecretLeafNotSignedByCa",
    { secret: mixedPair(presentPair, formerPair) },
  ],
  ["its key does not fit its certificate", "SecretKeyMismatch", { keyFits: sawAt(false, NOW) }],
  [
    "it does not exist",
    "SecretMissing",
    { secret: { usable: false, code: "SecretMissing", detail: "it does not exist." } },
  ],
  [
    "it lacks a part",
    "SecretIncomplete",
    { secret: { usable: false, code: "SecretIncomplete", detail: "it has no ca.crt." } },
  ],
  [
    "it is no PEM",
    "SecretUnreadable",
    { secret: { usable: false, code: "SecretUnreadable", detail: "ca.crt cannot be read." } },
  ],
];

describe.each([
  ["nothing fails yet", evidence],
  ["the incident's own symptoms", incident],
] as const)("a Secret that is unfit is refused: %s", (_, given) => {
  test.each(unfit)("%s", (_name, code, changes) => {
    const { diagnosis, decision } = judge({ evidence: given(changes) });
    expect([diagnosis.code, diagnosis.disposition, diagnosis.stale]).toEqual([code, "incurable", []]);
    expect([decision.kind, decision.code, decision.targets]).toEqual(["refuse", code, []]);
  });
});

test.each([
  ["stale pair", presentPair, "MetricsApiserverStale"],
  ["inconsistent Secret", mixedPair(presentPair, formerPair), "SecretLeafNotSignedByCa"],
] as [string, Pair, string][])("the same log, the same HPAs, one fact differs: %s", (_, secret, code) => {
  expect(diagnose(incident({ secret, operatorPresents: presentPair }), acting).code).toBe(code);
});

test("the name is judged by the host that is dialled", () => {
  const other = selfSigned("domain", { clusterDomain: "corp.example" });
  expect(diagnose(evidence({ secret: other }), acting).code).toBe("SecretNameMismatch");
  const dialName = "keda-operator.keda.svc.corp.example";
  expect(diagnose(evidence({ secret: other, layout: { dialName } }), acting).code).toBe("Healthy");
});

test("a refused Secret that is repaired is gone on with by itself", () => {
  const { decision } = judge({ evidence: incident() });
  expect(decision.kind).toBe("restart");
});

describe("a Secret that could not be read", () => {
  const secret = unseen("Forbidden", "get on secrets is forbidden");

  test("matters only when something fails", () => {
    expect(diagnose(evidence({ secret, hpas: active() }), acting)).toMatchObject({ code: "Healthy" });
    expect(diagnose(incident({ secret }), acting)).toMatchObject({ code: "MaterialUnseen", disposition: "unknown" });
  });

  test("just now is read again before a person is told", () => {
    expect(diagnose(incident({ secret: unseen("Timeout", "no answer within 5 s") }), acting)).toMatchObject({
      code: "CouldNotLook",
      disposition: "blind",
    });
  });

  test("names the missing right, and no generation", () => {
    const told = diagnose(incident({ secret }), acting);
    expect(told.sentence).toContain("get on secrets is forbidden");
    expect(told.generation).toBeUndefined();
  });
});

test("the Secret's generation is told, and which one it replaced", () => {
  const told = diagnose(incident(), acting).checks.find((c) => c.code === "SecretReadable");
  expect(told?.sentence).toContain(presentPair.generation.slice(0, 12));
  expect(told?.sentence).toContain(`which replaced ${formerPair.generation.slice(0, 12)}`);
  expect(diagnose(evidence(), acting).checks.find((c) => c.code === "SecretReadable")?.sentence).not.toContain(
    "replaced",
  );
});

describe("what is told about the Secret", () => {
  const withheld = unseen("Withheld", "the Secret was not read");
  const forbidden = unseen("Forbidden", "get on secrets is forbidden");

  test.each([
    [
      "SecretReadable",
      { secret: forbidden },
      "unknown: The public half of Secret keda/kedaorg-certs could not be read (get on secrets is forbidden), so nothing can be compared with it.",
    ],
    [
      "SecretReadable",
      { secret: { usable: false, code: "SecretMissing", detail: "it does not exist." } as const },
      "fail: Secret keda/kedaorg-certs: it does not exist.",
    ],
    [
      "SecretReadable",
      {},
      `pass: Secret keda/kedaorg-certs holds generation ${presentPair.generation.slice(0, 12)}, written 2026-11-21T17:05:00Z (seen through the Secret).`,
    ],
    [
      "SecretReadable",
      { before: [formerPair] },
      `pass: Secret keda/kedaorg-certs holds generation ${presentPair.generation.slice(0, 12)}, which replaced ${formerPair.generation.slice(0, 12)}, written 2026-11-21T17:05:00Z (seen through the Secret).`,
    ],
    ["SecretPairConsistent", { secret: forbidden }, "skipped: The Secret's certificates were not seen."],
    [
      "SecretPairConsistent",
      {},
      "pass: The Secret's tls.crt verifies against its own ca.crt by Go's rules: in date, names and usages fit.",
    ],
    [
      "SecretPairConsistent",
      { secret: selfSigned("over", { notBefore: ago(days(90)), notAfter: ago(minutes(1)) }) },
      "fail: Secret kedaorg-certs as it stands now is not usable: its tls.crt has expired: have it issued again (cmctl renew) first (x509: certificate has expired or is not yet valid: current time 2026-11-23T17:05:00Z is after 2026-11-23T17:04:00Z). A restart would turn a limping pair into a dead one.",
    ],
    ["SecretKeyFits", { secret: forbidden }, "skipped: The Secret's certificates were not seen."],
    [
      "SecretKeyFits",
      { keyFits: withheld },
      "unknown: Whether tls.key belongs to tls.crt was not read (the Secret was not read).",
    ],
    ["SecretKeyFits", {}, "pass: tls.key belongs to tls.crt."],
    [
      "SecretKeyFits",
      { keyFits: sawAt(false, NOW) },
      'fail: Secret kedaorg-certs: tls.key does not belong to tls.crt ("tls: private key does not match public key"): any restarted component would crash-loop. Have the pair issued again.',
    ],
  ])("%s", (check, changes, words) => {
    expect(said(check, evidence(changes))).toBe(words);
  });

  test("where nobody knows who dials it, the Secret's pair is judged without a name", () => {
    const secret = selfSigned("nameless", { dnsNames: ["keda-operator.other.svc"] });
    expect(askAlone("SecretPairConsistent", evidence({ secret, layout: unseen("Timeout", "slow") })).verdict).toBe(
      "pass",
    );
  });

  test.each(["Timeout", "Unreachable"] as const)(
    "one that gave no answer (%s) is read again, fail what may",
    (reason) => {
      for (const given of [evidence, incident])
        expect(diagnose(given({ secret: unseen(reason, "no route") }), acting)).toMatchObject({
          code: "CouldNotLook",
          disposition: "blind",
        });
    },
  );
});
