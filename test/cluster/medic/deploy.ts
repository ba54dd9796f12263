import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { type Broker, createBroker, type Passed } from "../../../src/sandbox/demo/broker.ts";
import { startTicker } from "../../../src/sandbox/demo/ticker.ts";
import type { RealWorld } from "../world/realWorld.ts";
import { Gateway } from "./gateway.ts";
import { type FunctionName, functionUrl } from "./images.ts";
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
  readonly onEvent: (event: Passed) => void;
}

export interface Medic {
  /** What the end of a run shows and tries, once the scenario was judged. Returns what is wrong, as sentences. */
  finish(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const manifest = (name: string): string => fileURLToPath(new URL(`../../../infra/kubernetes/${name}`, import.meta.url));

/** The rights for these names, edited as the head of the file says. */
async function rights({ metricsApiserver }: RealWorld["names"]): Promise<readonly unknown[]> {
  const text = await readFile(manifest("rbac.yaml"), "utf8");
  return loadAll(text.replaceAll(/\bkeda-metrics-apiserver\b/g, metricsApiserver));
}

/** Installs keda-medic as a user does: CRDs and rights from infra/ by kubectl, then functions, sources, broker and timer. */
export async function deployMedic(world: RealWorld, options: MedicOptions): Promise<Medic> {
  const { kubectl, api } = world.cluster;
  await kubectl.apply([namespace(medicNamespace)]);
  await kubectl.applyFile(manifest("crd.yaml"));
  await kubectl.apply(await rights(world.names));
  await kubectl.apply([nobody]);
  const broker: Broker = await createBroker(options.onEvent);
  subscribe(broker, functionUrl);
  const gateway = new Gateway({
    scaleAdapters: async (replicas) => {
      for (const name of sourceNames)
        await api.patch(`/apis/apps/v1/namespaces/${medicNamespace}/deployments/${name}`, { spec: { replicas } });
    },
  });
  const sink = await gateway.open();
  gateway.sendTo(broker.url);
  await kubectl.apply([
    ...options.rights.map((right) => optionalRights[right]),
    ...medicManifests(broker.url, options.settings, options.hosts),
    ...sourceManifests(sink),
  ]);
  await world.until("keda-medic to be deployed", async () => {
    const deployments = await api.list(`/apis/apps/v1/namespaces/${medicNamespace}/deployments`);
    return deployments.every(({ spec, status }) => status?.readyReplicas === spec.replicas);
  });
  world.events = gateway;
  const stopTicking = startTicker(functionUrl("sweep"), options.sweepEvery);
  return {
    finish: async () => [],
    close: async () => {
      stopTicking();
      gateway.close();
      await broker.close();
    },
  };
}

/** What Triggers would say. */
export function subscribe(broker: Broker, urlOf: (name: FunctionName) => string): void {
  broker.subscribe({
    wants: (type) => type.startsWith("dev.knative.") || /^dev\.kedamedic\.restart\.(performed|refused)\./.test(type),
    subscriber: urlOf("respond"),
  });
  broker.subscribe({
    wants: (type) => type.startsWith("dev.kedamedic.restart.requested.") || type.startsWith("dev.kedamedic.pods."),
    subscriber: urlOf("restart"),
  });
}
