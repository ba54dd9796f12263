import type { Component } from "../../../src/core/evidence.ts";
import { type Instant, seconds } from "../../../src/core/instant.ts";
import type { Held } from "./pairs.ts";

export const forever = Number.POSITIVE_INFINITY;

export interface LogLine {
  readonly at: Instant;
  readonly text: string;
}

/** A Pod of one container. Instants in the future have not happened yet. */
export interface ModelPod {
  readonly name: string;
  readonly uid: string;
  readonly component: Component;
  readonly revision: number;
  readonly createdAt: Instant;
  /** `forever`: its image or its node is no good. */
  readyAt: Instant;
  deletedAt: Instant;
  goneAt: Instant;
  /** When its container starts next; `forever` when nothing is planned. */
  startsAt: Instant;
  /** Undefined while its container does not run. */
  startedAt?: Instant | undefined;
  /** What the running process loaded. */
  held?: Held | undefined;
  /** When a KEDA that reloads reads the files again. */
  reloadsAt: Instant;
  restarts: number;
  ended?: { readonly reason: string; readonly exitCode: number; readonly at: Instant; readonly startedAt: Instant };
  /** The operator's process that it is connected to: a connection once made lasts. */
  connectedTo?: string | undefined;
  linkFails?: string | undefined;
  failedAt: Instant;
  /** When its last attempt failed in TLS. */
  tlsAt: Instant;
  lines: LogLine[];
}

/** A leader listens on :9666 this long after its start. */
export const settleTime = seconds(2);

export const exists = (pod: ModelPod, at: Instant): boolean => pod.createdAt <= at && at < pod.goneAt;
export const runs = (pod: ModelPod, at: Instant): boolean => exists(pod, at) && pod.startedAt !== undefined;
export const staying = (pod: ModelPod, at: Instant): boolean => exists(pod, at) && pod.deletedAt > at;
export const ready = (pod: ModelPod, at: Instant): boolean => runs(pod, at) && pod.readyAt <= at;

/** The process that is asked for: another after every start. */
export const processOf = (pod: ModelPod): string => `${pod.uid}/${pod.startedAt}`;
