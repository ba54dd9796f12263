import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";
import { acting, judge } from "../../builders/casefile.ts";
import { chart, pairOf } from "../../builders/certificates.ts";
import { evidence, formerPair, incident, tlsFailing } from "../../builders/evidence.ts";
import { failing503, failing504 } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

test.each([
  ["504", failing504(), "MetricsApiserverStale"],
  ["503", failing503(), "HopAFailing"],
])("the same log and %s: %s", (_, hpas, code) => {
  expect(diagnose(incident({ hpas }), acting).code).toBe(code);
});

describe("a 503 for a short while is hop A settling", () => {
  test.each([
    ["the rotation is young", { writtenAt: ago(seconds(60)) }],
    ["the metrics-apiserver is young", { adapterPods: [{ startedAt: ago(seconds(60)) }] }],
    ["the failure is young", { hpas: failing503(["web"], ago(seconds(60))) }],
  ])("%s", (_, changes) => {
    expect(diagnose(evidence({ hpas: failing503(), ...changes }), acting)).toMatchObject({
      code: "HopASettling",
      disposition: "inProgress",
      lookAgainAt: NOW + seconds(60),
    });
  });

  test("two minutes later it is a failure of its own", () => {
    expect(diagnose(evidence({ hpas: failing503(["web"], ago(minutes(2))) }), acting).disposition).toBe("incurable");
  });
});

describe("a 503 that stays is refused, with what was found", () => {
  const staleBundle = { caBundle: formerPair.certificates.ca };

  test("caBundle does not verify what is served", () => {
    const told = diagnose(evidence({ hpas: failing503(), apiService: staleBundle }), acting);
    expect(told.code).toBe("ApiServiceCaBundleStale");
    expect(told.sentence).toContain("parent certificate cannot sign this kind of certificate");
  });

  test("and it is caBundle that is to be updated, where it does not verify the Secret's leaf either", () => {
    const { sentence } = diagnose(evidence({ hpas: failing503(), apiService: staleBundle }), acting);
    expect(sentence).toContain("update caBundle");
    expect(sentence).toContain("no restart helps");
  });

  const olderServed = { hpas: failing503(), adapterPresents: formerPair };
  const ownService = { serviceName: "keda-operator-metrics-apiserver.keda.svc" };

  test("a Pod that serves an older pair than caBundle and the Secret: a person may restart it, we do not", () => {
    const { diagnosis, decision } = judge({
      evidence: evidence({ ...olderServed, layout: { ...ownService, subPath: true } }),
    });
    expect([decision.kind, decision.code, decision.targets]).toEqual(["refuse", "ApiServiceCaBundleStale", []]);
    expect(diagnosis.sentence).toMatch(
      /adapter-1 presents .*the Pod still serves an older pair: keda-medic restarts nothing for hop A, a person may restart it by hand/,
    );
    expect(diagnosis.sentence).not.toMatch(/no restart helps|update caBundle/);
  });

  test.each([
    ["the Secret was not seen", { secret: unseen("Forbidden", "no right"), layout: ownService }],
    [
      "caBundle does not verify the Secret's leaf for the Service's name",
      { layout: { serviceName: "other.keda.svc" } },
    ],
  ])("%s: nobody says that the Pod is older", (_, changes) => {
    expect(diagnose(evidence({ ...olderServed, ...changes }), acting).sentence).not.toContain("older pair");
  });

  test("a Pod that leaves out the intermediate serves no older pair", () => {
    const root = chart("hop-a-root").minted.ca;
    const between = mintCertificate({
      subject: { cn: "between" },
      key: chart("hop-a-between").minted.ca.key,
      issuer: root,
      ca: true,
      keyUsage: ["certSign"],
      notBefore: ago(days(30)),
      notAfter: NOW + days(300),
    });
    const { minted } = chart("hop-a-leaf", { issuer: between });
    const secret = pairOf({
      ...minted,
      tlsCrt: minted.tlsCrt + between.certificate,
      caCrt: root.certificate,
      ca: root,
    });
    const adapterPresents = { ...secret, presented: { leaf: secret.leaf, chain: [secret.leaf] } };
    const told = diagnose(evidence({ hpas: failing503(), secret, adapterPresents, layout: ownService }), acting);
    expect(told.code).toBe("ApiServiceCaBundleStale");
    expect(told.sentence).not.toContain("older pair");
  });

  test("whatever Available says: its check does not verify", () => {
    for (const available of ["True", "False", "Unknown"] as const)
      expect(diagnose(evidence({ hpas: failing503(), apiService: { ...staleBundle, available } }), acting).code).toBe(
        "ApiServiceCaBundleStale",
      );
  });

  test.each([
    ["verification is switched off", { apiService: { ...staleBundle, insecureSkipTlsVerify: true } }],
    ["there is no caBundle", { apiService: { caBundle: [] } }],
    ["nobody could look at :6443", { apiService: staleBundle, adapterPresents: unseen("Unreachable", "no route") }],
  ])("%s: caBundle is not blamed", (_, changes) => {
    expect(diagnose(evidence({ hpas: failing503(), ...changes }), acting).code).toBe("HopAFailing");
  });

  test("not Available: its own reason", () => {
    const told = diagnose(
      evidence({
        hpas: failing503(),
        apiService: { available: "False", reason: "MissingEndpoints", message: "no endpoints" },
      }),
      acting,
    );
    expect(told.code).toBe("ApiServiceUnavailable");
    expect(told.sentence).toContain("MissingEndpoints no endpoints");
  });
});

test("the x509 words of hop A's own log do not make it hop B", () => {
  expect(diagnose(evidence({ hpas: failing503(), log: tlsFailing() }), acting).code).toBe("HopAFailing");
});

test("a serving certificate without the Service's name is caBundle's fault as far as hop A can tell", () => {
  const e = evidence({ hpas: failing503(), layout: { serviceName: "other.keda.svc" } });
  expect(diagnose(e, acting).sentence).toContain("not other.keda.svc");
});

test("what the metrics-apiserver serves tells nothing about hop B", () => {
  const e = { ...incident(), metricsApiserverPresents: { "adapter-1": sawAt(formerPair.presented, NOW) } };
  expect(diagnose(e, acting).code).toBe("MetricsApiserverStale");
});

describe("the front proxy's certificate", () => {
  const text = "verifying certificate SN=1, SKID=, AKID=AB:CD failed: x509: certificate signed by unknown authority";
  const said = (at = ago(seconds(20))) => ({ established: ago(minutes(1)), unauthenticated: { at, text } });
  const own = { layout: { serviceName: "keda-operator-metrics-apiserver.keda.svc" } };
  const told = (changes: Parameters<typeof evidence>[0]) =>
    diagnose(evidence({ ...own, hpas: failing503(), ...changes }), acting);

  test("is named with the log's own words, and no restart helps", () => {
    const { code, disposition, sentence } = told({ log: said() });
    expect([code, disposition]).toEqual(["FrontProxyDistrusted", "incurable"]);
    expect(sentence).toContain("AKID=AB:CD");
  });

  test("a line is good for five minutes", () => {
    expect(told({ log: said(ago(minutes(5))) }).code).toBe("FrontProxyDistrusted");
    expect(told({ log: said(ago(minutes(5)) - 1) }).code).toBe("HopAFailing");
  });

  test("a line alone is no fault: whoever shows :6443 a certificate causes it", () => {
    expect(diagnose(evidence({ ...own, log: said() }), acting).code).toBe("Healthy");
  });

  const status = (code: number) => ({
    available: "False" as const,
    reason: "FailedDiscoveryCheck",
    message: `failing or missing response from https://10.96.0.7:443: bad status from https://10.96.0.7:443: ${code}`,
  });

  test.each([
    [401, "FrontProxyDistrusted"],
    [403, "ApiServiceUnavailable"],
    [4010, "ApiServiceUnavailable"],
  ])("kube-aggregator that is answered %s: %s", (answer, code) => {
    expect(told({ apiService: status(answer) }).code).toBe(code);
  });

  test("a condition of before counts no more once the APIService is Available", () => {
    expect(told({ apiService: { ...status(401), available: "True" } }).code).toBe("HopAFailing");
  });

  test("a caBundle that does not verify is the nearer fault", () => {
    expect(told({ log: said(), apiService: { caBundle: formerPair.certificates.ca } }).code).toBe(
      "ApiServiceCaBundleStale",
    );
  });
});
