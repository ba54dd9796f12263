import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, type Loose, merge } from "../api/client.ts";
import { PodNetwork } from "../namespaces/podNetwork.ts";
import { ContainerWorker } from "./containerWorker.ts";
import { environmentOf } from "./environment.ts";
import { commandOf, type Images, imageOf } from "./images.ts";
import type { ContainerLog } from "./log.ts";
import { type ContainerState, podStatus } from "./status.ts";
import { Volumes } from "./volumes.ts";

export interface PodWorkerOptions {
  readonly api: Api;
  readonly images: Images;
  /** For volumes and logs of all Pods. */
  readonly folder: string;
  readonly podIP: string;
  /** Whether the address lies in a network namespace of the Pod's own. */
  readonly ownNetwork: boolean;
  /** For a program that would listen on all addresses otherwise. */
  readonly uniquePort: number;
  /** Every line of every container. */
  readonly onLine: (pod: Loose, text: string) => void;
}

/** The life of one Pod: volumes, containers, status, and an end as graceful as its grace period allows. */
export class PodWorker {
  readonly volumes: Volumes;
  readonly #options: PodWorkerOptions;
  readonly #startedAt = Date.now();
  readonly #path: string;
  #pod: Loose;
  #containers: readonly ContainerWorker[] = [];
  #network: PodNetwork | undefined;
  #grace: number | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #gone = false;
  #writing: Promise<void> = Promise.resolve();
  #dirty = false;

  constructor(pod: Loose, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
    const { namespace, name, uid } = pod.metadata;
    this.#path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    this.volumes = new Volumes(options.api, pod, join(options.folder, "volumes", uid));
    void this.#start();
  }

  get pod(): Loose {
    return this.#pod;
  }

  get podIP(): string {
    return this.#options.podIP;
  }

  update(pod: Loose): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#end(pod.metadata.deletionGracePeriodSeconds ?? 30);
  }

  container(name?: string): ContainerWorker | undefined {
    return name === undefined
      ? this.#containers[0]
      : this.#containers.find((container) => container.state().name === name);
  }

  log(container: string, previous: boolean): ContainerLog | undefined {
    return this.container(container)?.log(previous);
  }

  /** The object has gone: nothing may be left running. */
  drop(): void {
    this.#gone = true;
    clearTimeout(this.#killTimer);
    for (const container of this.#containers) container.kill();
    void this.#network?.close();
  }

  async #start(): Promise<void> {
    while (!this.#gone && this.#grace === undefined) {
      const prepared = await this.volumes.prepare().then(
        () => true,
        () => false,
      );
      if (prepared) break;
      await sleep(1000);
    }
    if (this.#gone || this.#grace !== undefined) return;
    const { ownNetwork, podIP, folder } = this.#options;
    if (ownNetwork) this.#network = await PodNetwork.open(join(folder, "networks"), podIP);
    this.#containers = this.#pod.spec.containers.map((container: Loose) => this.#work(container));
    this.#changed();
  }

  #work(container: Loose): ContainerWorker {
    const { images, folder, podIP, uniquePort } = this.#options;
    const image = imageOf(images, container.image);
    const logs = join(folder, "logs");
    mkdirSync(logs, { recursive: true });
    return new ContainerWorker({
      pod: this.#pod,
      container,
      podIP,
      onChange: () => this.#changed(),
      launch: () => ({
        command: commandOf(image, container, podIP, uniquePort),
        env: { ...environmentOf(this.#pod, container, podIP), ...image.env?.(podIP, uniquePort) },
        mounts: this.volumes.mounts(container),
        network: this.#network?.path,
        logFile: join(logs, `${this.#pod.metadata.namespace}_${this.#pod.metadata.name}.log`),
        onLine: (text) => this.#options.onLine(this.#pod, text),
      }),
    });
  }

  /** Asked again with less grace, a Pod ends sooner; with more, it does not live longer. */
  #end(grace: number): void {
    if (this.#grace !== undefined && grace >= this.#grace) return;
    const first = this.#grace === undefined;
    this.#grace = grace;
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => {
      for (const container of this.#containers) container.kill();
    }, grace * 1000);
    if (!first) return;
    for (const container of this.#containers) container.end();
    void this.#bury();
  }

  /** The object stays until every process is gone. */
  async #bury(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.ended));
    clearTimeout(this.#killTimer);
    await this.#writing;
    const preconditions = { uid: this.#pod.metadata.uid };
    while (!this.#gone) {
      const done = await this.#options.api
        .request({ method: "DELETE", path: this.#path, body: { gracePeriodSeconds: 0, preconditions } })
        .catch(() => undefined);
      if (done !== undefined && done.status < 500) return;
      await sleep(500);
    }
  }

  #changed(): void {
    this.#dirty = true;
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** Writes the newest state; again and again while the API server is away. */
  async #write(): Promise<void> {
    while (this.#dirty && !this.#gone) {
      this.#dirty = false;
      const body = { metadata: { uid: this.#pod.metadata.uid }, status: this.#status() };
      const done = await this.#options.api
        .request({ method: "PATCH", path: `${this.#path}/status`, body, contentType: merge })
        .catch(() => undefined);
      if (done !== undefined && done.status < 500 && done.status !== 429) continue;
      this.#dirty = true;
      await sleep(500);
    }
  }

  #status(): Loose {
    const containers: readonly ContainerState[] = this.#containers.map((container) => container.state());
    const { podIP } = this.#options;
    return podStatus({ pod: this.#pod, podIP, startedAt: this.#startedAt, containers });
  }
}
