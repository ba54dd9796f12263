import { randomInt } from "node:crypto";
import { field } from "../apiserver/call.ts";
import type { Objects, StoredObject } from "../apiserver/objects.ts";

/** What can be cut: kube-apiserver to metrics-apiserver, and metrics-apiserver to operator. */
export type Link = "hopA" | "hopB";

/** The Pod network: every Pod has a loopback address of its own, so real ports can be used side by side. */
export class Network {
  readonly #objects: Objects;
  readonly #prefix = `127.${randomInt(16, 240)}.${randomInt(0, 256)}`;
  readonly #alive = new Set<string>();
  readonly #cut = new Set<Link>();
  readonly #listeners = new Set<() => void>();
  #last = 9;
  #turn = 0;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  get apiServerAddress(): string {
    return `${this.#prefix}.1`;
  }

  /** Of a Service: nobody listens there, clients find a Pod by `pick`. */
  clusterAddress(index: number): string {
    return `${this.#prefix}.${2 + index}`;
  }

  newPodAddress(): string {
    this.#last = this.#last >= 250 ? 10 : this.#last + 1;
    const address = `${this.#prefix}.${this.#last}`;
    return this.#alive.has(address) ? this.newPodAddress() : address;
  }

  attach(address: string): void {
    this.#alive.add(address);
  }

  detach(address: string): void {
    this.#alive.delete(address);
  }

  /** True while a container runs at this address, even one that is being ended. */
  hasPod(address: string): boolean {
    return this.#alive.has(address);
  }

  /** Ready Pods behind a Service, as its EndpointSlices list them. */
  endpoints(service: { readonly namespace: string; readonly name: string }): readonly string[] {
    const selector = field(this.#objects.get("services", service)?.spec, "selector");
    if (typeof selector !== "object" || selector === null) return [];
    return this.#objects
      .list("pods", service.namespace)
      .filter((pod) => Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value))
      .filter(isReady)
      .map((pod) => String(field(pod.status, "podIP")));
  }

  /** One of the ready Pods, in turn, as kube-proxy spreads connections; undefined when there is none. */
  pick(service: { readonly namespace: string; readonly name: string }): string | undefined {
    const addresses = this.endpoints(service);
    this.#turn += 1;
    return addresses[this.#turn % Math.max(1, addresses.length)];
  }

  cut(link: Link): void {
    this.#cut.add(link);
    for (const listener of this.#listeners) listener();
  }

  heal(): void {
    this.#cut.clear();
  }

  isCut(link: Link): boolean {
    return this.#cut.has(link);
  }

  /** Told after every cut, so that connections over it can break. */
  onCut(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export function isReady(pod: StoredObject): boolean {
  const conditions = (field(pod.status, "conditions") ?? []) as readonly { type: string; status: string }[];
  const ready = conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
  return ready && pod.metadata.deletionTimestamp === undefined;
}
