import { describe, expect, test } from "@jest/globals";
import type { IncomingEvent } from "../../../src/core/event.ts";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";
import { toWakeUp } from "../../../src/edge/cloudevents/wakeUp.ts";

const event = (type: string, changes: Partial<IncomingEvent> = {}): IncomingEvent => ({
  id: "1",
  source: "/test",
  type,
  attributes: {},
  data: undefined,
  ...changes,
});

const notOurs = (code: string): object => ({ kind: "NotOurs", code });
const place = { namespace: "keda", name: "a" };
const place2 = { namespace: "keda", name: "operator.keda.sh" };

const object = (kind: string, apiversion: string): Partial<IncomingEvent> => ({
  attributes: { kind, apiversion, namespace: "keda", name: "a" },
});

describe("ApiServerSource on objects", () => {
  test.each([
    ["Secret", "v1", { kind: "SecretChanged", ...place }],
    ["Pod", "v1", { kind: "PodChanged", ...place }],
    ["Certificate", "cert-manager.io/v1", { kind: "CertificateChanged", ...place }],
    ["Deployment", "apps/v1", { kind: "WorkloadChanged", ...place, what: "delete" }],
    ["Certificate", "networking.internal.knative.dev/v1alpha1", notOurs("ForeignKind")],
    ["Deployment", "extensions/v1", notOurs("ForeignKind")],
    ["Secret", "example.com/v1", notOurs("ForeignKind")],
    ["ConfigMap", "v1", notOurs("ForeignKind")],
    ["Event", "v1", notOurs("DeletedEvent")],
    ["Event", "events.k8s.io/v1", notOurs("DeletedEvent")],
    ["Event", "example.com/v1", notOurs("ForeignKind")],
    ["Incident", "kedamedic.dev/v1", notOurs("OwnWrite")],
  ])("a deleted %s of %s", (kind, apiversion, expected) => {
    expect(toSignal(event("dev.knative.apiserver.ref.delete", object(kind, apiversion)))).toEqual(expected);
  });

  test("reads names from the data when the extensions are missing", () => {
    const data = { kind: "Pod", apiVersion: "v1", ...place };
    expect(toSignal(event("dev.knative.apiserver.ref.add", { data }))).toEqual({ kind: "PodChanged", ...place });
    const whole = { kind: "Pod", apiVersion: "v1", metadata: place };
    expect(toSignal(event("dev.knative.apiserver.resource.add", { data: whole }))).toMatchObject({
      kind: "PodChanged",
    });
  });

  test("a reference to an Event says nothing", () => {
    expect(toSignal(event("dev.knative.apiserver.ref.add", object("Event", "v1")))).toEqual(notOurs("ForeignKind"));
  });

  test.each([["dev.knative.apiserver.ref.replace"], ["dev.knative.apiserver.whole.add"], ["dev.knative.apiserver."]])(
    "%s is no type of it",
    (type) => {
      expect(toSignal(event(type, object("Secret", "v1")))).toEqual(notOurs("ForeignType"));
    },
  );

  test.each([["a".repeat(254)], ["A"], ["../secrets"], ["a\nb"], ["-a"], ["a-"], [""], ["ä"], ["a b"]])(
    "the name %j is no name",
    (name) => {
      const attributes = { kind: "Secret", apiversion: "v1", namespace: "keda", name };
      expect(toSignal(event("dev.knative.apiserver.ref.add", { attributes }))).toEqual(notOurs("ForeignKind"));
    },
  );

  test.each([["a".repeat(64)], ["a.b"], [""]])("the namespace %j is none", (namespace) => {
    const attributes = { kind: "Secret", apiversion: "v1", namespace, name: "a" };
    expect(toSignal(event("dev.knative.apiserver.ref.add", { attributes }))).toEqual(notOurs("ForeignKind"));
  });
});

describe("our own writes", () => {
  const written = (...managers: readonly (readonly [string, string])[]): Partial<IncomingEvent> => ({
    ...object("Deployment", "apps/v1"),
    data: {
      kind: "Deployment",
      metadata: { ...place, managedFields: managers.map(([manager, time]) => ({ manager, time })) },
    },
  });
  const update = "dev.knative.apiserver.resource.update";

  test.each([
    ["we wrote last", written(["helm", "2026-11-23T17:00:00Z"], ["keda-medic", "2026-11-23T17:05:00Z"]), "NotOurs"],
    [
      "we wrote last, listed first",
      written(["keda-medic", "2026-11-23T17:05:00Z"], ["helm", "2026-11-23T17:00:00Z"]),
      "NotOurs",
    ],
    [
      "another wrote after us",
      written(["keda-medic", "2026-11-23T17:00:00Z"], ["kubectl", "2026-11-23T17:05:00Z"]),
      "WorkloadChanged",
    ],
    ["nobody is named", written(), "WorkloadChanged"],
    [
      "the list is no list",
      { ...object("Deployment", "apps/v1"), data: { metadata: { managedFields: "x" } } },
      "WorkloadChanged",
    ],
  ])("when %s, it is %s", (_, changes, kind) => {
    expect(toSignal(event(update, changes)).kind).toBe(kind);
  });
});

const about = (kind: string, apiVersion: string, name = "a"): object => ({ kind, apiVersion, namespace: "keda", name });
const timeout = "unable to get external metric x: the server was unable to return a response in the time allotted";
const failed = { kind: "MetricFailed", namespace: "keda", hpa: "a", failure: "Timeout" };

describe("Kubernetes Events, by what they are about", () => {
  test.each([
    ["FailedGetExternalMetric", about("HorizontalPodAutoscaler", "autoscaling/v2"), failed],
    ["FailedComputeMetricsReplicas", about("HorizontalPodAutoscaler", "autoscaling/v2"), failed],
    ["FailedUpdateStatus", about("HorizontalPodAutoscaler", "autoscaling/v2"), notOurs("ForeignReason")],
    [
      "LeaderElection",
      about("Lease", "coordination.k8s.io/v1", "operator.keda.sh"),
      { kind: "WorkloadChanged", ...place2, what: "LeaderElection" },
    ],
    ["LeaderElection", about("Lease", "coordination.k8s.io/v1", "other"), notOurs("ForeignKind")],
    ["Started", about("Pod", "v1"), { kind: "PodChanged", ...place }],
    ["BackOff", about("Pod", "v1"), { kind: "PodChanged", ...place }],
    ["Killing", about("Pod", "v1"), { kind: "PodChanged", ...place }],
    ["Pulled", about("Pod", "v1"), notOurs("ForeignReason")],
    [
      "ScalingReplicaSet",
      about("Deployment", "apps/v1"),
      { kind: "WorkloadChanged", ...place, what: "ScalingReplicaSet" },
    ],
    ["Issuing", about("Certificate", "cert-manager.io/v1"), { kind: "CertificateChanged", ...place }],
    ["Requested", about("Certificate", "cert-manager.io/v1"), notOurs("ForeignReason")],
    ["Issuing", about("Certificate", "example.com/v1"), notOurs("ForeignKind")],
    [
      "KEDAScalerFailed",
      about("ScaledObject", "keda.sh/v1alpha1"),
      { kind: "ScalerFailed", namespace: "keda", scaledObject: "a" },
    ],
    ["KEDAScalersStarted", about("ScaledObject", "keda.sh/v1alpha1"), notOurs("ForeignReason")],
    ["SuccessfulCreate", about("ReplicaSet", "apps/v1"), notOurs("ForeignKind")],
    ["Started", about("Incident", "kedamedic.dev/v1"), notOurs("OwnWrite")],
    ["Started", about("Pod", "v1", "../x"), notOurs("ForeignKind")],
  ])("%s about %j", (reason, involvedObject, expected) => {
    const data = { kind: "Event", apiVersion: "v1", reason, message: timeout, involvedObject };
    const fromSource = event("dev.knative.apiserver.resource.add", { ...object("Event", "v1"), data });
    expect(toSignal(fromSource)).toEqual(expected);
    expect(toSignal(event(`io.k8s.core.v1.event.${reason}`, { data }))).toEqual(expected);
    const newer = { reason, note: timeout, regarding: involvedObject };
    expect(
      toSignal(event("dev.knative.apiserver.resource.add", { ...object("Event", "events.k8s.io/v1"), data: newer })),
    ).toEqual(expected);
  });

  test("an Event that we wrote ourselves is no news", () => {
    const metadata = { managedFields: [{ manager: "keda-medic", time: "2026-11-23T17:05:00Z" }] };
    const data = { reason: "Started", involvedObject: about("Pod", "v1"), metadata };
    expect(toSignal(event("io.k8s.core.v1.event.Started", { data }))).toEqual(notOurs("OwnWrite"));
  });

  test("an HPA's failure about CPU is none of ours", () => {
    const message = "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value";
    const data = {
      reason: "FailedComputeMetricsReplicas",
      message,
      involvedObject: about("HorizontalPodAutoscaler", "autoscaling/v2"),
    };
    expect(toSignal(event("io.k8s.core.v1.event.x", { data }))).toEqual(notOurs("ForeignReason"));
  });

  test("the ScaledObject comes from the label that the exporter adds, else from the message", () => {
    const involvedObject = {
      ...about("HorizontalPodAutoscaler", "autoscaling/v2"),
      labels: { "scaledobject.keda.sh/name": "by-label" },
    };
    const message = `${timeout} scaledobject.keda.sh/name: by-message,`;
    const data = { reason: "FailedGetExternalMetric", message };
    expect(toSignal(event("io.k8s.core.v1.event.x", { data: { ...data, involvedObject } }))).toMatchObject({
      scaledObject: "by-label",
    });
    const unlabelled = about("HorizontalPodAutoscaler", "autoscaling/v2");
    expect(toSignal(event("io.k8s.core.v1.event.x", { data: { ...data, involvedObject: unlabelled } }))).toMatchObject({
      scaledObject: "by-message",
    });
  });

  test.each([
    [undefined],
    [null],
    [1],
    ["x"],
    [[]],
    [{ involvedObject: [] }],
    [{ involvedObject: { kind: 1 } }],
    [{ __proto__: { involvedObject: about("Pod", "v1") } }],
  ])("the data %j is about nothing", (data) => {
    expect(toSignal(event("io.k8s.core.v1.event.Started", { data }))).toEqual(notOurs("ForeignKind"));
  });
});

describe("other sources", () => {
  test.each([
    [
      "keda.scaledobject.failed.v1",
      "/prod/eu/shop/scaledobject/web",
      { kind: "ScalerFailed", namespace: "shop", scaledObject: "web" },
    ],
    [
      "keda.scaledobject.failed.v1",
      "/kubernetes-default/shop/scaledobject/web",
      { kind: "ScalerFailed", namespace: "shop", scaledObject: "web" },
    ],
    ["keda.scaledobject.failed.v1", "/c/shop/scaledjob/web", notOurs("ForeignKind")],
    ["keda.scaledobject.failed.v1", undefined, notOurs("ForeignKind")],
    ["keda.scaledobject.ready.v1", "/c/shop/scaledobject/web", notOurs("ForeignReason")],
    ["keda.scaledjob.failed.v1", "/c/shop/scaledjob/web", notOurs("ForeignKind")],
    ["dev.knative.sources.ping", undefined, { kind: "Tick" }],
    ["com.example.other", undefined, notOurs("ForeignType")],
  ])("%s with subject %s", (type, subject, expected) => {
    expect(toSignal(event(type, subject === undefined ? {} : { subject }))).toEqual(expected);
  });
});

describe("a wake-up", () => {
  const signal = { kind: "Tick" } as const;
  test.each([
    ["a past time is believed", 1000, 1000],
    ["a time of next year is now", 9_999_999, 5000],
    ["no time is now", undefined, 5000],
  ])("%s", (_, time, at) => {
    expect(toWakeUp(event("t", time === undefined ? {} : { time }), signal, 5000)).toEqual({
      signal,
      at,
      key: "/test 1",
      traceparent: undefined,
    });
  });
});
