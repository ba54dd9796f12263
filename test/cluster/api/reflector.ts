import { request as send } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api, Loose } from "./client.ts";

export interface ReflectorOptions {
  /** Without query, such as `/api/v1/pods`. */
  readonly path: string;
  /** `fieldSelector=...`. */
  readonly query?: string;
  readonly onChange: (object: Loose, gone: boolean) => void;
}

/** A local copy of a collection, kept by list and watch; survives an API server that goes and comes back. */
export class Reflector {
  readonly objects = new Map<string, Loose>();
  readonly #api: Api;
  readonly #options: ReflectorOptions;
  #closed = false;
  #hangUp: () => void = () => {};
  #synced: () => void = () => {};
  readonly #first: Promise<void>;

  constructor(api: Api, options: ReflectorOptions) {
    this.#api = api;
    this.#options = options;
    this.#first = new Promise((resolve) => {
      this.#synced = resolve;
    });
    void this.#run();
  }

  /** Resolves when the first list is in. */
  synced(): Promise<void> {
    return this.#first;
  }

  close(): void {
    this.#closed = true;
    this.#hangUp();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const version = await this.#list().catch(() => undefined);
      if (version !== undefined) {
        this.#synced();
        await this.#watch(version);
      }
      if (!this.#closed) await sleep(200);
    }
  }

  #url(more: string): string {
    const query = [this.#options.query, more].filter(Boolean).join("&");
    return `${this.#options.path}${query === "" ? "" : `?${query}`}`;
  }

  async #list(): Promise<string> {
    const list = await this.#api.get(this.#url(""));
    const seen = new Set<string>();
    for (const object of list.items) {
      seen.add(object.metadata.uid);
      if (this.objects.get(object.metadata.uid)?.metadata.resourceVersion !== object.metadata.resourceVersion)
        this.#take(object, false);
    }
    for (const [uid, object] of this.objects) if (!seen.has(uid)) this.#take(object, true);
    return list.metadata.resourceVersion;
  }

  #take(object: Loose, gone: boolean): void {
    if (gone) this.objects.delete(object.metadata.uid);
    else this.objects.set(object.metadata.uid, object);
    this.#options.onChange(object, gone);
  }

  /** Resolves when the watch ends, for whatever reason. */
  #watch(version: string): Promise<void> {
    const { server, ca, token } = this.#api.connection;
    const path = this.#url(`watch=true&resourceVersion=${version}&allowWatchBookmarks=false`);
    return new Promise((resolve) => {
      const outgoing = send(`${server}${path}`, { ca, headers: { authorization: `Bearer ${token}` } }, (response) => {
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) if (line !== "") this.#event(JSON.parse(line), outgoing);
        });
        response.once("error", () => resolve());
        response.once("end", () => resolve());
      });
      this.#hangUp = () => outgoing.destroy();
      outgoing.once("error", () => resolve());
      outgoing.once("close", () => resolve());
      outgoing.end();
    });
  }

  #event({ type, object }: Loose, outgoing: { destroy(): void }): void {
    if (type === "ERROR") outgoing.destroy();
    else if (!this.#closed) this.#take(object, type === "DELETED");
  }
}
