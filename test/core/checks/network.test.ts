import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, askAlone, said } from "../../builders/casefile.ts";
import {
  type Changes,
  evidence,
  incident,
  networkFailing,
  oomKilled,
  tlsFailing,
  working,
} from "../../builders/evidence.ts";
import { ago, NOW } from "../../builders/time.ts";

const codeOf = (e: ReturnType<typeof evidence>, by = acting) => diagnose(e, by).code;

describe("network is not TLS", () => {
  const refused = "dial tcp 10.0.201.232:9666: connect: connection refused";

  test.each([
    ["network", networkFailing(refused), "HopBNetwork"],
    ["TLS", tlsFailing(), "MetricsApiserverStale"],
  ])("the same HPAs, the same certificates, the log says %s", (_, log, code) => {
    expect(codeOf(incident({ log }))).toBe(code);
  });

  test("one Pod's network does not hide another's TLS", () => {
    expect(codeOf(incident({ adapterPods: [{}, {}], log: [networkFailing(refused), tlsFailing()] }))).toBe(
      "MetricsApiserverStale",
    );
  });

  test("nothing is refused before an HPA fails", () => {
    expect(codeOf(evidence({ log: networkFailing(refused) }))).toBe("Healthy");
  });

  test("an operator that has just started is waited for", () => {
    const killed = ago(seconds(30));
    expect(codeOf(incident({ operatorPods: [oomKilled(killed)], log: networkFailing(refused) }))).toBe(
      "OperatorStarting",
    );
  });

  test("a log that may not be read is told to a person, when an HPA times out", () => {
    const log = unseen("Forbidden", "get on pods/log is forbidden");
    expect(diagnose(incident({ log }), acting)).toMatchObject({ code: "LogsUnseen", disposition: "unknown" });
    expect(codeOf(evidence({ log }))).toBe("Healthy");
  });

  test.each(["Timeout", "Unreachable"] as const)(
    "one that could not be read just now (%s) is read again first",
    (reason) => {
      expect(diagnose(incident({ log: unseen(reason, "the node did not answer") }), acting)).toMatchObject({
        code: "CouldNotLook",
        disposition: "inProgress",
        lookAgainAt: NOW + seconds(15),
        sentence: expect.stringContaining("the node did not answer"),
      });
    },
  );

  test("one readable log of two is enough", () => {
    expect(codeOf(incident({ adapterPods: [{}, {}], log: [unseen("Timeout", "slow"), tlsFailing()] }))).toBe(
      "MetricsApiserverStale",
    );
  });
});

describe("a service mesh is named where it shows, and only there", () => {
  const noTls = tlsFailing("tls: first record does not look like a TLS handshake");
  const reset = networkFailing("read tcp 10.244.0.9:41000->10.96.0.9:9666: read: connection reset by peer");
  const sidecar = { adapterPods: [{ mesh: "istio-proxy" }] };

  test.each([
    ["a sidecar and no TLS", { ...sidecar, log: noTls }, "HopBMeshed"],
    ["no sidecar and no TLS", { log: noTls }, "HopBNotTls"],
    [
      "a sidecar that is going away",
      { adapterPods: [{}, { mesh: "istio-proxy", deleting: true }], log: noTls },
      "HopBNotTls",
    ],
    ["a sidecar and a cut", { ...sidecar, log: reset }, "HopBMeshed"],
    ["no sidecar and a cut", { log: reset }, "HopBNetwork"],
    [
      "a sidecar and a name that cannot be resolved",
      { ...sidecar, log: networkFailing("dial tcp: lookup keda-operator: no such host") },
      "HopBNetwork",
    ],
    ["a sidecar and the words of a rotation", sidecar, "MetricsApiserverStale"],
    [
      "a sidecar, and names that KEDA's own leaf may have had",
      {
        ...sidecar,
        log: tlsFailing("x509: certificate is valid for keda-operator.keda.svc, not keda-operator.other.svc"),
      },
      "TextContradicts",
    ],
  ])("%s: %s", (_, changes, code) => {
    expect(codeOf(incident(changes))).toBe(code);
  });

  test("two Pods that tell two stories are told to a person", () => {
    const adapterPods = [{ mesh: "istio-proxy" }, { mesh: "istio-proxy" }];
    expect(codeOf(incident({ adapterPods, log: [noTls, tlsFailing()] }))).toBe("TextContradicts");
  });

  test("nothing is refused before an HPA fails", () => {
    expect(codeOf(evidence({ ...sidecar, log: reset }))).toBe("Healthy");
  });
});

describe("what is told about the way to the operator", () => {
  const refused = networkFailing("dial tcp 10.0.0.1:9666: connect: connection refused");
  const proxied = networkFailing("failed to do connect handshake, response: HTTP/1.1 403 Forbidden");
  const noTls = tlsFailing("tls: first record does not look like a TLS handshake");
  const forbidden = unseen("Forbidden", "get on pods/log is forbidden");
  const mesh = { adapterPods: [{ mesh: "istio-proxy" }], operatorPods: [{ mesh: "linkerd-proxy" }] };
  const cannot = "adapter-1 cannot reach the operator on :9666";
  const dial = "dial tcp 10.0.0.1:9666: connect: connection refused";
  const two = [{}, {}];

  test.each([
    ["LogsRead", {}, "pass: The log of every metrics-apiserver Pod was read."],
    [
      "LogsRead",
      { adapterPods: two, log: [working, forbidden] },
      "unknown: The log of 1 of 2 metrics-apiserver Pods could not be read (get on pods/log is forbidden).",
    ],
    [
      "LogsRead",
      { log: forbidden },
      "unknown: shop/keda-hpa-web, shop/keda-hpa-worker time out on hop B, but only the metrics-apiserver's log tells TLS from network: The log of 1 of 1 metrics-apiserver Pods could not be read (get on pods/log is forbidden).",
    ],
    ["HopBOutsideMesh", {}, "pass: No Pod of KEDA is part of a service mesh."],
    [
      "HopBOutsideMesh",
      mesh,
      "pass: A service mesh handles the traffic of operator-1 (linkerd-proxy), adapter-1 (istio-proxy); hop B shows no sign of it.",
    ],
    [
      "HopBOutsideMesh",
      { ...mesh, log: noTls },
      'fail: A service mesh stands on hop B: it handles the traffic of operator-1 (linkerd-proxy), adapter-1 (istio-proxy), and the metrics-apiserver says "tls: first record does not look like a TLS handshake". KEDA does its own mutual TLS on :9666: take that port, or KEDA, out of the mesh.',
    ],
    ["HopBSpeaksTls", {}, "pass: Whoever answers the metrics-apiserver speaks TLS."],
    [
      "HopBSpeaksTls",
      { log: noTls },
      'fail: adapter-1 is answered on :9666 by somebody who speaks no TLS ("tls: first record does not look like a TLS handshake"): a transparent proxy, another program behind the Service, or an operator of KEDA 2.9, which has no TLS. No certificate has part in it.',
    ],
    ["HopBSpeaksTls", { log: noTls, hpas: [] }, "pass: Whoever answers the metrics-apiserver speaks TLS."],
    ["HopBReachable", {}, "pass: No metrics-apiserver reports a network failure on hop B."],
    [
      "HopBReachable",
      { adapterPods: two, log: [refused, tlsFailing()] },
      "pass: No metrics-apiserver reports a network failure on hop B.",
    ],
    ["HopBReachable", { log: refused, hpas: [] }, `pass: ${cannot}: ${dial}. No HPA times out yet.`],
    [
      "HopBReachable",
      { log: refused, operatorPods: [{ startedAt: ago(seconds(89)) }] },
      `unknown: ${cannot}: ${dial}. The operator has just started.`,
    ],
    [
      "HopBReachable",
      { log: refused, operatorPods: [{ startedAt: ago(seconds(90)) }] },
      `fail: ${cannot}: ${dial}. This is network, DNS or an endpoint, not a certificate: look at the Service's endpoints, NetworkPolicy and DNS.`,
    ],
    [
      "HopBReachable",
      { log: proxied },
      `fail: ${cannot}: failed to do connect handshake, response: HTTP/1.1 403 Forbidden. An HTTP proxy stands in the way: gRPC dials through HTTPS_PROXY of the metrics-apiserver; add keda-operator.keda.svc.cluster.local to NO_PROXY.`,
    ],
  ] as [string, Changes, string][])("%s", (check, changes, words) => {
    expect(said(check, incident(changes))).toBe(words);
  });

  test.each([
    ["HopBProxied", { log: proxied }],
    ["HopBNetwork", { log: refused }],
    ["HopBNotTls", { log: noTls }],
    ["HopBMeshed", { ...mesh, log: noTls }],
  ])("%s is cured by no restart", (code, changes) => {
    expect(diagnose(incident(changes), acting)).toMatchObject({ code, disposition: "incurable", stale: [] });
  });

  test("an operator that has just started is looked at again after 15 s", () => {
    const e = incident({ log: refused, operatorPods: [{ startedAt: ago(seconds(40)) }] });
    expect(diagnose(e, acting)).toMatchObject({ code: "OperatorStarting", lookAgainAt: NOW + seconds(15) });
  });

  test.each([
    [89, "OperatorStarting"],
    [90, "HopBMeshed"],
  ])("a cut is the mesh's once the operator has had its 90 s: %i s, %s", (age, code) => {
    const log = networkFailing("EOF", ago(seconds(5)));
    const operatorPods = [{ mesh: "istio-proxy", startedAt: ago(seconds(age)) }];
    expect(codeOf(incident({ operatorPods, log }))).toBe(code);
  });

  test("no metrics-apiserver Pod, no log to read", () => {
    expect(askAlone("LogsRead", incident({ adapterPods: [] }))).toEqual({
      verdict: "skipped",
      sentence: "There is no metrics-apiserver Pod to read a log of.",
    });
  });

  test("a log that was never asked for is not read", () => {
    const e = { ...incident(), logs: {} };
    expect(said("LogsRead", e)).toContain("The log of 1 of 1 metrics-apiserver Pods could not be read (not read).");
  });

  test("what could not be read just now carries no logged text", () => {
    const told = diagnose(incident({ log: unseen("Timeout", "slow") }), acting);
    expect([told.code, "logged" in told]).toEqual(["CouldNotLook", false]);
  });
});
