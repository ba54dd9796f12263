import type { ApiServiceFacts, Layout, LayoutRead, WorkloadFacts } from "../../src/core/evidence.ts";
import type { Unseen } from "../../src/core/seen.ts";
import type { Changes } from "../builders/evidence.ts";

/** Names as an installation gives them: release manifests (`keda-2.x.y.yaml`), or the Helm chart. */
export type Installed = "yaml" | "helm";
export const installations: readonly Installed[] = ["yaml", "helm"];

/** Source: kedacore/keda `config/` at v2.13.1; kedacore/charts `keda/templates/metrics-server/` at v2.13.2. */
export const deployments: Readonly<Record<Installed, { operator: string; "metrics-apiserver": string }>> = {
  yaml: { operator: "keda-operator", "metrics-apiserver": "keda-metrics-apiserver" },
  helm: { operator: "keda-operator", "metrics-apiserver": "keda-operator-metrics-apiserver" },
};

const isUnseen = (value: object): value is Unseen => "seen" in value && value.seen === false;
const isRead = (value: object): value is LayoutRead => "supported" in value;

/** The names below what the variant says; a miss stays a miss. */
function under<T extends object>(names: Partial<T>, said: Partial<T> | Unseen | undefined): Partial<T> | Unseen {
  if (said !== undefined && isUnseen(said)) return said;
  return { ...names, ...said };
}

function layoutUnder(names: Partial<Layout>, said: Changes["layout"]): NonNullable<Changes["layout"]> {
  if (said !== undefined && isRead(said)) return said;
  return under<Layout>(names, said);
}

/** The same facts with the names of an installation. */
export function installed(how: Installed, facts: Changes): Changes {
  const names = deployments[how];
  const service = names["metrics-apiserver"];
  return {
    ...facts,
    layout: layoutUnder(
      { operator: names.operator, metricsApiserver: service, serviceName: `${service}.keda.svc` },
      facts.layout,
    ),
    operator: under<WorkloadFacts>({ name: names.operator }, facts.operator),
    metricsApiserver: under<WorkloadFacts>({ name: service }, facts.metricsApiserver),
    apiService: under<ApiServiceFacts>({ service: { namespace: "keda", name: service } }, facts.apiService),
  };
}
