import { describe, expect, test } from "@jest/globals";
import type { NotOurs, Signal } from "../../../src/core/signal.ts";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";
import { decode, onlyEvent, type Recorded, recording, recordings } from "./requests.ts";

const signalOf = ({ headers, body }: Recorded): Signal | NotOurs => toSignal(onlyEvent(decode(headers, body)));
const read = (file: string) => recording(file).map((r) => ({ ...r, signal: signalOf(r) }));
const all = {
  selfSigned: read(recordings.selfSigned),
  certManager: read(recordings.certManager),
  exporter: read(recordings.exporter),
};

const labelOf = (signal: Signal | NotOurs): string => {
  if (signal.kind === "NotOurs") return `NotOurs ${signal.code}`;
  return signal.kind === "MetricFailed" ? `MetricFailed ${signal.failure}` : signal.kind;
};

function counts(signals: readonly (Signal | NotOurs)[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const signal of signals) found[labelOf(signal)] = (found[labelOf(signal)] ?? 0) + 1;
  return found;
}

describe("every recorded request decodes and means something", () => {
  test("two ApiServerSources, self-signed certificates", () => {
    expect(counts(all.selfSigned.map((r) => r.signal))).toEqual({
      SecretChanged: 1,
      PodChanged: 39,
      "MetricFailed Timeout": 4,
      "MetricFailed Unavailable": 4,
      WorkloadChanged: 12,
      "NotOurs ForeignKind": 12,
      "NotOurs ForeignReason": 12,
    });
  });

  test("three ApiServerSources, cert-manager", () => {
    expect(counts(all.certManager.map((r) => r.signal))).toEqual({
      SecretChanged: 12,
      PodChanged: 29,
      CertificateChanged: 22,
      "MetricFailed Timeout": 4,
      "MetricFailed Unavailable": 4,
      WorkloadChanged: 10,
      "NotOurs ForeignKind": 34,
      "NotOurs ForeignReason": 17,
    });
  });

  test("kubernetes-event-exporter means the same with and without its header templates", () => {
    const signals = (url: string): readonly (Signal | NotOurs)[] =>
      all.exporter.filter((r) => r.url === url).map((r) => r.signal);
    expect(counts(signals("/plain"))).toEqual({
      WorkloadChanged: 9,
      "MetricFailed Timeout": 2,
      "MetricFailed Unavailable": 2,
      "NotOurs ForeignKind": 8,
      "NotOurs ForeignReason": 4,
    });
    expect(counts(signals("/cloudevents"))).toEqual(counts(signals("/plain")));
  });
});

describe("what the incident looked like from outside", () => {
  test("the rotation is one event about kedaorg-certs, a reference without any data", () => {
    const secrets = all.selfSigned.filter((r) => r.signal.kind === "SecretChanged");
    expect(secrets.map((r) => r.signal)).toEqual([{ kind: "SecretChanged", namespace: "keda", name: "kedaorg-certs" }]);
    expect(secrets.map((r) => r.headers["ce-type"])).toEqual(["dev.knative.apiserver.ref.update"]);
  });

  test("the 504 of hop B comes before the restart, the 503 of hop A after it: told apart by wording", () => {
    const failures = all.selfSigned.flatMap((r) =>
      r.signal.kind === "MetricFailed" ? [{ at: r.at, ...r.signal }] : [],
    );
    const restarted = "2026-11-23T17:05:11.763Z";
    for (const { at, failure } of failures) expect(failure).toBe(at < restarted ? "Timeout" : "Unavailable");
    expect(new Set(failures.map((f) => `${f.namespace}/${f.hpa} ${f.scaledObject}`))).toEqual(
      new Set(["shop/keda-hpa-web web", "shop/keda-hpa-worker worker"]),
    );
  });

  test("the exporter's 503 right after the rotation is not the incident's 504", () => {
    const failures = all.exporter.flatMap((r) => (r.signal.kind === "MetricFailed" ? [r.signal.failure] : []));
    expect(failures).toEqual([...Array(4).fill("Unavailable"), ...Array(4).fill("Timeout")]);
  });

  test("the new leader is told by the Lease's event", () => {
    const leaders = all.selfSigned.flatMap((r) =>
      r.signal.kind === "WorkloadChanged" && r.signal.what === "LeaderElection" ? [r.signal] : [],
    );
    expect(leaders).toHaveLength(2);
    expect(leaders[0]).toMatchObject({ namespace: "keda", name: "operator.keda.sh" });
  });
});
