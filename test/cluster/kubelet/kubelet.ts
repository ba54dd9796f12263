import type { Api, Loose } from "../api/client.ts";
import { Reflector } from "../api/reflector.ts";
import { node, ownNetworks, podAddresses } from "../namespaces/network.ts";
import { hasOwnNetwork, type Images } from "./images.ts";
import { registerNode } from "./node.ts";
import { PodWorker } from "./podWorker.ts";
import { serveKubelet } from "./server.ts";

export interface KubeletOptions {
  readonly api: Api;
  readonly images: Images;
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
  /** From a change of a Secret to the change in the volume; kubelet takes up to 90 s. */
  readonly propagation: number;
  readonly onLine: (pod: Loose, text: string) => void;
}

/** Pods as processes: schedules them to the one node, runs them, and tells the API server. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #nextAddress = podAddresses();
  readonly #nextOwnAddress = podAddresses(ownNetworks);
  #nextPort = 20_000;
  #stops: (() => void)[] = [];

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { api, cert, key } = this.#options;
    await registerNode(api);
    const server = await serveKubelet({ cert, key, find: (namespace, name) => this.find(namespace, name) });
    const pods = new Reflector(api, { path: "/api/v1/pods", onChange: (pod, gone) => this.#pod(pod, gone) });
    const secrets = new Reflector(api, {
      path: "/api/v1/secrets",
      onChange: (secret, gone) => !gone && this.#secret(secret),
    });
    this.#stops = [() => pods.close(), () => secrets.close(), () => server.close()];
    await Promise.all([pods.synced(), secrets.synced()]);
  }

  find(namespace: string, name: string): PodWorker | undefined {
    return [...this.#workers.values()].find(
      ({ pod }) => pod.metadata.namespace === namespace && pod.metadata.name === name,
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
    for (const worker of this.#workers.values()) worker.drop();
    this.#workers.clear();
  }

  #pod(pod: Loose, gone: boolean): void {
    const { uid } = pod.metadata;
    const worker = this.#workers.get(uid);
    if (gone) {
      worker?.drop();
      this.#workers.delete(uid);
    } else if (pod.spec.nodeName === undefined) void this.#bind(pod);
    else if (worker === undefined) this.#workers.set(uid, this.#adopt(pod));
    else worker.update(pod);
  }

  #adopt(pod: Loose): PodWorker {
    const { api, images, folder, onLine } = this.#options;
    this.#nextPort += 1;
    const ownNetwork = hasOwnNetwork(images, pod);
    const worker = new PodWorker(pod, {
      api,
      images,
      folder,
      onLine,
      podIP: ownNetwork ? this.#nextOwnAddress() : this.#nextAddress(),
      ownNetwork,
      uniquePort: this.#nextPort,
    });
    worker.update(pod);
    return worker;
  }

  /** All of the scheduler that is needed. */
  async #bind(pod: Loose): Promise<void> {
    const { namespace, name } = pod.metadata;
    const target = { apiVersion: "v1", kind: "Node", name: node.name };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
    await this.#options.api
      .request({ method: "POST", path, body: { metadata: { name, namespace }, target } })
      .catch(() => undefined);
  }

  #secret(secret: Loose): void {
    const { namespace, name } = secret.metadata;
    for (const worker of this.#workers.values()) {
      if (worker.pod.metadata.namespace !== namespace || !worker.volumes.secrets().includes(name)) continue;
      setTimeout(() => void worker.volumes.refresh(name).catch(() => {}), this.#options.propagation);
    }
  }
}
