import { Agent, request } from "node:http";
import type { Resource } from "../apiserver/kinds.ts";
import type { Change } from "../apiserver/objects.ts";
import { EventFaults } from "../eventFaults.ts";
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

/** An event on its way: of which kind, and where to. */
interface Leaving {
  readonly resource: Resource;
  readonly sink: string;
  readonly event: CloudEventRequest;
}

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
  readonly #faults: EventFaults<Leaving>;
  #sink: string | undefined;
  #running = true;

  constructor(cluster: Cluster, options: SourceOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#faults = new EventFaults({
      send: (leaving, heldBack) => this.#queue(heldBack ? "held" : leaving.resource, leaving),
      after: (delay, run) => cluster.time.after(delay, run),
    });
    this.#stopWatching = cluster.objects.onChange((change) => this.#changed(change));
  }

  sendTo(sink: string | undefined): void {
    this.#sink = sink;
  }

  lose(count: number): void {
    this.#faults.lose(count);
  }

  duplicate(copies: number): void {
    this.#faults.duplicate(copies);
  }

  reorder(size: number): void {
    this.#faults.reorder(size);
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
    const { apiServer: url, namespace } = this.#options;
    const event = cloudEvent(change, mode, { url, namespace, now: this.#cluster.time.exact() });
    this.#faults.pass({ resource: change.resource, sink, event });
  }

  #modeOf(resource: Resource, namespace: string | undefined): Mode | undefined {
    if (resource === "events") return "resource";
    if (namespace !== this.#options.namespace) return undefined;
    if (resource === "secrets" || resource === "pods") return "ref";
    return resource === "certificates" ? "resource" : undefined;
  }

  /** Events of one queue are sent one after the other. */
  #queue(name: string, { sink, event }: Leaving): void {
    const before = this.#queues.get(name) ?? Promise.resolve();
    this.#queues.set(
      name,
      before.then(() => this.#send(sink, event)),
    );
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
