import { type Instant, seconds } from "../../../src/core/instant.ts";
import type { Model } from "./cluster.ts";
import { quarrel } from "./pairs.ts";
import { type ModelPod, processOf, runs, settleTime, staying } from "./pods.ts";

/** grpc-go tries again while somebody waits for a metric. */
const retry = seconds(20);
const refused = "dial tcp 10.0.0.9:9666: connect: connection refused";

/** The operator that leads: the oldest that runs and listens. */
export const leaderOf = (model: Model): ModelPod | undefined =>
  model.pods
    .filter((pod) => pod.component === "operator" && runs(pod, model.now))
    .filter((pod) => (pod.startedAt ?? model.now) + settleTime <= model.now)
    .sort((a, b) => a.createdAt - b.createdAt)[0];

export const adaptersOf = (model: Model): readonly ModelPod[] =>
  model.pods.filter((pod) => pod.component === "metrics-apiserver" && runs(pod, model.now));

export function stopped(pod: ModelPod): void {
  pod.startedAt = undefined;
  pod.held = undefined;
  pod.connectedTo = undefined;
  pod.linkFails = undefined;
}

const keep = (pod: ModelPod, at: Instant, text: string): void => {
  pod.lines.push({ at, text });
  if (pod.lines.length > 12) pod.lines.shift();
};

/** The attempts of the failure that lasts, up to now; the newest of them. */
export function retries(pod: ModelPod, now: Instant): readonly { readonly at: Instant; readonly text: string }[] {
  const text = pod.linkFails;
  if (text === undefined) return [];
  const count = Math.floor((now - pod.failedAt) / retry);
  return [count - 1, count].filter((n) => n > 0).map((n) => ({ at: pod.failedAt + n * retry, text }));
}

function meet(model: Model, pod: ModelPod, leader: ModelPod | undefined): string | undefined {
  if (leader?.held === undefined || pod.held === undefined || model.weather.network) return refused;
  const text = quarrel(pod.held, leader.held, model.now);
  return text === undefined ? undefined : `authentication handshake failed: ${text}`;
}

/** Times in a text are those of the attempt; the failure is the same. */
const sort = (text: string | undefined): string | undefined => text?.replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "");

function evaluate(model: Model, pod: ModelPod, leader: ModelPod | undefined): void {
  const { now } = model;
  const connected = leader !== undefined && pod.connectedTo === processOf(leader) && !model.weather.network;
  if (connected) return;
  pod.connectedTo = undefined;
  const text = meet(model, pod, leader);
  if (sort(text) === sort(pod.linkFails) && text !== undefined) return;
  if (tlsFails(pod)) pod.tlsAt = now;
  for (const line of retries(pod, now)) keep(pod, line.at, line.text);
  pod.linkFails = text;
  pod.failedAt = now;
  if (text !== undefined) {
    keep(pod, now, text);
    return;
  }
  pod.connectedTo = leader === undefined ? undefined : processOf(leader);
  keep(pod, now, "established");
}

/** Who talks to whom now. */
export function evaluateLinks(model: Model): void {
  const leader = leaderOf(model);
  for (const pod of adaptersOf(model)) evaluate(model, pod, leader);
}

/** The kube-apiserver stays connected to whoever still runs: one that fails is enough. */
export const answers = (model: Model): boolean => {
  const adapters = adaptersOf(model);
  return adapters.length > 0 && !model.weather.stuck && adapters.every((pod) => pod.connectedTo !== undefined);
};

export const tlsFails = (pod: ModelPod): boolean => pod.linkFails !== undefined && pod.linkFails !== refused;
export const stayingAdapters = (model: Model): readonly ModelPod[] =>
  adaptersOf(model).filter((pod) => staying(pod, model.now));
