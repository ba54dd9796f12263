import { deployOnEventing } from "../knative/deploy.ts";
import type { RealWorld } from "../world/realWorld.ts";
import { deployMedic, type Medic, type MedicOptions } from "./deploy.ts";
import { deployChart } from "./deployChart.ts";
import type { FunctionName } from "./images.ts";
import type { LambdaAccount } from "./lambda/deployLambda.ts";
import type { Manifests } from "./render.ts";

export interface Installing {
  readonly manifests: Manifests;
  readonly wanted: MedicOptions;
  /** Pods of each function as the scenario says; undefined: as the chart says. */
  readonly hosts: number | undefined;
  readonly binaries: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, string>>;
  /** With manifests `eventing`: everybody shows a token. */
  readonly oidc: boolean;
  /** Only with manifests `lambda`. */
  readonly account: LambdaAccount | undefined;
  readonly say: (line: string) => void;
  /** Lines of functions that are no Pods. */
  readonly onLine: (name: FunctionName, text: string) => void;
}

/** Installs keda-medic as these manifests do. */
export function installMedic(world: RealWorld, options: Installing): Promise<Medic> {
  const { manifests, wanted, hosts, binaries, modules, oidc, account, say, onLine } = options;
  if (manifests === "harness") return deployMedic(world, wanted);
  if (manifests === "eventing") return deployOnEventing(world, { ...wanted, hosts, binaries, modules, oidc, say });
  if (manifests !== "lambda") return deployChart(world, { ...wanted, hosts, host: manifests, binaries, say });
  if (account === undefined) throw new Error("nothing was packaged for AWS");
  return account.deploy(world, { ...wanted, say, onLine });
}
