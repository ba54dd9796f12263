import type { Component } from "../core/evidence.ts";
import type { Clock } from "../ports/clock.ts";
import type { KubeObject } from "../ports/cluster.ts";
import type { Names } from "./manifests/names.ts";
import type { Moment } from "./story.ts";

/**
 * What is written into Secret `kedaorg-certs`.
 * Breaking: `selfSignedRekey` (ca.crt is tls.crt, as from a SelfSigned issuer), `chartCaRekey` (new CA and leaf).
 * Safe: `leafOnly` (same CA), `caSameKey` (CA renewed with its key, and a new leaf).
 * Unusable: `keyOfAnother` (tls.key does not belong to tls.crt), `leafNotSignedByCa`, `sanMissing`, `expired`.
 */
export type Rotation =
  | "selfSignedRekey"
  | "chartCaRekey"
  | "leafOnly"
  | "caSameKey"
  | "keyOfAnother"
  | "leafNotSignedByCa"
  | "sanMissing"
  | "expired";

/** Whose rights a client has: one of keda-medic's accounts, an administrator, or an account without any rights. */
export type Role = "respond" | "restart" | "sweep" | "admin" | "nobody";
export const roles: readonly Role[] = ["respond", "restart", "sweep", "admin", "nobody"];

/** `hopA`: kube-apiserver to metrics-apiserver; `hopB`: metrics-apiserver to operator; `apiserver`: everybody to kube-apiserver. */
export type CutLink = "hopA" | "hopB" | "apiserver";

export interface Kubeconfig {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** A kubeconfig file with the same content; gone after `close()`. */
  readonly path: string;
}

/** How the events that an ApiServerSource sends go wrong. */
export interface EventSource {
  /** Posts to this URL from now on; undefined: nowhere, events are lost. */
  sendTo(sink: string | undefined): void;
  /** Drops the next `count` events. */
  lose(count: number): void;
  /** Sends every event `copies` times (with the same id). */
  duplicate(copies: number): void;
  /** Holds events back in groups of `size` and sends each group backwards. */
  reorder(size: number): void;
  /** The adapter is gone: what happens meanwhile is never sent. */
  stop(): void;
  start(): void;
}

/**
 * A cluster with KEDA in it that can be broken on purpose: the same plays run on the in-process world and on a real
 * control plane. Lengths of time are in the world's milliseconds, as told by `clock`.
 */
export interface World {
  readonly clock: Clock;
  readonly names: Names;
  readonly events: EventSource;
  rotateSecret(kind: Rotation): Promise<void>;
  /** A good pair of the installation's own kind, with new keys. */
  repairSecret(): Promise<void>;
  /** Kills a container of the component in place: same Pod, same volume, `lastState.terminated` OOMKilled. */
  oomKill(component: Component): Promise<void>;
  /** New Pods by a new Pod template, as `kubectl rollout restart`; returns at once. */
  restartDeployment(component: Component): Promise<void>;
  pauseRollout(component: Component): Promise<void>;
  resumeRollout(component: Component): Promise<void>;
  scaleOperator(replicas: number): Promise<void>;
  cutNetwork(link: CutLink): Promise<void>;
  healNetwork(): Promise<void>;
  /** The source that the scalers ask is down (hop C). */
  breakScaler(): Promise<void>;
  repairScaler(): Promise<void>;
  kubeconfig(role: Role): Promise<Kubeconfig>;
  hpas(): Promise<readonly KubeObject[]>;
  deployments(): Promise<readonly KubeObject[]>;
  pods(component: Component): Promise<readonly KubeObject[]>;
  scaledObjects(): Promise<readonly KubeObject[]>;
  /** Kubernetes Events of all namespaces, oldest first. */
  kubernetesEvents(): Promise<readonly KubeObject[]>;
  /** Text of a Pod's log, with timestamps. */
  logs(pod: string): Promise<string>;
  /** Rollouts since the installation, by anybody. */
  rollouts(component: Component): Promise<number>;
  /** Resolves when the condition holds; rejects with `what` and a picture of the world when it does not in time. */
  until(what: string, condition: () => boolean | Promise<boolean>, timeout?: number): Promise<void>;
  /** What happens, for a narrator. Returns how to unsubscribe. */
  onMoment(listener: (moment: Moment) => void): () => void;
  /** Ends everything: no process, socket, timer or file is left. */
  close(): Promise<void>;
}
