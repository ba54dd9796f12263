import { type Broker, createBroker } from "../../../src/sandbox/demo/broker.ts";
import type { Api } from "../api/client.ts";
import type { RealWorld } from "../world/realWorld.ts";
import { Gateway } from "./gateway.ts";
import { medicNamespace } from "./manifests.ts";

const deploymentsPath = `/apis/apps/v1/namespaces/${medicNamespace}/deployments`;

/** Whether every Pod of every Deployment in keda-medic's namespace is ready. */
export async function allReady(api: Api): Promise<boolean> {
  const deployments = await api.list(deploymentsPath);
  return deployments.every(({ spec, status }) => status?.readyReplicas === spec.replicas);
}

export const untilDeployed = (world: RealWorld): Promise<void> =>
  world.until("keda-medic to be deployed", () => allReady(world.api));

/** What stands between sources and functions: the gateway, then the broker. */
export interface Eventing {
  readonly broker: Broker;
  readonly gateway: Gateway;
  /** Where the adapters of sources post. */
  readonly sink: string;
  close(): Promise<void>;
}

/** @param adapters names of the sources' Deployments, asked when they are to be taken away or brought back */
export async function openEventing({ api }: RealWorld, adapters: () => readonly string[]): Promise<Eventing> {
  const broker = await createBroker(() => {});
  const gateway = new Gateway(async (replicas) => {
    for (const name of adapters()) await api.patch(`${deploymentsPath}/${name}`, { spec: { replicas } });
  });
  const sink = await gateway.open();
  gateway.sendTo(broker.url);
  return {
    broker,
    gateway,
    sink,
    close: async () => {
      gateway.close();
      await broker.close();
    },
  };
}
