import type { ServerResponse } from "node:http";
import type { Call } from "./call.ts";
import type { Resource } from "./kinds.ts";
import type { Change, Objects, StoredObject } from "./objects.ts";
import { partialMetadata, wantsMetadata } from "./partial.ts";
import { fieldSelector, labelSelector } from "./selector.ts";
import { type Answer, badRequest, tooOld } from "./status.ts";

type EventType = "ADDED" | "MODIFIED" | "DELETED";

interface Noted {
  readonly version: number;
  readonly type: EventType;
  readonly resource: Resource;
  readonly object: StoredObject;
}

interface Watcher {
  readonly resource: Resource;
  readonly send: (type: string, object: unknown) => void;
  readonly wants: (note: Noted) => boolean;
  readonly shape: (object: StoredObject) => unknown;
  readonly end: () => void;
}

const REMEMBERED = 5000;
const BOOKMARK_EVERY = 1000;
const EVENT_TYPES = { add: "ADDED", update: "MODIFIED", delete: "DELETED" } as const;

/** Watches as kube-apiserver serves them: JSON lines over a response that stays open, resumed by resourceVersion. */
export class Watches {
  readonly #objects: Objects;
  readonly #watchers = new Set<Watcher>();
  readonly #stop: () => void;
  #noted: Noted[] = [];
  #oldest = 0;
  /** How often every event is sent; for tests. */
  copies = 1;

  constructor(objects: Objects) {
    this.#objects = objects;
    this.#stop = objects.onChange((change) => this.#note(change));
  }

  get open(): number {
    return this.#watchers.size;
  }

  /** Ends every connection in the middle; clients may resume. */
  drop(): void {
    for (const watcher of [...this.#watchers]) watcher.end();
  }

  /** As after etcd's compaction: whoever resumes at a version of until now is told 410. */
  expire(): void {
    this.#noted = [];
    this.#oldest = Number(this.#objects.version) + 1;
  }

  close(): void {
    this.#stop();
    this.drop();
  }

  serve(resource: Resource, call: Call): Answer {
    const labels = labelSelector(call.query.get("labelSelector") ?? "");
    const fields = fieldSelector(call.query.get("fieldSelector") ?? "");
    if (labels === undefined || fields === undefined) return badRequest("invalid selector");
    const { namespace } = call.info;
    const wants = ({ object }: Noted): boolean =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      labels(object.metadata.labels ?? {}) &&
      fields(object);
    const from = Number(call.query.get("resourceVersion") ?? 0);
    const shape = wantsMetadata(call.accept) ? partialMetadata : (object: StoredObject): unknown => object;
    return {
      status: 200,
      body: undefined,
      stream: (response) => this.#stream(response, { resource, wants, shape }, { from, query: call.query }),
    };
  }

  #stream(
    response: ServerResponse,
    watcher: Pick<Watcher, "resource" | "wants" | "shape">,
    { from, query }: { readonly from: number; readonly query: URLSearchParams },
  ): void {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const send = (type: string, object: unknown): void => void response.write(`${JSON.stringify({ type, object })}\n`);
    // As the watch cache does it: an error event in a response that is 200.
    if (from !== 0 && from < this.#oldest - 1) {
      send("ERROR", tooOld().body);
      response.end();
      return;
    }
    const own: Watcher = { ...watcher, send, end: () => response.destroy() };
    this.#replay(own, from);
    this.#watchers.add(own);
    const timers = [setTimeout(() => response.end(), Number(query.get("timeoutSeconds") ?? 300) * 1000)];
    if (query.get("allowWatchBookmarks") === "true")
      timers.push(setInterval(() => this.#bookmark(own), BOOKMARK_EVERY));
    response.on("close", () => {
      for (const timer of timers) clearTimeout(timer);
      this.#watchers.delete(own);
    });
  }

  #replay(watcher: Watcher, from: number): void {
    const missed =
      from === 0
        ? this.#objects
            .list(watcher.resource)
            .map((object): Noted => ({ version: 0, type: "ADDED", resource: watcher.resource, object }))
        : this.#noted.filter(({ version }) => version > from);
    for (const note of missed) this.#tell(watcher, note);
  }

  #bookmark({ send, resource }: Watcher): void {
    send("BOOKMARK", { kind: resource, metadata: { resourceVersion: this.#objects.version, creationTimestamp: null } });
  }

  #note({ type, resource, object }: Change): void {
    const version = Number(this.#objects.version);
    const seen = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const note: Noted = { version, type: EVENT_TYPES[type], resource, object: seen };
    this.#noted.push(note);
    if (this.#noted.length > REMEMBERED) {
      this.#noted = this.#noted.slice(REMEMBERED / 2);
      this.#oldest = this.#noted[0]?.version ?? 0;
    }
    for (const watcher of this.#watchers) this.#tell(watcher, note);
  }

  #tell({ resource, wants, send, shape }: Watcher, note: Noted): void {
    if (note.resource !== resource || !wants(note)) return;
    for (let copy = 0; copy < this.copies; copy += 1) send(note.type, shape(note.object));
  }
}
