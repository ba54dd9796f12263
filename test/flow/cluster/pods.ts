import type { Component } from "../../../src/core/evidence.ts";
import { seconds } from "../../../src/core/instant.ts";
import type { Pair } from "./pair.ts";

/** A Pod's life in instants; those in the future have not happened yet. */
export interface TestPod {
  readonly name: string;
  readonly uid: string;
  readonly component: Component;
  readonly revision: number;
  readonly createdAt: number;
  readonly readyAt: number;
  deletedAt: number;
  goneAt: number;
  /** Starts of its container, in order. */
  readonly starts: number[];
}

/** kubelet brings a new Secret into a running Pod. */
const propagation = seconds(60);
/** A leader listens on :9666 this long after it may. */
const settle = seconds(2);

export const exists = (pod: TestPod, at: number): boolean => pod.createdAt <= at && at < pod.goneAt;
export const startedBy = (pod: TestPod, at: number): number | undefined => pod.starts.findLast((start) => start <= at);
export const runs = (pod: TestPod, at: number): boolean => exists(pod, at) && startedBy(pod, at) !== undefined;

/** What the process that runs at that moment loaded when it started. */
export function holds(pod: TestPod, secret: readonly Pair[], at: number): Pair | undefined {
  const start = startedBy(pod, at);
  if (start === undefined) return undefined;
  const files = Math.max(pod.createdAt, start - propagation);
  return secret.findLast((pair) => pair.writtenAt <= files);
}

/** The operator that leads: the oldest that runs. */
export const leader = (pods: readonly TestPod[], at: number): TestPod | undefined =>
  pods
    .filter((pod) => pod.component === "operator" && runs(pod, at) && (startedBy(pod, at) ?? at) + settle <= at)
    .sort((a, b) => a.createdAt - b.createdAt)[0];

/** Moments up to now at which anything about hop B can have changed. */
export function moments(pods: readonly TestPod[], from: number, now: number): readonly number[] {
  const all = pods.flatMap((pod) => [pod.goneAt, ...pod.starts, ...pod.starts.map((start) => start + settle)]);
  return [...new Set([from, ...all.filter((at) => at > from && at <= now)])].sort((a, b) => a - b);
}
