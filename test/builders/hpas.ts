import type { HpaFacts } from "../../src/core/evidence.ts";
import { days, type Instant, minutes } from "../../src/core/instant.ts";
import { metricFailureOf } from "../../src/core/metricFailure.ts";
import type { MetricFailure } from "../../src/core/signal.ts";
import { ago } from "./time.ts";

export const hpa = (name: string, more: Partial<HpaFacts> = {}): HpaFacts => ({
  namespace: "shop",
  name: `keda-hpa-${name}`,
  scaledObject: name,
  metric: "s0-prometheus",
  scalingActive: "True",
  reason: "ValidMetricFound",
  since: ago(days(1)),
  message: "the HPA was able to successfully calculate a replica count from external metric s0-prometheus",
  idle: false,
  ...more,
});

const words: Readonly<Record<MetricFailure, string>> = {
  Timeout:
    "the server was unable to return a response in the time allotted, but may still be processing the request (get s0-prometheus.external.metrics.k8s.io)",
  Unavailable: "the server is currently unable to handle the request (get s0-prometheus.external.metrics.k8s.io)",
  Scaler:
    "rpc error: code = Unknown desc = error when getting metric values no matching metrics found for s0-prometheus",
  Other: "the server has received too many requests and has asked us to try again later",
};

const messageOf = (name: string, said: string): string =>
  `the HPA was unable to compute the replica count: unable to get external metric shop/s0-prometheus/&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: ${name},},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: ${said}`;

const failed = (name: string, more: Pick<HpaFacts, "failure" | "since" | "message">): HpaFacts =>
  hpa(name, { scalingActive: "False", reason: "FailedGetExternalMetric", ...more });

const failing = (failure: MetricFailure) => (names: readonly string[], since: Instant) =>
  names.map((name) => failed(name, { failure, since, message: messageOf(name, words[failure]) }));

/** HPAs that fail in these words of the external metrics API, and are read as we read them. */
export const failingIn = (
  said: string,
  names: readonly string[] = ["web"],
  since: Instant = ago(minutes(3)),
): readonly HpaFacts[] =>
  names.map((name) => {
    const message = messageOf(name, said);
    return failed(name, { failure: metricFailureOf(message), since, message });
  });

const shop = ["web", "worker"];
export const active = (names: readonly string[] = shop): readonly HpaFacts[] => names.map((name) => hpa(name));
export const failing504 = (names: readonly string[] = shop, since: Instant = ago(minutes(3))) =>
  failing("Timeout")(names, since);
export const failing503 = (names: readonly string[] = shop, since: Instant = ago(minutes(3))) =>
  failing("Unavailable")(names, since);
export const failingScaler = (names: readonly string[] = shop, since: Instant = ago(minutes(3))) =>
  failing("Scaler")(names, since);
export const failingOther = (names: readonly string[] = shop, since: Instant = ago(minutes(3))) =>
  failing("Other")(names, since);
export const idle = (names: readonly string[] = shop): readonly HpaFacts[] =>
  names.map((name) => hpa(name, { scalingActive: "False", reason: "ScalingDisabled", idle: true }));
