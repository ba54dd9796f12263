import { readFileSync } from "node:fs";
import type { Component } from "../../src/core/evidence.ts";
import { formatInstant, type Instant } from "../../src/core/instant.ts";
import type { KubeObject } from "../../src/ports/cluster.ts";

interface Recorded {
  readonly services: { readonly items: readonly KubeObject[] };
  readonly deployments: { readonly items: readonly KubeObject[] };
  readonly hpas: { readonly items: readonly KubeObject[] };
  readonly apiservice: KubeObject;
}

/** A healthy KEDA 2.13.1 as recorded on real components: what does not change in a made-up cluster comes from here. */
const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../fixtures/recordings/keda-2.13.1-self-signed/1-healthy.json", import.meta.url), "utf8"),
);

export const namespace = "keda";
export const names: Readonly<Record<Component, string>> = {
  operator: "keda-operator",
  "metrics-apiserver": "keda-metrics-apiserver",
};

export const apiService: KubeObject = recorded.apiservice;
export const serviceNamed = (name: string): KubeObject | undefined =>
  recorded.services.items.find((service) => service.metadata.name === name);
export const deploymentOf = (component: Component): KubeObject | undefined =>
  recorded.deployments.items.find((d) => d.metadata.name === names[component]);

export const calm = "the HPA was able to successfully calculate a replica count";
const fetching =
  "the HPA was unable to compute the replica count: unable to get external metric: unable to fetch metrics from external metrics API: ";
export const failingWith = (words: string): string => `${fetching}${words}`;
export const timedOut = failingWith(
  "the server was unable to return a response in the time allotted, but may still be processing the request (get s0-metric-api-value.external.metrics.k8s.io)",
);

/** The HPAs of KEDA with this message since then; any but `calm` is a failure. */
export const hpasSaying = (message: string, since: Instant): readonly KubeObject[] =>
  recorded.hpas.items.map(({ metadata: { managedFields: _written, ...metadata }, spec }) => ({
    metadata,
    spec,
    status: {
      conditions: [
        {
          type: "ScalingActive",
          status: message === calm ? "True" : "False",
          reason: message === calm ? "ValidMetricFound" : "FailedGetExternalMetric",
          message,
          lastTransitionTime: formatInstant(since),
        },
      ],
    },
  }));

/** The instant as kubelet writes it in front of every line. */
export const stamp = (at: Instant): string => formatInstant(at).replace("Z", ".000000000Z");
/** What the metrics-apiserver logs about hop B. */
export const established =
  'I1123 17:00:00.000000 1 provider.go:66] keda_metrics_adapter/provider "msg"="Connection to KEDA Metrics Service gRPC server has been successfully established" "server"="keda-operator.keda.svc.cluster.local:9666"';
export const failedConnect = (text: string): string =>
  `W1123 17:00:00.000000 1 logging.go:59] [core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to {Addr: "keda-operator.keda.svc.cluster.local:9666", ServerName: "keda-operator.keda.svc.cluster.local:9666", }. Err: connection error: desc = "transport: ${text.replaceAll('"', '\\"')}"`;
