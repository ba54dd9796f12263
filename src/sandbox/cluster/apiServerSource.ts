import { Agent, request } from "node:http";
import type { Resource } from "../apiserver/kinds.ts";
import type { Change } from "../apiserver/objects.ts";
import type { EventSource } from "../world.ts";
import { type CloudEventRequest, cloudEvent, type Mode } from "./cloudEvent.ts";
import type { Cluster } from "./cluster.ts";

export interface SourceOptions {
  /** What the adapter takes for the API server: `source` of every event. */
  readonly apiServer: string;
  /** KEDA's, where Secrets and Pods (and Certificates) are watched. */
  readonly namespace: string;
}

const RETRIED = new Set([404, 413, 425, 429, 502, 503, 504]);
const RETRIES = 5;
const PAUSE = 50;
const FLUSH = 1_000;

/**
 * Knative ApiServerSources: one in Reference mode for Secrets and Pods of KEDA, one in Resource mode for all Events, one in
 * Resource mode for Certificates. Each kind is sent one after the other; nothing that happened before, or while stopped.
 */
export class ApiServerSource implements EventSource {
  readonly #cluster: Cluster;
  readonly #options: SourceOptions;
  readonly #queues = new Map<string, Promise<void>>();
  readonly #stopWatching: () => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  #sink: string | undefined;
  #running = true;
  #lost = 0;
  #copies = 1;
  #group = 1;
  #held: (() => Promise<void>)[] = [];

  constructor(cluster: Cluster, options: SourceOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#stopWatching = cluster.objects.onChange((change) => this.#changed(change));
  }

  sendTo(sink: string | undefined): void {
    this.#sink = sink;
  }

  lose(count: number): void {
    this.#lost = count;
  }

  duplicate(copies: number): void {
    this.#copies = copies;
  }

  reorder(size: number): void {
    this.#group = size;
    this.#flush();
  }

  stop(): void {
    this.#running = false;
  }

  start(): void {
    this.#running = true;
  }

  close(): void {
    this.stop();
    this.#stopWatching();
    this.#agent.destroy();
  }

  #changed(change: Change): void {
    const mode = this.#modeOf(change.resource, change.object.metadata.namespace);
    const sink = this.#sink;
    if (mode === undefined || sink === undefined || !this.#running) return;
    if (this.#lost > 0) {
      this.#lost -= 1;
      return;
    }
    const { apiServer: url, namespace } = this.#options;
    const event = cloudEvent(change, mode, { url, namespace, now: this.#cluster.time.exact() });
    for (let copy = 0; copy < this.#copies; copy += 1) this.#queue(change.resource, () => this.#send(sink, event));
  }

  #modeOf(resource: Resource, namespace: string | undefined): Mode | undefined {
    if (resource === "events") return "resource";
    if (namespace !== this.#options.namespace) return undefined;
    if (resource === "secrets" || resource === "pods") return "ref";
    return resource === "certificates" ? "resource" : undefined;
  }

  #queue(resource: Resource, send: () => Promise<void>): void {
    if (this.#group > 1) {
      this.#held.push(send);
      if (this.#held.length >= this.#group) this.#flush();
      else this.#cluster.time.after(FLUSH, () => this.#flush());
      return;
    }
    this.#queues.set(resource, (this.#queues.get(resource) ?? Promise.resolve()).then(send));
  }

  /** Backwards, one after the other. */
  #flush(): void {
    const held = this.#held.reverse();
    this.#held = [];
    const all = held.reduce((before, send) => before.then(send), this.#queues.get("held") ?? Promise.resolve());
    this.#queues.set("held", all);
  }

  async #send(sink: string, event: CloudEventRequest): Promise<void> {
    for (let attempt = 0; attempt <= RETRIES && this.#running; attempt += 1) {
      const status = await post(sink, event, this.#agent);
      if (status !== undefined && !RETRIED.has(status)) return;
      await this.#cluster.time.sleep(PAUSE * 2 ** attempt);
    }
  }
}

/** The status, or undefined when nobody answered. */
function post(sink: string, { headers, body }: CloudEventRequest, agent: Agent): Promise<number | undefined> {
  const length = { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve) => {
    const options = { method: "POST", agent, headers: { ...headers, ...length } };
    const outgoing = request(sink, options, (response) => {
      response.resume();
      response.once("error", () => resolve(undefined));
      response.once("end", () => resolve(response.statusCode));
    });
    outgoing.on("error", () => resolve(undefined));
    outgoing.end(body);
  });
}
