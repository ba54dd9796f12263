import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting } from "../../builders/casefile.ts";
import { evidence, incident, networkFailing, oomKilled, tlsFailing } from "../../builders/evidence.ts";
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
