import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { kubeVersion } from "../../../scripts/render/helm.mjs";
import { namesOf } from "../../../src/sandbox/manifests/names.ts";
import type { Loose } from "../api/client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { spawned } from "../namespaces/spawned.ts";
import type { RealWorld } from "../world/realWorld.ts";
import type { MedicOptions } from "./deploy.ts";
import { medicNamespace } from "./manifests.ts";

/**
 * Where the manifests of keda-medic come from: the harness's own, the chart with this `host`, or the stack for AWS Lambda;
 * `eventing` is the chart with `host=knative` on Knative Eventing itself.
 */
export const manifestChoices = ["harness", "deployment", "knative", "eventing", "lambda"] as const;
export type Manifests = (typeof manifestChoices)[number];
export type Host = Exclude<Manifests, "harness" | "eventing" | "lambda">;

/** Default the harness's own. Throws a sentence for any other word. */
export function manifestsOf(word: string | undefined): Manifests {
  const known = manifestChoices.find((choice) => choice === (word ?? "harness"));
  if (known !== undefined) return known;
  throw new Failure(`--manifests takes ${manifestChoices.join(", ")}, not "${word}".`, exitCodes.usage);
}

const chart = fileURLToPath(new URL("../../../infra/helm/keda-medic", import.meta.url));

const camel = (snake: string): string =>
  snake.toLowerCase().replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());

/** A variable of the processes as the value of the chart that sets it. */
function chartValue([name, text]: readonly [string, string]): readonly [string, string] {
  if (name === "KEDA_MEDIC_MODE") return ["mode", text];
  // The chart's endpoint is for all signals: without the path of traces.
  if (name === "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") return ["otlp.endpoint", new URL(text).origin];
  return [`policy.${camel(name.replace("KEDA_MEDIC_", ""))}`, text];
}

export type Wanted = Pick<MedicOptions, "settings" | "rights"> & { readonly hosts: number | undefined };

/** Values of the chart for a scenario. A right on Secrets is what the chart grants where KEDA issues its certificates itself. */
export function valuesOf(
  host: Host,
  { settings, rights, hosts }: Wanted,
  names: RealWorld["names"],
): readonly string[] {
  const helm = names.metricsApiserver === namesOf("helm").metricsApiserver;
  const values: readonly (readonly [string, string])[] = [
    ["host", host],
    ["cluster", "processes"],
    ["keda.namespace", names.namespace],
    ["keda.installedWith", helm ? "helm" : "yaml"],
    ["keda.certificates", rights.includes("secret") ? "keda" : "certManager"],
    ...(hosts === undefined ? [] : ([["respond.replicas", String(hosts)]] as const)),
    ...(hosts === undefined ? [] : ([["restart.replicas", String(hosts)]] as const)),
    ...Object.entries(settings).map(chartValue),
  ];
  return values.map(([name, value]) => `${name}=${value}`);
}

/** Every object that `helm install` would create, CRDs first. Rejects with helm's sentence when it refuses the values. */
export async function renderChart(helm: string, values: readonly string[]): Promise<readonly Loose[]> {
  const set = values.flatMap((value) => ["--set", value]);
  const where = ["--namespace", medicNamespace, "--kube-version", kubeVersion, "--include-crds"];
  const text = await spawned(helm, ["template", "keda-medic", chart, ...where, ...set]);
  return (loadAll(text) as Loose[]).filter((object) => object !== null);
}
