import type { TLSSocket } from "node:tls";
import type { Cluster } from "../cluster/cluster.ts";
import type { Environment } from "../cluster/program.ts";
import type { AdapterLog } from "./adapterLog.ts";
import type { HeldCredentials } from "./credentials.ts";
import { type Dialled, dial, dialProblem } from "./dial.ts";
import { type Message, type Request, send } from "./lines.ts";

export interface Target {
  /** `keda-operator.keda.svc.cluster.local` */
  readonly host: string;
  readonly service: { readonly namespace: string; readonly name: string };
  readonly clusterAddress: string;
}

export type Reply = { readonly value: string } | { readonly error: string };

/**
 * The metrics-apiserver's client of hop B. Like grpc-go it connects only while somebody waits, backs off after every
 * failure, and says nothing to its callers but "not yet".
 */
export class GrpcClient {
  readonly #cluster: Cluster;
  readonly #environment: Environment;
  readonly #log: AdapterLog;
  readonly #credentials: HeldCredentials;
  readonly #target: Target;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly #waiters = new Set<() => void>();
  readonly #stop: () => void;
  #socket: TLSSocket | undefined;
  #connecting = false;
  #failures = 0;
  #notBefore = 0;
  #id = 0;
  #killed = false;

  constructor(cluster: Cluster, environment: Environment, parts: Parts) {
    this.#cluster = cluster;
    this.#environment = environment;
    this.#log = parts.log;
    this.#credentials = parts.credentials;
    this.#target = parts.target;
    this.#stop = cluster.network.onCut(() => {
      if (cluster.network.isCut("hopB")) this.#socket?.destroy();
    });
  }

  get ready(): boolean {
    return this.#socket !== undefined;
  }

  /** True once connected, false when the limit passed first. */
  waitReady(limit: number | undefined): Promise<boolean> {
    if (this.ready) return Promise.resolve(true);
    this.#log.waiting();
    return new Promise((resolve) => {
      const { time } = this.#environment;
      const finish = (ready: boolean): void => {
        cancel();
        this.#waiters.delete(connected);
        resolve(ready);
      };
      const connected = (): void => finish(true);
      const cancel = limit === undefined ? () => undefined : time.after(limit, () => finish(false));
      this.#waiters.add(connected);
      this.#connect();
    });
  }

  call(request: Omit<Request, "id">): Promise<Reply> {
    const socket = this.#socket;
    if (socket === undefined) return Promise.resolve({ error: LOST });
    this.#id += 1;
    const id = this.#id;
    send(socket, { id, ...request });
    return new Promise((resolve) => this.#replies.set(id, resolve));
  }

  kill(): void {
    this.#killed = true;
    this.#stop();
    this.#credentials.close();
    this.#socket?.destroy();
  }

  /** Connects as long as somebody waits. */
  #connect(): void {
    if (this.#connecting || this.ready || this.#killed || this.#waiters.size === 0) return;
    this.#connecting = true;
    const { time } = this.#environment;
    time.after(Math.max(0, this.#notBefore - time.now()), () => void this.#attempt());
  }

  async #attempt(): Promise<void> {
    const { time } = this.#environment;
    const startedAt = time.now();
    const dialled = await this.#dial();
    this.#connecting = false;
    if (this.#killed) {
      if (dialled.ok) dialled.socket.destroy();
      return;
    }
    if (dialled.ok) this.#connected(dialled);
    else this.#failed(startedAt, dialled.problem);
    this.#connect();
  }

  /** By way of the Service: to one of its ready Pods. */
  async #dial(): Promise<Dialled> {
    const { network, timing } = this.#cluster;
    const { time } = this.#environment;
    const { clusterAddress, host, service } = this.#target;
    if (network.isCut("hopB")) {
      await time.sleep(timing.grpcConnectTimeout);
      return { ok: false, problem: dialProblem(clusterAddress, "i/o timeout") };
    }
    const address = network.pick(service);
    if (address === undefined)
      return { ok: false, problem: dialProblem(clusterAddress, "connect: connection refused") };
    return dial({ address, clusterAddress, serverName: host, credentials: this.#credentials.now, time });
  }

  #connected({ socket, onMessage }: Extract<Dialled, { ok: true }>): void {
    this.#socket = socket;
    this.#failures = 0;
    this.#notBefore = 0;
    onMessage((message) => this.#received(message));
    socket.once("close", () => this.#lost());
    for (const connected of [...this.#waiters]) connected();
  }

  #failed(startedAt: number, problem: string): void {
    const { base, factor, max } = this.#cluster.timing.grpcBackoff;
    this.#log.connectFailed(this.#target.clusterAddress, problem);
    const pause = Math.min(max, base * factor ** this.#failures);
    this.#failures += 1;
    // grpc-go counts the pause from the beginning of the attempt, with 20 % of jitter.
    this.#notBefore = startedAt + pause * (0.8 + 0.4 * Math.random());
  }

  #lost(): void {
    this.#socket = undefined;
    for (const reply of this.#replies.values()) reply({ error: LOST });
    this.#replies.clear();
    this.#connect();
  }

  #received(message: Message): void {
    if (!("id" in message)) return;
    const reply = this.#replies.get(message.id);
    this.#replies.delete(message.id);
    reply?.(
      "value" in message ? { value: message.value } : { error: `rpc error: code = Unknown desc = ${message.error}` },
    );
  }
}

export interface Parts {
  readonly log: AdapterLog;
  readonly credentials: HeldCredentials;
  readonly target: Target;
}

const LOST = "rpc error: code = Unavailable desc = error reading from server: EOF";
