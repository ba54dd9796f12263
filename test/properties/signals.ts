import type { Signal } from "../../src/core/signal.ts";
import type { What } from "./case.ts";
import type { Hosts } from "./hosts.ts";
import { keyText } from "./model/server.ts";

async function forged(hosts: Hosts): Promise<Signal> {
  const [first] = hosts.model.weather.storeDown ? [] : await hosts.store.listIncidents();
  const incident = first?.document.name ?? "model.keda.000000000000";
  const generation = first?.document.generation ?? "0".repeat(64);
  const report = {
    component: "operator",
    generation,
    result: "performed",
    code: "Restarted",
    sentence: keyText,
  } as const;
  return { kind: "RestartReported", incident, report };
}

const hpa = {
  kind: "MetricFailed",
  namespace: "shop",
  hpa: "keda-hpa-web",
  scaledObject: "web",
  failure: "Timeout",
} as const;

/** What an event source, or somebody who plays one, tells us. */
export async function signalOf(what: What, hosts: Hosts): Promise<Signal> {
  switch (what) {
    case "hpa":
      return hpa;
    case "secret":
      return { kind: "SecretChanged", namespace: "keda", name: "kedaorg-certs" };
    case "pod":
      return { kind: "PodChanged", namespace: "keda", name: "keda-operator-1" };
    case "foreign":
      return { kind: "WorkloadChanged", namespace: "keda", name: "other", what: keyText };
    case "key":
      return { ...hpa, scaledObject: keyText };
    case "forgedReport":
      return forged(hosts);
  }
}
