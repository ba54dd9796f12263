import type { Component } from "../core/evidence.ts";
import type { Instant } from "../core/instant.ts";
import type { Seen } from "../core/seen.ts";

/** The parts of Kubernetes objects that we read. Anything may be missing: the API server prunes, and so do people. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly operation?: string;
    readonly time?: string;
    readonly fieldsV1?: unknown;
  }[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A Kubernetes object as JSON: `spec` and `status` are untyped here and read by `src/flow/read/`, one file per kind. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** A Secret without its private half: the edge drops every key but the public ones and says whether tls.key fits. */
export interface PublicSecret {
  readonly metadata: ObjectMeta;
  /** Decoded text of `ca.crt` and `tls.crt`, where present. */
  readonly caCrt?: string;
  readonly tlsCrt?: string;
  /** Names of all keys. */
  readonly keys: readonly string[];
  readonly keyFits: Seen<boolean>;
}

export interface LogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly tailLines: number;
  readonly limitBytes: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** True when the list was cut at the limit. */
  readonly more: boolean;
}

/** One patch of one Deployment's Pod template, guarded: the API server refuses it when the object has changed since. */
export interface RestartPatch {
  readonly component: Component;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: string;
  readonly incident: string;
  readonly at: Instant;
}

export type Patched =
  | { readonly patched: true; readonly resourceVersion: string }
  | {
      readonly patched: false;
      readonly reason: "Conflict" | "NotFound" | "Forbidden" | "Unreachable" | "Rejected";
      readonly detail: string;
    };

/** What reading needs of a cluster. Every answer is a value: a look that fails says why and never throws. */
export interface ClusterReader {
  /** Name of the cluster for people and for the incident's key. */
  readonly clusterName: string;
  apiService(name: string): Promise<Seen<KubeObject>>;
  service(namespace: string, name: string): Promise<Seen<KubeObject>>;
  deployments(namespace: string): Promise<Seen<readonly KubeObject[]>>;
  pods(namespace: string): Promise<Seen<readonly KubeObject[]>>;
  secret(namespace: string, name: string): Promise<Seen<PublicSecret>>;
  certificates(namespace: string): Promise<Seen<readonly KubeObject[]>>;
  certificateRequests(namespace: string): Promise<Seen<readonly KubeObject[]>>;
  lease(namespace: string, name: string): Promise<Seen<KubeObject>>;
  /** HPAs that KEDA manages, in all namespaces, at most `limit` objects in at most 20 pages. */
  hpas(limit: number): Promise<Seen<Page<KubeObject>>>;
  scaledObjects(namespace: string): Promise<Seen<readonly KubeObject[]>>;
  /** Log text with RFC 3339 timestamps, as `kubectl logs --timestamps`. */
  logs(query: LogQuery): Promise<Seen<string>>;
  /** Raw GET of one external metric through the aggregation layer, 5 s limit. */
  externalMetric(
    namespace: string,
    metric: string,
    scaledObject: string,
  ): Promise<Seen<{ readonly status: number; readonly detail: string }>>;
}

/** What restart may do on top: one annotation on the Pod template of two Deployments, and with a policy the end of stale Pods. */
export interface ClusterWriter {
  restart(patch: RestartPatch): Promise<Patched>;
  /** DELETE with a 1 s grace and a UID precondition (policy `endStalePodsEarly`). */
  endPod(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): Promise<Patched>;
}
