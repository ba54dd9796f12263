import { field, textField } from "../apiserver/call.ts";
import type { Change, StoredObject } from "../apiserver/objects.ts";
import type { LogLine } from "../apiserver/podLog.ts";
import type { Cluster } from "./cluster.ts";
import { PodWorker } from "./podWorker.ts";
import type { Program } from "./program.ts";
import { filesOf } from "./volume.ts";

/** The one node's kubelet: a worker per Pod, and Secret volumes that follow the Secret after a while. */
export class Kubelet {
  readonly #cluster: Cluster;
  readonly #programs: Readonly<Record<string, Program>>;
  readonly #workers = new Map<string, PodWorker>();
  readonly #stop: () => void;

  /** @param programs by image name without its tag */
  constructor(cluster: Cluster, programs: Readonly<Record<string, Program>>) {
    this.#cluster = cluster;
    this.#programs = programs;
    this.#stop = cluster.objects.onChange((change) => this.#changed(change));
  }

  logs(podUid: string): readonly LogLine[] | undefined {
    return this.#workers.get(podUid)?.lines;
  }

  /** Out of memory, in place. False when no container runs there. */
  async oomKill(podUid: string): Promise<boolean> {
    return (await this.#workers.get(podUid)?.oomKill()) === true;
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    this.#workers.clear();
  }

  #changed({ type, resource, object }: Change): void {
    if (resource === "secrets" && type !== "delete") this.#propagate(object);
    if (resource !== "pods") return;
    const uid = object.metadata.uid ?? "";
    if (type === "add") this.#start(uid, object);
    if (type === "update" && object.metadata.deletionTimestamp !== undefined) this.#terminate(uid, object);
    if (type === "delete") this.#workers.delete(uid);
  }

  #start(uid: string, pod: StoredObject): void {
    const image = textField(pod.spec, "containers", "0", "image")?.split(":")[0] ?? "";
    const program = this.#programs[image];
    if (program === undefined) return;
    const worker = new PodWorker(this.#cluster, pod, program);
    this.#workers.set(uid, worker);
    // Not inside the write that created the Pod.
    this.#cluster.time.after(0, () => worker.start());
  }

  #terminate(uid: string, pod: StoredObject): void {
    const grace = Number(field(pod.metadata, "deletionGracePeriodSeconds") ?? 30) * 1000;
    this.#cluster.time.after(0, () => this.#workers.get(uid)?.terminate(grace));
  }

  /** A write arrives as it was made, in the Pods that had mounted the Secret: a later write takes its own time, a later Pod mounts what it finds. */
  #propagate(secret: StoredObject): void {
    const files = filesOf(secret);
    const mounting = [...this.#workers.values()].filter(
      (worker) =>
        worker.mounted && worker.secretName === secret.metadata.name && worker.namespace === secret.metadata.namespace,
    );
    this.#cluster.time.after(this.#cluster.timing.propagationDelay, () => {
      for (const worker of mounting) if (!worker.terminating) worker.refresh(files);
    });
  }
}
