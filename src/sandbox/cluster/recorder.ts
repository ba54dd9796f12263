import { randomInt } from "node:crypto";
import { apiVersionOf, kinds, type Resource } from "../apiserver/kinds.ts";
import type { Objects, StoredObject } from "../apiserver/objects.ts";
import { toSecond } from "../stamps.ts";
import type { WorldTime } from "../time.ts";

export interface Happening {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: string;
}

/** client-go's event recorder: the same thing again only counts up the Event that is already there. */
export class Recorder {
  readonly #objects: Objects;
  readonly #time: WorldTime;
  readonly #known = new Map<string, string>();

  constructor(objects: Objects, time: WorldTime) {
    this.#objects = objects;
    this.#time = time;
  }

  record(resource: Resource, about: StoredObject, happening: Happening): void {
    const namespace = about.metadata.namespace ?? "default";
    const key = [about.metadata.uid, happening.reason, happening.message, happening.component].join("\n");
    const name = this.#known.get(key) ?? `${about.metadata.name}.${this.#stamp()}`;
    this.#known.set(key, name);
    const old = this.#objects.get("events", { namespace, name });
    this.#objects.put(
      "events",
      old === undefined ? this.#first(resource, about, { name, happening }) : this.#again(old),
    );
  }

  /** Nanoseconds in hex, as client-go names Events. */
  #stamp(): string {
    return (BigInt(this.#time.now()) * 1_000_000n + BigInt(randomInt(1_000_000))).toString(16);
  }

  #again(old: StoredObject): StoredObject {
    return { ...old, count: Number(old["count"]) + 1, lastTimestamp: toSecond(this.#time.now()) };
  }

  #first(resource: Resource, about: StoredObject, event: { readonly name: string; readonly happening: Happening }) {
    const { component, type, reason, message } = event.happening;
    const now = toSecond(this.#time.now());
    return {
      metadata: { name: event.name, namespace: about.metadata.namespace ?? "default" },
      involvedObject: reference(resource, about),
      reason,
      message,
      source: { component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: "",
    };
  }
}

const reference = (resource: Resource, { metadata }: StoredObject) => ({
  kind: kinds[resource].kind,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  apiVersion: apiVersionOf(resource),
  resourceVersion: metadata.resourceVersion,
});
