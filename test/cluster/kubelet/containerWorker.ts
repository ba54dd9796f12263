import { setTimeout as sleep } from "node:timers/promises";
import { toSecond } from "../../../src/sandbox/stamps.ts";
import type { Loose } from "../api/client.ts";
import { ContainerProcess, type Exit, type Launch } from "./container.ts";
import type { ContainerLog } from "./log.ts";
import { httpProbe } from "./probe.ts";
import type { ContainerState } from "./status.ts";

export interface ContainerWorkerOptions {
  readonly pod: Loose;
  readonly container: Loose;
  readonly podIP: string;
  readonly launch: () => Launch;
  readonly onChange: () => void;
}

/** kubelet's: the first restart at once, then 10 s, doubled up to 5 min; forgotten after 10 min of running. */
const backoffOf = (failures: number): number => (failures < 2 ? 0 : Math.min(300_000, 10_000 * 2 ** (failures - 2)));
const forgottenAfter = 600_000;

/** Keeps one container running until it is told to end. */
export class ContainerWorker {
  readonly ended: Promise<void>;
  readonly #options: ContainerWorkerOptions;
  #process: ContainerProcess | undefined;
  #previous: ContainerLog | undefined;
  #state: Loose = { waiting: { reason: "ContainerCreating" } };
  #lastState: Loose = {};
  #restarts = 0;
  #ready = false;
  #ending = false;
  #outOfMemory = false;
  #wake: AbortController = new AbortController();

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
    this.ended = this.#run();
  }

  state(): ContainerState {
    const { pod, container } = this.#options;
    return {
      name: container.name,
      image: container.image,
      ready: this.#ready,
      restarts: this.#restarts,
      state: this.#state,
      lastState: this.#lastState,
      id: `${pod.metadata.uid}-${container.name}-${this.#restarts}`,
    };
  }

  log(previous: boolean): ContainerLog | undefined {
    return previous ? this.#previous : this.#process?.log;
  }

  /** SIGTERM now; the rest is up to the program, or to `kill`. */
  end(): void {
    this.#ending = true;
    this.#wake.abort();
    this.#process?.signal("SIGTERM");
  }

  kill(): void {
    this.#ending = true;
    this.#wake.abort();
    this.#process?.signal("SIGKILL");
  }

  /** As the kernel's OOM killer, with kubelet's report afterwards. */
  oomKill(): boolean {
    if (this.#state.running === undefined) return false;
    this.#outOfMemory = true;
    this.#process?.signal("SIGKILL");
    return true;
  }

  /** SIGSTOP: a process that gets no processor for a while. */
  freeze(): void {
    this.#process?.signal("SIGSTOP");
  }

  thaw(): void {
    this.#process?.signal("SIGCONT");
  }

  /** SIGKILL without a reason: a program that dies. */
  crash(): void {
    this.#process?.signal("SIGKILL");
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#ending) {
      const exit = await this.#once();
      if (this.#ending) return;
      const lasted = Date.now() - (this.#process?.startedAt ?? 0);
      failures = lasted > forgottenAfter ? 1 : failures + 1;
      await this.#backOff(backoffOf(failures), exit);
      if (!this.#ending) this.#restarts += 1;
    }
  }

  async #once(): Promise<Exit> {
    this.#previous = this.#process?.log ?? this.#previous;
    const process = new ContainerProcess(this.#options.launch());
    this.#process = process;
    this.#state = { running: { startedAt: toSecond(process.startedAt) } };
    this.#ready = this.#options.container.readinessProbe === undefined;
    this.#options.onChange();
    const probing = new AbortController();
    void this.#probe(probing.signal);
    const exit = await process.exit;
    probing.abort();
    this.#ready = false;
    this.#terminated(process, exit);
    return exit;
  }

  #terminated(process: ContainerProcess, exit: Exit): void {
    const reason = this.#outOfMemory ? "OOMKilled" : exit.exitCode === 0 ? "Completed" : "Error";
    this.#outOfMemory = false;
    const terminated = {
      exitCode: exit.exitCode,
      reason,
      startedAt: toSecond(process.startedAt),
      finishedAt: toSecond(Date.now()),
      containerID: `process://${this.state().id}`,
    };
    this.#lastState = this.#ending ? this.#lastState : { terminated };
    this.#state = { terminated };
    this.#options.onChange();
  }

  async #backOff(length: number, { exitCode }: Exit): Promise<void> {
    if (length === 0) return;
    const { name } = this.#options.container;
    const message = `back-off ${length / 1000}s restarting failed container=${name} (exit code ${exitCode})`;
    this.#state = { waiting: { reason: "CrashLoopBackOff", message } };
    this.#options.onChange();
    await pause(length / 1000, this.#wake.signal);
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { container, podIP } = this.#options;
    const probe = container.readinessProbe;
    if (probe === undefined) return;
    const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = probe;
    await pause(initialDelaySeconds, signal);
    let failures = 0;
    while (!signal.aborted) {
      const good = await httpProbe(podIP, container, probe);
      if (signal.aborted) return;
      failures = good ? 0 : failures + 1;
      this.#becomes(good || (this.#ready && failures < failureThreshold));
      // Sooner than kubelet while it is not ready yet: nobody learns anything from that wait.
      await pause(this.#ready ? periodSeconds : 1, signal);
    }
  }

  #becomes(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#options.onChange();
  }
}

/** Also returns, early, when aborted. */
const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  sleep(seconds * 1000, undefined, { signal }).catch(() => {});
