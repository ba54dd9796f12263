import { type KubeClient, kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { ApiServer } from "../../../src/sandbox/apiserver/apiServer.ts";
import { Objects, type StoredObject } from "../../../src/sandbox/apiserver/objects.ts";
import type { User } from "../../../src/sandbox/apiserver/rbac.ts";
import { Network } from "../../../src/sandbox/cluster/network.ts";
import { servingCertificate } from "../../../src/sandbox/servingCertificate.ts";
import { wallClock } from "./server.ts";

/** The sandbox's API server with nothing in it. */
export interface StandIn {
  readonly api: ApiServer;
  readonly objects: Objects;
  readonly client: KubeClient;
  /** A client of somebody else. */
  as(user: User): KubeClient;
  close(): Promise<void>;
}

export const everything: User = {
  name: "system:serviceaccount:keda-medic:keda-medic-respond",
  token: "everything",
  grants: [{ rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] }],
};

export async function standIn(users: readonly User[] = []): Promise<StandIn> {
  const objects = new Objects(wallClock);
  const host = new Network(objects).apiServerAddress;
  const { ca, ...certificate } = servingCertificate(host);
  const backend = {
    objects,
    clock: wallClock,
    logs: () => undefined,
    oldestToken: () => 0,
    absentGroups: new Set<string>(),
    aggregate: async () => ({ status: 503, body: "" }),
  };
  const api = new ApiServer({ clock: wallClock, backend, users: [everything, ...users], host, certificate });
  await api.up();
  const clients: KubeClient[] = [];
  const as = ({ token }: User): KubeClient => {
    const access = {
      server: new URL(api.url),
      clusterName: "test",
      ca,
      insecureSkipTlsVerify: false,
      token: async () => token,
    };
    const client = kubeClient(access, { clock: wallClock, backoff: 1 });
    clients.push(client);
    return client;
  };
  return {
    api,
    objects,
    client: as(everything),
    as,
    async close() {
      for (const client of clients) client.close();
      api.watches.close();
      await api.down();
    },
  };
}

export const object = (namespace: string, name: string, more: Partial<StoredObject> = {}): StoredObject => ({
  ...more,
  metadata: { ...more.metadata, name, namespace },
});

export async function until(what: string, condition: () => boolean, within = 5000): Promise<void> {
  const end = performance.now() + within;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const sleep = (length: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, length));
