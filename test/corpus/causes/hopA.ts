import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { type Changes, formerPair, tlsFailing, waiting } from "../../builders/evidence.ts";
import { failing503, failing504, failingIn } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";
import {
  type Cause,
  escalate,
  hopeless,
  nothing,
  plainIncident,
  refuse,
  spoiled,
  type Variant,
  wait,
  withoutTruth,
  works,
} from "../variant.ts";
import { forbidden, timedOut, unreachable } from "../words.ts";

/** The test certificates carry the names of the chart: the Service of hop A is called so, however KEDA is installed. */
const chartService = { layout: { serviceName: "keda-operator-metrics-apiserver.keda.svc" } } as const;

const hopA = (name: string, facts: Changes, expected: Variant["expected"], ground: string): Variant => ({
  name,
  start: "healthy",
  facts: { ...chartService, hpas: failing503(), ...facts },
  expected,
  ground,
  truth: hopeless,
});

/** The words of the incident in the log, and 503: never hop B. */
const spoiledIncident = (name: string, facts: Changes, expected: Variant["expected"], ground: string): Variant => ({
  ...hopA(name, facts, expected, ground),
  start: "incident",
});

const otherCa = { apiService: { caBundle: formerPair.certificates.ca } };
const staleBundle = "kube-aggregator verifies with spec.caBundle only; measured with KEDA 2.13.1: 503";
const bundleInIncident = spoiledIncident(
  "while the log of hop B fails as well",
  otherCa,
  refuse("ApiServiceCaBundleStale"),
  staleBundle,
);

const caBundle: Cause = {
  id: "apiservice-ca-bundle",
  title: "caBundle of the APIService does not verify what is served",
  variants: [
    hopA("caBundle of another CA", otherCa, refuse("ApiServiceCaBundleStale"), staleBundle),
    hopA(
      "and the APIService says Available",
      { apiService: { ...otherCa.apiService, available: "True" } },
      refuse("ApiServiceCaBundleStale"),
      "kube-aggregator remote_available_controller.go: its check does not verify",
    ),
    hopA(
      "the Service is called otherwise than the certificate says",
      { layout: { serviceName: "keda-metrics-apiserver.keda.svc" } },
      refuse("ApiServiceCaBundleStale"),
      "keda#5946",
    ),
    bundleInIncident,
    {
      ...hopA(
        ":6443 could not be probed",
        { ...otherCa, adapterPresents: unreachable },
        refuse("HopAFailing"),
        staleBundle,
      ),
      unseen: ":6443",
    },
    {
      ...hopA(
        "APIService forbidden",
        { apiService: forbidden },
        wait("CouldNotLook"),
        "kube-aggregator: the APIService names KEDA's Service; without it nothing is known",
      ),
      unseen: "APIService",
    },
  ],
  pair: spoiled(bundleInIncident, "hpas"),
};

const missing = { available: "False", reason: "MissingEndpoints", message: "endpoints have no addresses" } as const;
const discovery = {
  available: "False",
  reason: "FailedDiscoveryCheck",
  message: "failing or missing response from https://10.96.0.7:443: context deadline exceeded",
} as const;
const notAvailable = spoiledIncident(
  "while the log of hop B fails as well",
  { apiService: missing },
  refuse("ApiServiceUnavailable"),
  "kube-aggregator remote_available_controller.go",
);

const apiService: Cause = {
  id: "apiservice-unavailable",
  title: "The APIService is not Available",
  variants: [
    hopA("no endpoints", { apiService: missing }, refuse("ApiServiceUnavailable"), "keda#3643"),
    hopA("discovery fails", { apiService: discovery }, refuse("ApiServiceUnavailable"), "keda#1315"),
    hopA(
      "the Service is missing",
      { apiService: { available: "False", reason: "ServiceNotFound", message: "service/keda is not present" } },
      refuse("ApiServiceUnavailable"),
      "kube-aggregator remote_available_controller.go: ServiceNotFound",
    ),
    notAvailable,
    {
      ...hopA("no log", { apiService: discovery, log: forbidden }, refuse("ApiServiceUnavailable"), "keda#1315"),
      unseen: "the log",
    },
  ],
  pair: spoiled(notAvailable, "hpas"),
};

const unexplainedGround =
  "apimachinery errors.go: 503 is hop A; nothing that can be looked at there says why (keda#6551)";
const calm503 = hopA("HPAs say 503, hop B's log is calm", {}, refuse("HopAFailing"), unexplainedGround);

const unexplained: Cause = {
  id: "hop-a-unexplained",
  title: "Hop A fails, and nothing that can be looked at says why",
  variants: [
    calm503,
    hopA(
      "without TLS verification of the APIService",
      { apiService: { insecureSkipTlsVerify: true, caBundle: [] } },
      refuse("HopAFailing"),
      unexplainedGround,
    ),
    spoiledIncident("hop B's log has old x509 words", {}, refuse("HopAFailing"), unexplainedGround),
    hopA("KEDA 2.18", { metricsApiserver: { version: "2.18.2" } }, refuse("HopAFailing"), unexplainedGround),
    { ...hopA("no log", { log: forbidden }, refuse("HopAFailing"), unexplainedGround), unseen: "the log" },
    {
      ...hopA("the probe timed out", { adapterPresents: timedOut }, refuse("HopAFailing"), unexplainedGround),
      unseen: ":6443",
    },
  ],
  pair: {
    fact: "hpas",
    one: spoiledIncident("503", {}, refuse("HopAFailing"), unexplainedGround),
    other: plainIncident({ ...chartService, hpas: failing504() }),
  },
};

const noRight =
  's0-prometheus.external.metrics.k8s.io is forbidden: User "system:serviceaccount:kube-system:horizontal-pod-autoscaler" cannot list resource "s0-prometheus" in API group "external.metrics.k8s.io" in the namespace "shop"';
const forbiddenHpas = hopA(
  "all HPAs",
  { hpas: failingIn(noRight, ["web", "worker"]) },
  refuse("HopAForbidden"),
  "keda#7230",
);

const hopAForbidden: Cause = {
  id: "hop-a-forbidden",
  title: "The HPA controller may not read external metrics",
  variants: [
    forbiddenHpas,
    hopA(
      "another user, RBAC names the missing role",
      {
        hpas: failingIn(
          's0-cron.external.metrics.k8s.io is forbidden: User "system:vpa-recommender" cannot list resource "s0-cron" in API group "external.metrics.k8s.io" in the namespace "shop": RBAC: clusterrole.rbac.authorization.k8s.io "external-metrics-reader" not found',
        ),
      },
      refuse("HopAForbidden"),
      "keda#515",
    ),
    hopA("after a rotation", { hpas: failingIn(noRight), before: [formerPair] }, refuse("HopAForbidden"), "keda#7230"),
    {
      ...hopA("no log", { hpas: failingIn(noRight), log: forbidden }, refuse("HopAForbidden"), "keda#7230"),
      unseen: "log",
    },
    {
      ...hopA(
        "HPAs forbidden to us",
        { hpas: forbidden },
        nothing("Healthy"),
        "kubernetes pkg/controller/podautoscaler/horizontal.go: the condition alone shows it",
      ),
      unseen: "HPAs",
    },
  ],
  pair: {
    fact: "hpas",
    one: { ...forbiddenHpas, start: "incident", facts: { ...forbiddenHpas.facts, log: waiting } },
    other: {
      ...forbiddenHpas,
      start: "incident",
      facts: { ...forbiddenHpas.facts, log: waiting, hpas: failing504(["web"], ago(minutes(8))) },
      expected: escalate("GrpcStuck"),
      ground: "keda#8211: 504 for minutes, and no reason in the log",
    },
  },
};

const settling = (name: string, facts: Changes): Variant =>
  withoutTruth(
    hopA(
      name,
      facts,
      wait("HopASettling"),
      "measured with KEDA 2.13.1: 503 for about 10 s after a rotation and while a metrics-apiserver rolls out",
    ),
  );
const young = settling("the failure is young", { hpas: failing503(["web"], ago(seconds(60))) });

const hopASettling: Cause = {
  id: "hop-a-settling",
  title: "Hop A settles after a change",
  variants: [
    young,
    settling("the rotation is young", { writtenAt: ago(seconds(60)) }),
    settling("the metrics-apiserver is young", { adapterPods: [{ startedAt: ago(seconds(60)) }] }),
    settling("the caBundle lags behind", { ...otherCa, writtenAt: ago(seconds(30)) }),
    { ...settling("no log", { writtenAt: ago(seconds(60)), log: forbidden }), unseen: "the log" },
  ],
  pair: {
    fact: "hpas",
    one: young,
    other: hopA("for three minutes", {}, refuse("HopAFailing"), "docs/facts/kubernetes.md: policy.hopASettle"),
  },
};

const throttled =
  "the server has received too many requests and has asked us to try again later (get s0-prometheus.external.metrics.k8s.io)";
const slow = (name: string, facts: Changes, ground: string): Variant =>
  hopA(name, facts, escalate("OtherMetricFailure"), ground);
const tooMany = slow("429", { hpas: failingIn(throttled) }, "apimachinery errors.go: 429");

const kubeApiserver: Cause = {
  id: "kube-apiserver-throttled",
  title: "The kube-apiserver is slow or throttles",
  variants: [
    tooMany,
    slow(
      "the review of access timed out",
      {
        hpas: failingIn(
          'an error on the server ("Internal Server Error: Post https://10.96.0.1:443/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s: net/http: request canceled (Client.Timeout exceeded while awaiting headers)") has prevented the request from succeeding (get s0-prometheus.external.metrics.k8s.io)',
        ),
      },
      "kubernetes#108524",
    ),
    slow(
      "no resource of that name",
      { hpas: failingIn("the server could not find the requested resource") },
      "keda#470",
    ),
    slow(
      "an empty answer",
      { hpas: failingIn("no metrics returned from external metrics API") },
      "kubernetes pkg/controller/podautoscaler/metrics/client.go",
    ),
    { ...slow("no log", { hpas: failingIn(throttled), log: forbidden }, "apimachinery errors.go: 429"), unseen: "log" },
  ],
  pair: {
    fact: "hpas",
    one: {
      ...tooMany,
      start: "incident",
      facts: { hpas: failingIn(throttled) },
      expected: escalate("OtherMetricFailure"),
    },
    other: plainIncident({ hpas: failing504() }),
  },
};

const calm: Variant = {
  name: "oracle M1 client OO, server OO: ok; nothing fails",
  start: "healthy",
  facts: {},
  expected: nothing("Healthy"),
  ground: "recording keda-2.13.1-self-signed/1-healthy",
  truth: works,
};

const healthy: Cause = {
  id: "healthy",
  title: "Nothing is wrong",
  variants: [
    calm,
    { ...calm, name: "no HPA at all", facts: { hpas: [] } },
    {
      ...calm,
      name: "an old x509 line of before the last connection",
      facts: { log: { ...tlsFailing(undefined, ago(minutes(4))), established: ago(minutes(2)) } },
      ground: "keda pkg/provider/provider.go: established is logged on success only",
    },
    {
      ...calm,
      name: "a long-lived KEDA, a leaf of the same CA renewed",
      facts: { adapterPods: [{ startedAt: ago(days(200)) }], writtenAt: ago(days(300)) },
      ground: "recording cert-manager-1.18-keda-chart-2.13.2/1-healthy",
    },
    { ...calm, name: "HPAs forbidden", facts: { hpas: forbidden }, unseen: "HPAs" },
  ],
  pair: { fact: "log", one: { ...plainIncident({ hpas: failing504(), log: tlsFailing() }) }, other: silentIncident() },
};

function silentIncident(): Variant {
  return {
    ...plainIncident({ hpas: failing504(), log: { established: ago(seconds(10)) } }),
    name: "connected ten seconds ago",
    expected: wait("HopBSilent"),
    ground: "kubernetes pkg/controller/podautoscaler/horizontal.go: the condition lags by a period of 15 s",
  };
}

export const hopACauses: readonly Cause[] = [
  caBundle,
  apiService,
  unexplained,
  hopAForbidden,
  hopASettling,
  kubeApiserver,
  healthy,
];
