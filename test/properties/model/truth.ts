import { annotations } from "../../../src/core/annotations.ts";
import { type Component, components } from "../../../src/core/evidence.ts";
import type { Instant } from "../../../src/core/instant.ts";
import type { Model } from "./cluster.ts";
import { answers, leaderOf, stayingAdapters, tlsFails } from "./links.ts";
import { generationNamed, type Held, quarrel, usable } from "./pairs.ts";
import { exists, type ModelPod, ready, runs, staying } from "./pods.ts";

export interface WorkloadTruth {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly paused: boolean;
  readonly pausedByPerson: boolean;
  readonly rolling: boolean;
  /** A Pod that stays holds something else than the Secret. */
  readonly stale: boolean;
  /** What a Pod that stays holds cannot be told by its times, although it holds the Secret's pair. */
  readonly earlier: boolean;
  readonly running: boolean;
  /** A Pod that stays started before the last write, whatever it has reloaded since. */
  readonly startedBefore: boolean;
  readonly mark: string | undefined;
}

/** What is the case in the cluster at one moment, told by how the world was made and not by what keda-medic thinks. */
export interface Truth {
  readonly at: Instant;
  readonly generation: string | undefined;
  readonly usable: boolean;
  readonly workloads: Readonly<Record<Component, WorkloadTruth>>;
  /** Hop B fails in TLS now. */
  readonly tlsFailing: boolean;
  /** What both sides hold does not fit now, or will not when one of them starts anew. */
  readonly mismatch: boolean;
  readonly expiredHeld: boolean;
  readonly stuck: boolean;
  readonly answers: boolean;
  /** Somebody runs with the Secret's key. */
  readonly keyShown: boolean;
}

const others = (model: Model, pod: ModelPod): boolean =>
  pod.held !== undefined && pod.held.pair.tlsCrt !== model.present.tlsCrt;

/** A pair that shows the Secret's leaf and trusts it alone is fresh; one that differs in its pool may still be stale. */
const holdsOther = (model: Model, pod: ModelPod): boolean =>
  others(model, pod) || (pod.held !== undefined && pod.held.pair.caCrt !== model.present.caCrt);

/** Files mounted by subPath are those of the Pod's creation, however often its container starts. */
const loadedSince = ({ install }: Model, pod: ModelPod): Instant =>
  install.subPath ? pod.createdAt : (pod.startedAt ?? 0);

/** Started before the last write and holding that very pair: from when it was there before, or from within kubelet's time. */
export function inDoubt(model: Model, pod: ModelPod): boolean {
  const { secret, present } = model;
  const at = secret.at(-1)?.at ?? 0;
  const started = loadedSince(model, pod);
  const cameBack = secret.slice(0, -1).some((written) => written.pair.tlsCrt === present.tlsCrt);
  return pod.createdAt <= at + 5000 && started < at + 90_000 && (cameBack || started >= at - 5000);
}

function workloadTruth(model: Model, component: Component): WorkloadTruth {
  const d = model.deployment(component);
  const { replicas, updated, ready: up } = model.statusOf(d);
  const pods = model.podsOf(component).filter((pod) => staying(pod, model.now) && runs(pod, model.now));
  return {
    uid: d.uid,
    resourceVersion: String(d.resourceVersion),
    paused: d.paused,
    pausedByPerson: d.annotations[annotations.paused] !== undefined,
    rolling: updated < d.replicas || replicas > updated || up < updated,
    stale: pods.some((pod) => holdsOther(model, pod)),
    running: pods.length > 0,
    startedBefore: pods.some((pod) => loadedSince(model, pod) < (model.secret.at(-1)?.at ?? 0) + 90_000),
    earlier: pods.some((pod) => inDoubt(model, pod)),
    mark: d.template[annotations.restartedFor],
  };
}

function mismatched(model: Model): boolean {
  const fresh: Held = { pair: model.present, trusts: [model.present] };
  const servers = [leaderOf(model)?.held].filter((held) => held !== undefined);
  const clients = stayingAdapters(model).flatMap((pod) => (pod.held === undefined ? [] : [pod.held]));
  const pairs = [
    ...clients.flatMap((client) => [...servers, fresh].map((server) => [client, server] as const)),
    ...servers.map((server) => [fresh, server] as const),
  ];
  return pairs.some(([client, server]) => quarrel(client, server, model.now) !== undefined);
}

const expired = (model: Model): boolean =>
  model.pods
    .filter((pod) => staying(pod, model.now) && exists(pod, model.now) && pod.held !== undefined)
    .some((pod) => {
      const { leaf, pool } = (pod.held as Held).pair;
      return (leaf?.notAfter ?? 0) < model.now || pool.some((ca) => ca.notAfter < model.now);
    });

/** In TLS now, or minutes ago before the network went as well: within one window a TLS text tells more. */
const tlsFailed = ({ now }: Model, pod: ModelPod): boolean =>
  tlsFails(pod) || (pod.connectedTo === undefined && now - pod.tlsAt < 300_000);

/** gRPC is stuck, was a minute ago, or everything that can be seen says so: HPAs that do not recover although hop B works. */
const looksStuck = (model: Model): boolean =>
  model.now - model.stuckAt < 60_000 ||
  model.weather.stuck ||
  (model.hpa.state === "Timeout" && model.now - model.hpa.since >= 300_000);

export const truthOf = (model: Model): Truth => ({
  at: model.now,
  generation: generationNamed(model.present),
  usable: usable(model.present, model.now),
  workloads: Object.fromEntries(components.map((c) => [c, workloadTruth(model, c)])) as Truth["workloads"],
  tlsFailing: stayingAdapters(model).some((pod) => tlsFailed(model, pod)),
  mismatch: mismatched(model),
  expiredHeld: expired(model),
  stuck: looksStuck(model),
  answers: answers(model),
  keyShown:
    model.present.keyFits &&
    model.pods.some((pod) => (pod.component === "operator" ? !others(model, pod) : ready(pod, model.now))),
});
