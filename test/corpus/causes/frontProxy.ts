import { minutes, seconds } from "../../../src/core/instant.ts";
import { type Changes, formerPair, tlsFailing, working } from "../../builders/evidence.ts";
import { failing503, failing504, failingIn } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";
import {
  type Cause,
  escalate,
  hopeless,
  kind,
  plainIncident,
  refuse,
  restart,
  type Variant,
  wait,
  withoutTruthInMotion,
} from "../variant.ts";
import { forbidden, unreachable } from "../words.ts";

/** The test certificates carry the names of the chart: the Service of hop A is called so, however KEDA is installed. */
const chartService = { layout: { serviceName: "keda-operator-metrics-apiserver.keda.svc" } } as const;

/** keda#7308, verbatim up to where its title was cut. */
const words =
  "verifying certificate SN=3619808121304323725, SKID=, AKID=BD:E4:E4:C4:12:28:D6:D6:30:4A:1C:6F:AE:CA:25:59:EB:63:9B:F8 failed: x509: certificate signed by unknown authority";
const logged = { unauthenticated: { at: ago(seconds(20)), text: words } };
const told401 = {
  available: "False",
  reason: "FailedDiscoveryCheck",
  message:
    "failing or missing response from https://10.96.0.7:443/apis/external.metrics.k8s.io/v1beta1: bad status from https://10.96.0.7:443/apis/external.metrics.k8s.io/v1beta1: 401",
} as const;
const unauthorized = failingIn("Unauthorized", ["web", "worker"]);

const distrusted = kind("healthy", refuse("FrontProxyDistrusted"), hopeless, { ...chartService, hpas: failing503() });

const inLog = "keda#7308: k8s.io/apiserver authentication.go, and not createTransport";
const byDiscovery =
  "prometheus-operator/kube-prometheus#1026; kube-aggregator remote_available_controller.go: bad status";
const duringIncident = distrusted(
  "while the log of hop B fails as well",
  { log: { ...tlsFailing(), ...logged } },
  inLog,
  { start: "incident" },
);

const frontProxy: Cause = {
  id: "front-proxy",
  title: "The metrics-apiserver does not accept the kube-apiserver's front-proxy certificate",
  variants: [
    distrusted("its log says so", { log: { ...working, ...logged } }, inLog),
    distrusted(
      "and kube-aggregator is answered 401",
      { log: { ...working, ...logged }, apiService: told401 },
      byDiscovery,
    ),
    distrusted("HPAs are Unauthorized", { hpas: unauthorized, log: { ...working, ...logged } }, "kubernetes#68439"),
    distrusted(
      "in apimachinery's own words",
      {
        hpas: failingIn(
          "the server has asked for the client to provide credentials (get s0-prometheus.external.metrics.k8s.io)",
        ),
        log: { ...working, ...logged },
      },
      "apimachinery errors.go: 401",
    ),
    distrusted("after a rotation of KEDA's own", { log: { ...working, ...logged }, before: [formerPair] }, inLog),
    duringIncident,
    distrusted(
      "for half a minute",
      { hpas: failing503(["web"], ago(seconds(30))), log: { ...working, ...logged } },
      "docs/facts/kubernetes.md: policy.hopASettle",
      { expected: wait("HopASettling") },
    ),
    distrusted(
      "its log said so an hour ago",
      { log: { ...working, unauthenticated: { at: ago(minutes(60)), text: words } } },
      "keda#7308: one line is no outage; whoever shows a certificate to :6443 causes it",
      { expected: refuse("HopAFailing") },
    ),
    distrusted("no log, and kube-aggregator is answered 401", { log: forbidden, apiService: told401 }, byDiscovery, {
      unseen: "the log",
    }),
    distrusted("no log", { log: forbidden }, inLog, { expected: refuse("HopAFailing"), unseen: "the log" }),
    distrusted("no log, HPAs are Unauthorized", { log: forbidden, hpas: unauthorized }, "kubernetes#68439", {
      expected: escalate("HopAUnauthorized"),
      unseen: "the log",
    }),
    distrusted(":6443 could not be probed", { log: { ...working, ...logged }, adapterPresents: unreachable }, inLog, {
      unseen: ":6443",
    }),
  ].map(withoutTruthInMotion),
  pair: {
    fact: "hpas",
    one: duringIncident,
    other: {
      ...plainIncident({ ...chartService, log: { ...tlsFailing(), ...logged }, hpas: failing504() }),
      name: "the same log beside 504: somebody else's certificate, and hop B fails",
      expected: restart("MetricsApiserverStale", ["metrics-apiserver"]),
    },
  },
};

const unknownTo = (name: string, facts: Changes, more: Partial<Variant> = {}): Variant =>
  distrusted(name, { hpas: unauthorized, ...facts }, "apimachinery errors.go: 401", {
    expected: escalate("HopAUnauthorized"),
    ...more,
  });

const hopAUnauthorized: Cause = {
  id: "hop-a-unauthorized",
  title: "HPAs are answered 401, and nobody says whose certificate was not accepted",
  variants: [
    unknownTo("all HPAs", {}),
    unknownTo("one of them", { hpas: failingIn("Unauthorized") }),
    unknownTo("after a rotation", { before: [formerPair] }),
    unknownTo("the APIService is Available", { apiService: { available: "True" } }),
    unknownTo("no log", { log: forbidden }, { unseen: "the log" }),
  ],
  pair: {
    fact: "hpas",
    one: { ...unknownTo("Unauthorized", { log: {} }), start: "incident" },
    other: {
      ...unknownTo("503", { log: {}, hpas: failing503() }),
      start: "incident",
      expected: refuse("HopAFailing"),
      ground: "apimachinery errors.go: 503",
    },
  },
};

export const frontProxyCauses: readonly Cause[] = [frontProxy, hopAUnauthorized];
