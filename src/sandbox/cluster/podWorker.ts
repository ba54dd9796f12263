import { randomBytes } from "node:crypto";
import { field, textField } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import type { LogLine } from "../apiserver/podLog.ts";
import type { Cancel, WorldTime } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { type ContainerState, podStatus, type Terminated } from "./podStatus.ts";
import type { Environment, Process, Program } from "./program.ts";
import { type Files, filesOf, SecretVolume } from "./volume.ts";

const MAX_LOG_LINES = 20_000;
/** A container that ran this long has not crashed "again". */
const STABLE = 600_000;

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
}

interface Run {
  readonly time: WorldTime;
  readonly startedAt: number;
  readonly containerId: string;
  process?: Process;
}

/** kubelet's worker for one Pod with one container: start, restart in place, back-off, end. */
export class PodWorker {
  readonly name: string;
  readonly namespace: string;
  readonly #cluster: Cluster;
  readonly #time: WorldTime;
  readonly #program: Program;
  readonly #container: Container;
  readonly #secretName: string;
  #state: ContainerState;
  #volume: SecretVolume | undefined;
  #run: Run | undefined;
  #lines: LogLine[] | undefined;
  #crashes = 0;
  #grace: { readonly length: number; readonly cancel: Cancel } | undefined;
  #removed = false;

  constructor(cluster: Cluster, pod: StoredObject, program: Program) {
    this.#cluster = cluster;
    this.#time = cluster.time.scope();
    this.#program = program;
    this.name = pod.metadata.name;
    this.namespace = pod.metadata.namespace ?? "";
    this.#container = (field(pod.spec, "containers", "0") ?? {}) as Container;
    this.#secretName = textField(pod.spec, "volumes", secretVolumeIndex(pod), "secret", "secretName") ?? "";
    this.#state = pending(this.#container, this.#time.now());
  }

  get lines(): readonly LogLine[] | undefined {
    return this.#lines;
  }

  get secretName(): string {
    return this.#secretName;
  }

  get terminating(): boolean {
    return this.#grace !== undefined;
  }

  /** Mounts the Secret as it is then, and starts the program. */
  start(): void {
    this.#write();
    this.#time.after(this.#cluster.timing.containerStartDelay, () => {
      this.#volume = new SecretVolume(filesOf(this.#secret()));
      this.#change({ podIp: this.#cluster.network.newPodAddress() });
      void this.#startContainer();
    });
  }

  get mounted(): boolean {
    return this.#volume !== undefined;
  }

  /** The new files reach the running Pod. */
  refresh(files: Files): void {
    this.#volume?.swap(files);
  }

  /** The kernel kills the container; it restarts in the same Pod with the same volume. False when none runs. */
  async oomKill(): Promise<boolean> {
    if (this.#run === undefined) return false;
    await this.#ended(137, "OOMKilled");
    return true;
  }

  /** SIGTERM now, SIGKILL after the grace. Called again it can only shorten the grace. */
  terminate(grace: number): void {
    const shortest = this.#grace?.length;
    if (shortest !== undefined && shortest <= grace) return;
    this.#grace?.cancel();
    this.#grace = { length: grace, cancel: this.#time.after(grace, () => void this.#ended(137, "Error")) };
    if (shortest !== undefined) return;
    this.#happened("Normal", "Killing", `Stopping container ${this.#container.name}`);
    if (this.#run === undefined) void this.#ended(0, "Completed");
    else this.#run.process?.terminate();
  }

  async close(): Promise<void> {
    this.#removed = true;
    this.#time.end();
    await this.#stop();
  }

  async #startContainer(): Promise<void> {
    const run: Run = { time: this.#time.scope(), startedAt: this.#time.now(), containerId: containerId() };
    this.#run = run;
    this.#lines = [];
    this.#cluster.network.attach(this.#state.podIp ?? "");
    this.#change({ now: { running: { startedAt: run.startedAt } }, containerId: run.containerId });
    this.#happened("Normal", "Started", `Started container ${this.#container.name}`);
    this.#cluster.tell("kubelet", `${this.name} ${this.#state.restarts === 0 ? "starts" : "restarts in place"}`);
    const process = await this.#program(this.#environment(run));
    if (this.#run === run) run.process = process;
    else await process.kill();
  }

  #environment(run: Run): Environment {
    const lines = this.#lines ?? [];
    return {
      namespace: this.namespace,
      podName: this.name,
      podIp: this.#state.podIp ?? "",
      image: this.#container.image,
      args: this.#container.args,
      certs: this.#volume ?? new SecretVolume({}),
      time: run.time,
      log: (text) => {
        for (const line of text.split("\n")) lines.push({ at: this.#time.exact(), text: line });
        if (lines.length > MAX_LOG_LINES) lines.splice(0, MAX_LOG_LINES / 2);
      },
      ready: () => {
        if (this.#run === run) this.#ready(true);
      },
      exit: (code) => {
        if (this.#run === run) void this.#ended(code, code === 0 ? "Completed" : "Error");
      },
    };
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    run?.time.end();
    this.#cluster.network.detach(this.#state.podIp ?? "");
    await run?.process?.kill();
  }

  async #ended(exitCode: number, reason: string): Promise<void> {
    const run = this.#run;
    const finishedAt = this.#time.now();
    await this.#stop();
    if (this.#removed) return;
    const { startedAt, containerId } = run ?? {};
    const ended = startedAt !== undefined && containerId !== undefined;
    const last = ended ? { exitCode, reason, startedAt, finishedAt, containerId } : undefined;
    if (last !== undefined) this.#ready(false, last);
    if (this.terminating) this.#remove();
    else if (last !== undefined) this.#restart(last);
  }

  #remove(): void {
    this.#removed = true;
    this.#time.end();
    this.#cluster.tell("kubelet", `${this.name} is gone`);
    this.#cluster.objects.remove("pods", { namespace: this.namespace, name: this.name });
  }

  #restart(last: Terminated): void {
    this.#crashes = last.finishedAt - last.startedAt > STABLE ? 0 : this.#crashes;
    const delay = this.#crashes === 0 ? this.#cluster.timing.containerStartDelay : this.#backOff();
    this.#crashes += 1;
    this.#time.after(delay, () => {
      this.#change({ restarts: this.#state.restarts + 1, last });
      void this.#startContainer();
    });
  }

  #backOff(): number {
    const { base, max } = this.#cluster.timing.crashBackoff;
    const delay = Math.min(max, base * 2 ** (this.#crashes - 1));
    const uid = this.#pod()?.metadata.uid;
    const { name } = this.#container;
    const message = `back-off ${delay / 1000}s restarting failed container=${name} pod=${this.name}_${this.namespace}(${uid})`;
    if ("terminated" in this.#state.now) this.#change({ last: this.#state.now.terminated });
    this.#change({ now: { waiting: { reason: "CrashLoopBackOff", message } } });
    const text = `Back-off restarting failed container ${name} in pod ${this.name}_${this.namespace}(${uid})`;
    this.#happened("Warning", "BackOff", text);
    this.#cluster.tell("kubelet", `${this.name} is in CrashLoopBackOff`);
    return delay;
  }

  #ready(ready: boolean, terminated?: Terminated): void {
    const now = this.#time.now();
    const changedAt = ready === (this.#state.readySince !== undefined) ? this.#state.changedAt : now;
    const readySince = ready ? (this.#state.readySince ?? now) : undefined;
    this.#change({ readySince, changedAt, ...(terminated === undefined ? {} : { now: { terminated } }) });
  }

  #change(change: Partial<ContainerState>): void {
    this.#state = { ...this.#state, ...change };
    this.#write();
  }

  #write(): void {
    const at = { namespace: this.namespace, name: this.name };
    this.#cluster.objects.update("pods", at, (pod) => ({ ...pod, status: podStatus(this.#state) }));
  }

  #pod(): StoredObject | undefined {
    return this.#cluster.objects.get("pods", { namespace: this.namespace, name: this.name });
  }

  #secret(): StoredObject | undefined {
    return this.#cluster.objects.get("secrets", { namespace: this.namespace, name: this.#secretName });
  }

  #happened(type: "Normal" | "Warning", reason: string, message: string): void {
    const pod = this.#pod();
    if (pod !== undefined) this.#cluster.recorder.record("pods", pod, { type, reason, message, component: "kubelet" });
  }
}

const containerId = (): string => `containerd://${randomBytes(32).toString("hex")}`;

function secretVolumeIndex(pod: StoredObject): string {
  const volumes = (field(pod.spec, "volumes") ?? []) as readonly { readonly secret?: unknown }[];
  return String(volumes.findIndex((volume) => volume.secret !== undefined));
}

const pending = (container: { readonly name: string; readonly image: string }, now: number): ContainerState => ({
  name: container.name,
  image: container.image,
  podIp: undefined,
  podStartedAt: now,
  readySince: undefined,
  changedAt: now,
  restarts: 0,
  now: { waiting: { reason: "ContainerCreating" } },
  last: undefined,
  containerId: "",
});
