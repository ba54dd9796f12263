import { annotations } from "../../src/core/annotations.ts";
import { type Component, components } from "../../src/core/evidence.ts";
import { formatInstant, hours, minutes, seconds } from "../../src/core/instant.ts";
import { type MissReason, type Seen, sawAt, type Unseen, unseen } from "../../src/core/seen.ts";
import type {
  ClusterReader,
  ClusterWriter,
  KubeObject,
  Page,
  Patched,
  PublicSecret,
  RestartPatch,
} from "../../src/ports/cluster.ts";
import type { Probe, ProbedChain, ProbeTarget } from "../../src/ports/probe.ts";
import { apiService, names, namespace, serviceNamed } from "../builders/recorded.ts";
import { answers, type HopBWorld, logOf, scalingActive } from "./cluster/hopB.ts";
import { deploymentObject, hpaObjects, podObject, resourceVersion, type TestDeployment } from "./cluster/objects.ts";
import { type Break, brokenPair, goodPair, type Pair } from "./cluster/pair.ts";
import { exists, holds, leader, startedBy, type TestPod } from "./cluster/pods.ts";

export const began = Date.UTC(2026, 10, 23, 12);
const secretName = "kedaorg-certs";

/** A stale metrics-apiserver ignores SIGTERM until its grace period ends; the operator hears it. */
const grace: Readonly<Record<Component, number>> = { operator: seconds(3), "metrics-apiserver": seconds(30) };

/**
 * One KEDA in one cluster, in memory and in virtual time: everything that happens is an instant, and every look is
 * computed from `now`. A restart patch makes a rollout, Pods load the Secret as it is when they start, hop B works or
 * fails by real certificates, logs and HPAs follow from that.
 */
export class World implements ClusterReader, ClusterWriter, Probe {
  readonly clusterName = "test";
  now = began;
  reachable = true;
  /** Set: the API server does not hand out the Secret. */
  secretMiss: MissReason | undefined;
  /** Set: the API server refuses every patch. */
  patchRefused: Extract<Patched, { patched: false }>["reason"] | undefined;
  stuckFrom = Number.POSITIVE_INFINITY;
  /** Every read, by its name. */
  readonly looks: string[] = [];
  /** Every write that was tried. */
  readonly writes: string[] = [];
  readonly patches: RestartPatch[] = [];
  readonly ended: { readonly name: string; readonly uid: string; readonly at: number }[] = [];
  readonly #secret: Pair[] = [goodPair(0, began - hours(2))];
  readonly #deployments: TestDeployment[];
  readonly #pods: TestPod[] = [];
  #uids = 10;

  constructor() {
    this.#deployments = components.map((component) => ({
      component,
      uid: `uid-${component}`,
      version: 1,
      generation: 1,
      revision: 1,
      replicas: component === "operator" ? 1 : 2,
      paused: false,
      annotations: {},
      templateAnnotations: {},
    }));
    for (const deployment of this.#deployments) this.#addPods(deployment, began - hours(1));
  }

  /* Moves */

  /** A new generation with a new key: who holds the old one and who holds the new one cannot trust each other. */
  rotate(): void {
    this.#secret.push(goodPair(Math.max(...this.#secret.map((pair) => pair.number)) + 1, this.now));
  }

  /** Makes every look from now on find the Secret in this state; a component that starts now cannot work. */
  breakSecret(kind: Break): void {
    this.#secret.push(brokenPair(kind, this.#present(), this.now));
  }

  /** Puts back the last good pair, byte for byte. */
  repairSecret(): void {
    const good = this.#secret.findLast(
      (pair) => pair.keyFits && pair.caCrt === pair.tlsCrt && pair.caCrt !== undefined,
    );
    if (good !== undefined) this.#secret.push({ ...good, writtenAt: this.now });
  }

  /** Somebody writes the generation before the present one again. */
  rollBack(): void {
    const { number } = this.#present();
    this.#secret.push(goodPair(number - 1, this.now));
  }

  /** The container of the oldest Pod ends and starts again within a second. */
  oomKill(component: Component): void {
    this.#podsOf(component)
      .find((pod) => pod.deletedAt > this.now)
      ?.starts.push(this.now + seconds(1));
  }

  /** What a person does: kubectl rollout restart. */
  rolloutRestart(component: Component): void {
    this.#roll(this.#deployment(component));
  }

  /** A rollout of a person's begins and does not get on. */
  neverReady(component: Component): void {
    const deployment = this.#deployment(component);
    deployment.version += 1;
    deployment.generation += 1;
    deployment.revision += 1;
  }

  annotate(component: Component, name: string, value: string | undefined): void {
    const deployment = this.#deployment(component);
    deployment.version += 1;
    delete deployment.annotations[name];
    if (value !== undefined) deployment.annotations[name] = value;
  }

  pauseRollout(component: Component, paused = true): void {
    const deployment = this.#deployment(component);
    deployment.version += 1;
    deployment.paused = paused;
  }

  /** Deleted and applied again: same name, another UID, new Pods, none of our marks. */
  recreate(component: Component): void {
    const deployment = this.#deployment(component);
    deployment.uid = `uid-${component}-${this.#nextUid()}`;
    for (const mark of Object.keys(deployment.templateAnnotations)) delete deployment.templateAnnotations[mark];
    this.#roll(deployment);
  }

  /** Operator and metrics-apiserver stale of different generations. */
  static bothStale(): World {
    const world = new World();
    world.rotate();
    world.now += minutes(5);
    world.rolloutRestart("metrics-apiserver");
    world.now += minutes(5);
    world.rotate();
    world.now += minutes(5);
    return world;
  }

  /** The incident: rotation, then an OOM-killed operator. */
  static metricsApiserverStale(): World {
    const world = World.latent();
    world.oomKill("operator");
    world.now += minutes(5);
    return world;
  }

  static operatorStale(): World {
    const world = World.latent();
    world.rolloutRestart("metrics-apiserver");
    world.now += minutes(5);
    return world;
  }

  /** Both sides still hold the old pair and agree. */
  static latent(): World {
    const world = new World();
    world.rotate();
    world.now += minutes(5);
    return world;
  }

  /* What a test may ask */

  get generations(): number {
    return this.#secret.length;
  }

  healthy(): boolean {
    return this.#hop().pods.length > 0 && answers(this.#hop(), this.now);
  }

  podNames(component: Component): readonly string[] {
    return this.#podsOf(component).map((pod) => pod.name);
  }

  restarts(component: Component): number {
    return this.patches.filter((patch) => patch.component === component).length;
  }

  /* ClusterReader */

  async apiService(): Promise<Seen<KubeObject>> {
    return this.#look("apiService", apiService);
  }

  async service(_namespace: string, name: string): Promise<Seen<KubeObject>> {
    return this.#look("service", serviceNamed(name));
  }

  async deployments(): Promise<Seen<readonly KubeObject[]>> {
    const all = this.#deployments.map((d) => deploymentObject(d, this.#allPodsOf(d.component), this.now));
    return this.#look("deployments", all);
  }

  async pods(): Promise<Seen<readonly KubeObject[]>> {
    const all = this.#pods.filter((pod) => exists(pod, this.now)).map((pod) => podObject(pod, this.now));
    return this.#look("pods", all);
  }

  async secret(): Promise<Seen<PublicSecret>> {
    if (this.secretMiss !== undefined) return unseen(this.secretMiss, "no Secret for us");
    const { writtenAt, caCrt, tlsCrt, keyFits } = this.#present();
    if (caCrt === undefined && tlsCrt === undefined) return this.#missing("secret");
    const fields = { "f:data": { "f:ca.crt": {}, "f:tls.crt": {}, "f:tls.key": {} } };
    return this.#look("secret", {
      metadata: {
        name: secretName,
        namespace,
        creationTimestamp: formatInstant(began - hours(2)),
        managedFields: [{ manager: "kubectl", time: formatInstant(writtenAt), fieldsV1: fields }],
      },
      keys: ["ca.crt", "tls.crt", "tls.key"],
      keyFits: sawAt(keyFits, this.now),
      ...(caCrt === undefined ? {} : { caCrt }),
      ...(tlsCrt === undefined ? {} : { tlsCrt }),
    });
  }

  async certificates(): Promise<Seen<readonly KubeObject[]>> {
    return this.#missing("certificates");
  }

  async certificateRequests(): Promise<Seen<readonly KubeObject[]>> {
    return this.#missing("certificateRequests");
  }

  async lease(_namespace: string, name: string): Promise<Seen<KubeObject>> {
    const holder = leader(this.#pods, this.now);
    const spec = {
      holderIdentity: holder?.name ?? "",
      leaseDurationSeconds: 15,
      renewTime: formatInstant(holder === undefined ? this.now - seconds(5) : this.now),
      acquireTime: formatInstant((holder && startedBy(holder, this.now)) ?? this.now),
    };
    return this.#look("lease", { metadata: { name, namespace }, spec });
  }

  async hpas(): Promise<Seen<Page<KubeObject>>> {
    const { active, since } = scalingActive(this.#hop());
    return this.#look("hpas", { items: hpaObjects(active, since), more: false });
  }

  async scaledObjects(): Promise<Seen<readonly KubeObject[]>> {
    return this.#look("scaledObjects", []);
  }

  async logs({ pod }: { readonly pod: string }): Promise<Seen<string>> {
    const found = this.#pods.find((p) => p.name === pod && exists(p, this.now));
    return this.#look("logs", found && logOf(this.#hop(), found));
  }

  async externalMetric(): Promise<Seen<{ readonly status: number; readonly detail: string }>> {
    const status = answers(this.#hop(), this.now) ? 200 : 504;
    return this.#look("externalMetric", { status, detail: `status ${status}` });
  }

  /* Probe */

  async probe({ pod, port }: ProbeTarget): Promise<Seen<ProbedChain>> {
    const found = this.#pods.find((p) => p.name === pod && exists(p, this.now));
    const closed = port === 9666 && found !== leader(this.#pods, this.now);
    const held = found && (port === 9666 ? holds(found, this.#secret, this.now) : this.#present());
    if (!this.reachable || closed || held?.tlsCrt === undefined) return unseen("Unreachable", `${pod}:${port} refused`);
    return sawAt({ chain: [held.tlsCrt] }, this.now);
  }

  /* ClusterWriter */

  async restart(patch: RestartPatch): Promise<Patched> {
    this.writes.push(`restart ${patch.component}`);
    const deployment = this.#deployments.find((d) => names[d.component] === patch.name);
    if (!this.reachable) return { patched: false, reason: "Unreachable", detail: "no route to the API server" };
    if (this.patchRefused !== undefined) return { patched: false, reason: this.patchRefused, detail: "no" };
    if (deployment === undefined) return { patched: false, reason: "NotFound", detail: "no such Deployment" };
    if (patch.uid !== deployment.uid || patch.resourceVersion !== this.#versionOf(deployment))
      return { patched: false, reason: "Conflict", detail: "the object has been modified" };
    this.patches.push(patch);
    Object.assign(deployment.templateAnnotations, {
      [annotations.restartedFor]: patch.generation,
      [annotations.restartedAt]: formatInstant(patch.at),
      [annotations.incident]: patch.incident,
    });
    this.#roll(deployment);
    return { patched: true, resourceVersion: this.#versionOf(deployment) };
  }

  async endPod({ name, uid }: { readonly name: string; readonly uid: string }): Promise<Patched> {
    this.writes.push(`endPod ${name}`);
    const pod = this.#pods.find((p) => p.name === name && exists(p, this.now));
    if (!this.reachable) return { patched: false, reason: "Unreachable", detail: "no route to the API server" };
    if (pod === undefined) return { patched: false, reason: "NotFound", detail: "no such Pod" };
    if (pod.uid !== uid) return { patched: false, reason: "Conflict", detail: "another UID" };
    this.ended.push({ name, uid, at: this.now });
    pod.deletedAt = Math.min(pod.deletedAt, this.now);
    pod.goneAt = Math.min(pod.goneAt, this.now + seconds(1));
    return { patched: true, resourceVersion: "" };
  }

  /* Inside */

  #look<T>(what: string, value: T | undefined): Seen<T> {
    if (!this.reachable || value === undefined) return this.#missing(what);
    this.looks.push(what);
    return sawAt(value, this.now);
  }

  #missing(what: string): Unseen {
    this.looks.push(what);
    return this.reachable ? unseen("NotFound", `no ${what}`) : unseen("Unreachable", "no route to the API server");
  }

  #hop(): HopBWorld {
    return {
      pods: this.#pods,
      secret: this.#secret,
      from: began - hours(1),
      now: this.now,
      stuckFrom: this.stuckFrom,
    };
  }

  #present(): Pair {
    return this.#secret.at(-1) ?? goodPair(0, began);
  }

  #deployment(component: Component): TestDeployment {
    const found = this.#deployments.find((d) => d.component === component);
    if (found === undefined) throw new Error(`no ${component}`);
    return found;
  }

  #versionOf(deployment: TestDeployment): string {
    return resourceVersion(deployment, this.#allPodsOf(deployment.component), this.now);
  }

  #allPodsOf(component: Component): readonly TestPod[] {
    return this.#pods.filter((pod) => pod.component === component);
  }

  #podsOf(component: Component): readonly TestPod[] {
    return this.#allPodsOf(component).filter((pod) => exists(pod, this.now));
  }

  #nextUid(): number {
    this.#uids += 1;
    return this.#uids;
  }

  /** New Pods are ready seven seconds after they were created; then the old ones must go. */
  #roll(deployment: TestDeployment): void {
    deployment.version += 1;
    deployment.generation += 1;
    if (deployment.paused) return;
    deployment.revision += 1;
    const old = this.#allPodsOf(deployment.component).filter((pod) => pod.deletedAt === Number.POSITIVE_INFINITY);
    const ready = this.#addPods(deployment, this.now + seconds(1));
    for (const pod of old) {
      pod.deletedAt = ready;
      pod.goneAt = ready + grace[deployment.component];
    }
  }

  #addPods({ component, revision, replicas }: TestDeployment, createdAt: number): number {
    const readyAt = createdAt + seconds(7);
    for (let i = 0; i < replicas; i += 1) {
      const uid = this.#nextUid();
      this.#pods.push({
        name: `${names[component]}-${revision}-${uid}`,
        uid: `pod-${uid}`,
        component,
        revision,
        createdAt,
        readyAt,
        deletedAt: Number.POSITIVE_INFINITY,
        goneAt: Number.POSITIVE_INFINITY,
        starts: [createdAt + seconds(1)],
      });
    }
    return readyAt;
  }
}
