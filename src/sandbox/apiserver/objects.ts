import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../ports/clock.ts";
import type { KubeObject, ObjectMeta } from "../../ports/cluster.ts";
import { toSecond } from "../stamps.ts";
import { apiVersionOf, hasGeneration, kinds, type Resource } from "./kinds.ts";

/** An object as stored: JSON, never changed in place. */
export interface StoredObject extends KubeObject {
  readonly [field: string]: unknown;
}

export interface Change {
  readonly type: "add" | "update" | "delete";
  readonly resource: Resource;
  readonly object: StoredObject;
}

export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

const MAX_EVENTS = 2000;

/** etcd and the registry in one: the only place where objects live, in memory. */
export class Objects {
  readonly #objects = new Map<string, StoredObject>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #clock: Clock;
  #version = 100;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get version(): string {
    return String(this.#version);
  }

  get(resource: Resource, at: ObjectName): StoredObject | undefined {
    return this.#objects.get(keyOf(resource, at));
  }

  /** By namespace and name, as etcd keeps them. */
  list(resource: Resource, namespace?: string): StoredObject[] {
    const prefix = namespace === undefined ? `${resource}/` : `${resource}/${namespace}/`;
    return [...this.#objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort()
      .flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Creates or replaces; a write that changes nothing is none. `manager` is recorded for a Secret's data. */
  put(resource: Resource, object: StoredObject, manager = "kubectl"): StoredObject {
    const key = keyOf(resource, object.metadata);
    const old = this.#objects.get(key);
    if (old !== undefined && isDeepStrictEqual(content(old), content(object))) return old;
    this.#version += 1;
    const written = { ...object, metadata: this.#metadata({ resource, object, old, manager }) };
    this.#objects.set(key, { apiVersion: apiVersionOf(resource), kind: kinds[resource].kind, ...written });
    if (resource === "events") this.#forgetOldEvents();
    return this.#tell(old === undefined ? "add" : "update", resource, key);
  }

  /** Replaces what `change` makes of the object; does nothing when there is none. */
  update(resource: Resource, at: ObjectName, change: (object: StoredObject) => StoredObject): StoredObject | undefined {
    const old = this.get(resource, at);
    return old && this.put(resource, change(old));
  }

  remove(resource: Resource, at: ObjectName): void {
    const key = keyOf(resource, at);
    if (!this.#objects.has(key)) return;
    this.#version += 1;
    this.#tell("delete", resource, key);
    this.#objects.delete(key);
  }

  /** Listeners run synchronously, inside the write. Returns how to unsubscribe. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(type: Change["type"], resource: Resource, key: string): StoredObject {
    const object = this.#objects.get(key);
    if (object === undefined) throw new Error(`no object ${key}`);
    for (const listener of [...this.#listeners]) listener({ type, resource, object });
    return object;
  }

  #metadata(write: Write): ObjectMeta {
    const { object, old } = write;
    const changed = old === undefined || !isDeepStrictEqual(old.spec, object.spec);
    const generation = (old?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const managedFields = write.resource === "secrets" ? this.#writers(write) : object.metadata.managedFields;
    return {
      ...object.metadata,
      uid: old?.metadata.uid ?? object.metadata.uid ?? randomUUID(),
      resourceVersion: this.version,
      ...(hasGeneration(write.resource) ? { generation } : {}),
      creationTimestamp:
        old?.metadata.creationTimestamp ?? object.metadata.creationTimestamp ?? toSecond(this.#clock.now()),
      ...(managedFields === undefined ? {} : { managedFields }),
    };
  }

  /** The manager of a Secret's data and when it last changed, as server-side apply leaves them. */
  #writers({ object, old, manager }: Write): NonNullable<ObjectMeta["managedFields"]> {
    const before = old?.metadata.managedFields ?? [];
    if (isDeepStrictEqual(old?.["data"], object["data"])) return before;
    const names = Object.keys((object["data"] as Record<string, string> | undefined) ?? {});
    const entry = {
      manager,
      operation: manager === "kubectl-edit" ? "Update" : "Apply",
      apiVersion: "v1",
      time: toSecond(this.#clock.now()),
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": Object.fromEntries(names.map((name) => [`f:${name}`, {}])), "f:type": {} },
    };
    return [...before.filter((field) => field.manager !== manager), entry];
  }

  #forgetOldEvents(): void {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith("events/"));
    for (const key of keys.slice(0, Math.max(0, keys.length - MAX_EVENTS))) this.#objects.delete(key);
  }
}

interface Write {
  readonly resource: Resource;
  readonly object: StoredObject;
  readonly old: StoredObject | undefined;
  readonly manager: string;
}

const keyOf = (resource: Resource, at: ObjectName): string => `${resource}/${at.namespace ?? ""}/${at.name}`;

/** What a write can change: everything but what the server itself fills in. */
function content(object: StoredObject): unknown {
  const { uid, resourceVersion, generation, creationTimestamp, managedFields, ...metadata } = object.metadata;
  const { apiVersion, kind, ...rest } = object;
  return { ...rest, metadata };
}
