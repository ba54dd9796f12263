import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { startTicker } from "../../../src/sandbox/demo/ticker.ts";
import { subscribe } from "../../../src/sandbox/demo/triggers.ts";
import type { Delivery } from "../scenarios/scenario.ts";
import type { Written } from "../world/audit.ts";
import type { Judged } from "../world/judge.ts";
import type { RealWorld } from "../world/realWorld.ts";
import { type FunctionName, functionUrl } from "./images.ts";
import { openEventing, untilDeployed } from "./installed.ts";
import {
  medicManifests,
  medicNamespace,
  namespace,
  nobody,
  optionalRights,
  sourceManifests,
  sourceNames,
} from "./manifests.ts";

export interface MedicOptions {
  /** Variables of all three functions, such as KEDA_MEDIC_MODE. */
  readonly settings: Readonly<Record<string, string>>;
  /** Roles of infra/kubernetes/rbac.yaml that are bound to nobody by default. */
  readonly rights: readonly (keyof typeof optionalRights)[];
  /** Pods of each function. */
  readonly hosts: number;
  /** Milliseconds between two ticks of sweep. */
  readonly sweepEvery: number;
}

export interface Medic {
  /** Only where Knative Eventing itself delivers. */
  readonly delivery?: Delivery;
  /** What the end of a run shows and tries, once the scenario was judged. Returns what is wrong, as sentences. */
  finish(): Promise<readonly string[]>;
  close(): Promise<void>;
  /** SIGKILLs a function that is no Pod. */
  readonly crash?: (name: FunctionName) => void;
  /** Every write of an incident that is not kept in the cluster, in order. */
  readonly written?: () => readonly Written[];
  /** What is judged otherwise than for Pods with accounts of the cluster. */
  readonly judging?: Pick<Judged, "incidents" | "respondToken">;
}

/** Path of a file that users apply. */
export const manifest = (name: string): string =>
  fileURLToPath(new URL(`../../../infra/kubernetes/${name}`, import.meta.url));

/** The rights for these names, edited as the head of the file says. */
async function rights({ metricsApiserver }: RealWorld["names"]): Promise<readonly unknown[]> {
  const text = await readFile(manifest("rbac.yaml"), "utf8");
  return loadAll(text.replaceAll(/\bkeda-metrics-apiserver\b/g, metricsApiserver));
}

/** Installs keda-medic as a user does: CRDs and rights from infra/ by kubectl, then functions, sources, broker and timer. */
export async function deployMedic(world: RealWorld, options: MedicOptions): Promise<Medic> {
  const { kubectl } = world.cluster;
  await kubectl.apply([namespace(medicNamespace)]);
  await kubectl.applyFile(manifest("crd.yaml"));
  await kubectl.apply(await rights(world.names));
  await kubectl.apply([nobody]);
  const eventing = await openEventing(world, () => sourceNames);
  subscribe(eventing.broker, functionUrl);
  await kubectl.apply([
    ...options.rights.map((right) => optionalRights[right]),
    ...medicManifests(eventing.broker.url, options.settings, options.hosts),
    ...sourceManifests(eventing.sink),
  ]);
  await untilDeployed(world);
  world.events = eventing.gateway;
  const stopTicking = startTicker(functionUrl("sweep"), options.sweepEvery);
  return {
    finish: async () => [],
    close: async () => {
      stopTicking();
      await eventing.close();
    },
  };
}
