import { describe, expect, test } from "@jest/globals";
import { readApiService, readLease } from "../../../src/flow/read/apiService.ts";
import { readHpa, readScaledObject } from "../../../src/flow/read/hpa.ts";
import { selfSigned } from "../../builders/certificates.ts";
import { object } from "./objects.ts";

const message = (inner: string) =>
  `the HPA was unable to compute the replica count: unable to get external metric shop/s0-prometheus/&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: web,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: ${inner}`;
const gateway =
  "the server was unable to return a response in the time allotted, but may still be processing the request (get s0-prometheus.external.metrics.k8s.io)";
const unavailable = "the server is currently unable to handle the request (get s0-prometheus.external.metrics.k8s.io)";
const scaler =
  "rpc error: code = Unknown desc = error when getting metric values no matching metrics found for s0-prometheus";

const hpa = (
  condition: object,
  metrics: unknown = [{ type: "External", external: { metric: { name: "s0-prometheus" } } }],
) =>
  object("keda-hpa-web", {
    metadata: { namespace: "shop", labels: { "scaledobject.keda.sh/name": "web" } },
    spec: { metrics },
    status: {
      conditions: [
        { type: "AbleToScale", status: "True", reason: "x", message: gateway },
        { type: "ScalingActive", lastTransitionTime: "2026-11-23T17:04:51Z", ...condition },
      ],
    },
  });
const failing = (inner: string, reason = "FailedGetExternalMetric") =>
  readHpa(hpa({ status: "False", reason, message: message(inner) }));

describe("an HPA", () => {
  test("that works", () => {
    const read = readHpa(hpa({ status: "True", reason: "ValidMetricFound", message: "fine" }));
    expect(read).toEqual({
      namespace: "shop",
      name: "keda-hpa-web",
      scaledObject: "web",
      metric: "s0-prometheus",
      scalingActive: "True",
      reason: "ValidMetricFound",
      since: Date.parse("2026-11-23T17:04:51Z"),
      message: "fine",
      idle: false,
    });
  });

  test.each([
    ["504, hop B", gateway, "Timeout"],
    ["503, hop A", unavailable, "Unavailable"],
    ["an answer of the operator, hop C", scaler, "Scaler"],
    ["a scaler that quotes the 504 wording", `${scaler}: ${gateway}`, "Scaler"],
    ["429", "the server has received too many requests and has asked us to try again later", "Other"],
    ["nothing returned", "no metrics returned from external metrics API", "Other"],
  ])("that fails: %s", (_, inner, failure) => {
    expect(failing(inner).failure).toBe(failure);
  });

  test("whose names quote the words of another hop is told by the API's own words", () => {
    const named = readHpa(
      hpa({
        status: "False",
        reason: "FailedGetExternalMetric",
        message: message(unavailable).replace("name: web", "name: unable to return a response in the time allotted"),
      }),
    );
    expect(named.failure).toBe("Unavailable");
  });

  test("that fails for CPU is none of ours", () => {
    expect(failing(gateway, "FailedGetResourceMetric").failure).toBeUndefined();
  });

  test("scaled to zero by KEDA tells nothing", () => {
    expect(readHpa(hpa({ status: "False", reason: "ScalingDisabled", message: "scaling is disabled" }))).toMatchObject({
      idle: true,
      scalingActive: "False",
    });
  });

  test("with a long message is cut: the words stand in front", () => {
    const read = failing(gateway + "x".repeat(5000));
    expect(read.message).toHaveLength(600);
    expect(read.failure).toBe("Timeout");
  });

  test.each([null, [], [{ type: "Resource" }], "x"])("with metrics of %j has no external one", (metrics) => {
    expect(readHpa(hpa({ status: "True" }, metrics)).metric).toBeUndefined();
  });

  test("that has no status yet is unknown", () => {
    expect(readHpa(object("x"))).toMatchObject({ scalingActive: "Unknown", reason: "", since: 0, idle: false });
  });
});

test("a ScaledObject: its Ready condition, cut to a sentence", () => {
  const read = readScaledObject(
    object("web", {
      metadata: { namespace: "shop" },
      status: { conditions: [{ type: "Ready", status: "False", reason: "TriggerError", message: "m".repeat(900) }] },
    }),
  );
  expect(read).toMatchObject({ namespace: "shop", name: "web", ready: "False", reason: "TriggerError" });
  expect(read.message).toHaveLength(300);
});

describe("the APIService", () => {
  const pair = selfSigned("bundle");
  const api = (spec: object, status: unknown = {}) =>
    readApiService(
      object("v1beta1.external.metrics.k8s.io", {
        spec: { service: { namespace: "keda", name: "m" }, ...spec },
        status,
      }),
    );

  test("names the Service, and whom kube-apiserver trusts", () => {
    const caBundle = Buffer.from(pair.minted.caCrt).toString("base64");
    const conditions = [{ type: "Available", status: "True", reason: "Passed", message: "all checks passed" }];
    const read = api({ caBundle }, { conditions });
    expect(read).toMatchObject({
      service: { namespace: "keda", name: "m" },
      available: "True",
      insecureSkipTlsVerify: false,
    });
    expect(read.caBundle.map((c) => c.fingerprint)).toEqual([pair.leaf.fingerprint]);
  });

  test.each([undefined, "", "!!!", Buffer.from("no PEM").toString("base64")])(
    "a caBundle of %j is none",
    (caBundle) => {
      expect(api({ caBundle }).caBundle).toEqual([]);
    },
  );

  test("local, without a Service, and without a status", () => {
    expect(readApiService(object("x"))).toMatchObject({ service: { namespace: "", name: "" }, available: "Unknown" });
  });
});

test("the lease: who leads, until when, since when", () => {
  const spec = {
    holderIdentity: "pod_1",
    leaseDurationSeconds: 15,
    acquireTime: "2026-11-23T17:04:08.796046Z",
    renewTime: "2026-11-23T17:05:10.992615Z",
  };
  expect(readLease(object("operator.keda.sh", { spec }))).toEqual({
    holder: "pod_1",
    durationSeconds: 15,
    acquiredAt: Date.parse("2026-11-23T17:04:08.796Z"),
    renewedAt: Date.parse("2026-11-23T17:05:10.992Z"),
  });
  expect(readLease(object("x"))).toEqual({ holder: "", durationSeconds: 15, renewedAt: 0 });
});
