import { randomUUID } from "node:crypto";
import { field } from "../apiserver/call.ts";
import type { Change, StoredObject } from "../apiserver/objects.ts";
import { dying } from "../apiserver/write.ts";
import type { Cluster } from "./cluster.ts";
import { type Counts, deploymentStatus, isComplete } from "./deploymentStatus.ts";
import { isReady } from "./network.ts";
import { hashOf, owner, podFor, type ReplicaSet, templateHash } from "./pods.ts";
import { nextStep } from "./rollout.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** Deployment and ReplicaSet controller in one: rolling updates with surge, one step per change of a Pod. */
export class DeploymentController {
  readonly #cluster: Cluster;
  readonly #stop: () => void;
  readonly #queued = new Set<string>();
  /** When the rollout of a Deployment last moved. */
  readonly #moved = new Map<string, { readonly counts: string; readonly at: number }>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#stop = cluster.objects.onChange((change) => this.#changed(change));
  }

  close(): void {
    this.#stop();
  }

  #changed({ type, resource, object }: Change): void {
    if (resource === "deployments" && type !== "delete") this.#queue(object);
    if (resource !== "pods") return;
    const selects = (deployment: StoredObject) => belongs(object, deployment);
    const deployment = this.#cluster.objects.list("deployments", object.metadata.namespace).find(selects);
    if (deployment !== undefined) this.#queue(deployment);
  }

  #queue({ metadata }: StoredObject): void {
    const { name } = metadata;
    if (this.#queued.has(name)) return;
    this.#queued.add(name);
    this.#cluster.time.after(0, () => {
      this.#queued.delete(name);
      const deployment = this.#cluster.objects.get("deployments", { namespace: metadata.namespace, name });
      if (deployment !== undefined) this.#reconcile(deployment);
    });
  }

  #reconcile(deployment: StoredObject): void {
    const replicaSet = this.#replicaSet(deployment);
    const all = this.#podsOf(deployment);
    const living = all.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    this.#step(deployment, replicaSet, living);
    const counts = count(this.#podsOf(deployment), replicaSet.hash);
    this.#cluster.objects.update("deployments", deployment.metadata, (now) => ({
      ...now,
      metadata: { ...now.metadata, annotations: { ...now.metadata.annotations, [REVISION]: replicaSet.revision } },
      status: deploymentStatus(now, this.#progress(now, replicaSet.name, counts)),
    }));
  }

  #step(deployment: StoredObject, replicaSet: ReplicaSet, living: readonly StoredObject[]): void {
    const counts = living.map((pod) => ({
      name: pod.metadata.name,
      current: hashOf(pod) === replicaSet.hash,
      ready: isReady(pod),
    }));
    const strategy = field(deployment.spec, "strategy", "rollingUpdate");
    const paused = field(deployment.spec, "paused") === true;
    const step = nextStep(paused ? counts.map((pod) => ({ ...pod, current: true })) : counts, {
      replicas: Number(field(deployment.spec, "replicas") ?? 1),
      maxSurge: (field(strategy, "maxSurge") ?? "25%") as string,
      maxUnavailable: (field(strategy, "maxUnavailable") ?? "25%") as string,
    });
    for (let i = 0; i < step.create; i += 1) this.#create(deployment, replicaSet);
    for (const pod of living) if (step.end.includes(pod.metadata.name)) this.#end(pod);
  }

  #create(deployment: StoredObject, replicaSet: ReplicaSet): void {
    const pod = this.#cluster.objects.put("pods", podFor(deployment, replicaSet));
    this.#happened(replicaSet, "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
  }

  #end(pod: StoredObject): void {
    const { time, objects } = this.#cluster;
    const grace = Number(field(pod.spec, "terminationGracePeriodSeconds") ?? 30);
    objects.put("pods", dying(pod, grace, time.now()));
    const set = objects.list("replicasets", pod.metadata.namespace).find((set) => hashOf(set) === hashOf(pod));
    if (set === undefined) return;
    const replicaSet = { name: set.metadata.name, uid: set.metadata.uid ?? "", hash: hashOf(set) };
    this.#happened(replicaSet, "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }

  /** The ReplicaSet of the present template; a paused Deployment stays with the newest one it has. */
  #replicaSet(deployment: StoredObject): ReplicaSet & { readonly revision: string } {
    const sets = this.#cluster.objects
      .list("replicasets", deployment.metadata.namespace)
      .filter((set) => set.metadata.ownerReferences?.[0]?.uid === deployment.metadata.uid);
    const newest = [...sets].sort((a, b) => revisionOf(b) - revisionOf(a))[0];
    const hash = templateHash(field(deployment.spec, "template"));
    const paused = field(deployment.spec, "paused") === true && newest !== undefined;
    const known = paused ? newest : sets.find((set) => hashOf(set) === hash);
    const revision = (newest === undefined ? 0 : revisionOf(newest)) + 1;
    const set = known ?? this.#newReplicaSet(deployment, hash, revision);
    return {
      name: set.metadata.name,
      uid: set.metadata.uid ?? "",
      hash: hashOf(set),
      revision: String(revisionOf(set)),
    };
  }

  #newReplicaSet(deployment: StoredObject, hash: string, revision: number): StoredObject {
    const name = `${deployment.metadata.name}-${hash}`;
    const { namespace, uid = "" } = deployment.metadata;
    const first = revision === 1 ? field(deployment.spec, "replicas") : 1;
    const message = `Scaled up replica set ${name} from 0 to ${first}`;
    const component = "deployment-controller";
    this.#cluster.recorder.record("deployments", deployment, {
      type: "Normal",
      reason: "ScalingReplicaSet",
      message,
      component,
    });
    if (revision > 1) this.#cluster.tell("deployment", `${deployment.metadata.name} rolls out (revision ${revision})`);
    return this.#cluster.objects.put("replicasets", {
      metadata: {
        name,
        namespace: namespace ?? "",
        uid: randomUUID(),
        labels: { ...(field(deployment.spec, "selector", "matchLabels") as object), "pod-template-hash": hash },
        annotations: { [REVISION]: String(revision) },
        ownerReferences: [owner("Deployment", deployment.metadata.name, uid)],
      },
    });
  }

  #happened(replicaSet: ReplicaSet, reason: string, message: string): void {
    const set = this.#cluster.objects
      .list("replicasets")
      .find((candidate) => candidate.metadata.uid === replicaSet.uid);
    if (set === undefined) return;
    const component = "replicaset-controller";
    this.#cluster.recorder.record("replicasets", set, { type: "Normal", reason, message, component });
  }

  #podsOf(deployment: StoredObject): readonly StoredObject[] {
    return this.#cluster.objects.list("pods", deployment.metadata.namespace).filter((pod) => belongs(pod, deployment));
  }

  #progress(deployment: StoredObject, replicaSet: string, counts: Counts) {
    const now = this.#cluster.time.now();
    const key = deployment.metadata.name;
    const last = this.#moved.get(key);
    const text = JSON.stringify([counts, deployment.metadata.generation]);
    if (last?.counts !== text) this.#moved.set(key, { counts: text, at: now });
    const deadline = Number(field(deployment.spec, "progressDeadlineSeconds") ?? 600) * 1000;
    const stands = now - (this.#moved.get(key)?.at ?? now);
    const done = isComplete(counts, Number(field(deployment.spec, "replicas") ?? 1));
    if (last?.counts !== text && !done) this.#cluster.time.after(deadline + 1000, () => this.#queue(deployment));
    return { counts, replicaSet, now, late: stands > deadline };
  }
}

function belongs(pod: StoredObject, deployment: StoredObject): boolean {
  const labels = (field(deployment.spec, "selector", "matchLabels") ?? {}) as Record<string, string>;
  return Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

const revisionOf = (set: StoredObject): number => Number(set.metadata.annotations?.[REVISION] ?? 0);

function count(pods: readonly StoredObject[], hash: string): Counts {
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  return {
    total: living.length,
    updated: living.filter((pod) => hashOf(pod) === hash).length,
    ready: living.filter(isReady).length,
    terminating: pods.length - living.length,
  };
}
