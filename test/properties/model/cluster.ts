import { type Component, components } from "../../../src/core/evidence.ts";
import { hours, type Instant, minutes, seconds } from "../../../src/core/instant.ts";
import { names } from "../../builders/recorded.ts";
import { HpaTruth } from "./hpaTruth.ts";
import { evaluateLinks, stopped } from "./links.ts";
import { began, issued, type Pair, selfSigned, starts } from "./pairs.ts";
import { exists, forever, type ModelPod, ready, runs, settleTime, staying } from "./pods.ts";
import { fair, type Install, type ModelDeployment, type Weather, type Written } from "./state.ts";

/** A stale metrics-apiserver ignores SIGTERM until its grace period ends; the operator hears it. */
const grace: Readonly<Record<Component, number>> = { operator: seconds(3), "metrics-apiserver": seconds(30) };
/** kubelet brings a new Secret into a running Pod. */
const propagation = seconds(60);
const reloads = (version: Install["version"]): boolean => version === "2.17.2" || version === "2.18.0";

/** One KEDA in one cluster by the API server's clock; what happens is an instant, and time moves from one to the next. */
export class Model {
  readonly install: Install;
  readonly weather: Weather = fair();
  now: Instant = began;
  readonly secret: Written[];
  readonly deployments: readonly ModelDeployment[];
  pods: ModelPod[] = [];
  stuckAt: Instant = 0;
  readonly hpa = new HpaTruth();
  #count = 100;

  constructor(install: Install) {
    this.install = install;
    const first = install.issuer === "self" ? selfSigned(0) : issued({ ca: 0, leafNumber: 0 });
    this.secret = [{ pair: first, at: began - hours(5) }];
    this.now = began - hours(3);
    this.deployments = components.map((component) => ({
      component,
      uid: `uid-${component}`,
      resourceVersion: this.#next(),
      generation: 1,
      revision: 1,
      rolled: 1,
      rolledAt: this.now,
      replicas: install.replicas[component],
      paused: false,
      neverReady: false,
      annotations: {},
      template: {},
      status: "",
    }));
    for (const deployment of this.deployments) this.#makePods(deployment);
    this.advance(began);
  }

  get present(): Pair {
    return (this.secret.at(-1) as Written).pair;
  }

  deployment(component: Component): ModelDeployment {
    return this.deployments.find((d) => d.component === component) as ModelDeployment;
  }

  podsOf(component: Component): readonly ModelPod[] {
    return this.pods.filter((pod) => pod.component === component && exists(pod, this.now));
  }

  /* Time */

  advance(to: Instant): void {
    for (let next = this.#nextMoment(); next <= to; next = this.#nextMoment()) {
      this.now = next;
      this.happen();
    }
    this.now = to;
    if (this.weather.stuck) this.stuckAt = to;
  }

  #nextMoment(): Instant {
    let next = this.hpa.dueAt;
    const take = (at: Instant): void => {
      if (at > this.now && at < next) next = at;
    };
    for (const pod of this.pods) {
      if (pod.goneAt <= this.now) continue;
      take(pod.startsAt);
      take(pod.goneAt);
      take(pod.readyAt);
      take(pod.reloadsAt);
      if (pod.startedAt !== undefined) take(pod.startedAt + settleTime);
    }
    return next;
  }

  /** Everything that follows from what is the case now. */
  happen(): void {
    const { now } = this;
    for (const pod of this.pods) this.#live(pod);
    for (const deployment of this.deployments) this.#roll(deployment);
    if (this.pods.length > 30) this.pods = this.pods.filter((pod) => pod.goneAt > now);
    evaluateLinks(this);
    this.hpa.evaluate(this);
  }

  #live(pod: ModelPod): void {
    const { now } = this;
    if (pod.startsAt <= now && exists(pod, now)) this.#start(pod);
    if (pod.reloadsAt <= now) this.#reload(pod);
    if (pod.goneAt <= now && pod.startedAt !== undefined) stopped(pod);
  }

  #files(pod: ModelPod): Pair {
    const at = this.install.subPath ? pod.createdAt : Math.max(pod.createdAt, this.now - propagation);
    return (this.secret.findLast((w) => w.at <= at) ?? (this.secret[0] as Written)).pair;
  }

  #start(pod: ModelPod): void {
    const { now } = this;
    const pair = this.#files(pod);
    pod.startsAt = forever;
    if (!starts(pair)) {
      pod.restarts += 1;
      pod.ended = { reason: "Error", exitCode: 1, at: now, startedAt: now - 500 };
      pod.startsAt = now + seconds(60);
      return;
    }
    if (pod.component === "metrics-apiserver") this.weather.stuck = false;
    Object.assign(pod, { startedAt: now, held: { pair, trusts: [pair] }, lines: [], failedAt: now, tlsAt: 0 });
    pod.connectedTo = undefined;
    pod.linkFails = undefined;
    if (this.#reloads && pair.id !== this.present.id) this.#armReload(pod);
    if (!this.deployment(pod.component).neverReady || pod.revision !== this.deployment(pod.component).rolled)
      pod.readyAt = now + seconds(6);
  }

  #reload(pod: ModelPod): void {
    pod.reloadsAt = forever;
    const pair = this.#files(pod);
    if (pod.held !== undefined && starts(pair)) pod.held = { pair, trusts: [...pod.held.trusts, pair] };
  }

  #roll(deployment: ModelDeployment): void {
    const { now } = this;
    const own = this.pods.filter((pod) => pod.component === deployment.component && staying(pod, now));
    const fresh = own.filter((pod) => pod.revision === deployment.rolled);
    if (fresh.length >= deployment.replicas && fresh.every((pod) => ready(pod, now)))
      for (const pod of own) if (pod.revision !== deployment.rolled) this.#retire(pod);
    const status = JSON.stringify(this.statusOf(deployment));
    if (status !== deployment.status) this.#touch(deployment);
    deployment.status = status;
  }

  #retire(pod: ModelPod, wait = grace[pod.component]): void {
    pod.deletedAt = Math.min(pod.deletedAt, this.now);
    pod.goneAt = Math.min(pod.goneAt, this.now + wait);
  }

  statusOf(deployment: ModelDeployment) {
    const own = this.pods.filter((pod) => pod.component === deployment.component && staying(pod, this.now));
    const isReady = own.filter((pod) => ready(pod, this.now)).length;
    const updated = own.filter((pod) => pod.revision === deployment.revision).length;
    return { replicas: own.length, updated, ready: isReady };
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  #touch(deployment: ModelDeployment): void {
    deployment.resourceVersion = this.#next();
  }

  #makePods(deployment: ModelDeployment): void {
    const { component, replicas, revision } = deployment;
    deployment.rolled = revision;
    deployment.rolledAt = this.now;
    for (let i = 0; i < replicas; i += 1) {
      const n = this.#next();
      this.pods.push({
        name: `${names[component]}-${revision}-${n}`,
        uid: `pod-${n}`,
        component,
        revision,
        createdAt: this.now,
        readyAt: forever,
        deletedAt: forever,
        goneAt: forever,
        startsAt: this.now + seconds(1),
        reloadsAt: forever,
        restarts: 0,
        failedAt: this.now,
        tlsAt: 0,
        lines: [],
      });
    }
  }

  get #reloads(): boolean {
    return reloads(this.install.version) && !this.install.reloadBroken && !this.install.subPath;
  }

  #armReload(pod: ModelPod): void {
    pod.reloadsAt = this.now + propagation + seconds(10);
  }

  /* What may be done to it */

  write(pair: Pair): void {
    this.secret.push({ pair, at: this.now });
    if (this.secret.length > 12) this.secret.shift();
    if (this.#reloads) for (const pod of this.pods) if (runs(pod, this.now)) this.#armReload(pod);
  }

  kill(component: Component): void {
    const pod = this.podsOf(component).find((p) => staying(p, this.now) && p.startedAt !== undefined);
    if (pod === undefined) return;
    pod.ended = { reason: "OOMKilled", exitCode: 137, at: this.now, startedAt: pod.startedAt ?? this.now };
    stopped(pod);
    pod.restarts += 1;
    pod.startsAt = this.now + seconds(1);
    pod.readyAt = forever;
    this.happen();
  }

  /** The template changed: new Pods, unless the Deployment is paused. */
  roll(component: Component, options: { neverReady?: boolean } = {}): void {
    const deployment = this.deployment(component);
    this.#touch(deployment);
    deployment.generation += 1;
    deployment.revision += 1;
    deployment.neverReady = options.neverReady ?? false;
    if (!deployment.paused) this.#replace(deployment);
    this.happen();
  }

  /** A newer template supersedes a rollout that has not come far: its Pods go at once. */
  #replace(deployment: ModelDeployment): void {
    for (const pod of this.pods)
      if (pod.component === deployment.component && staying(pod, this.now) && !ready(pod, this.now))
        this.#retire(pod, 0);
    this.#makePods(deployment);
  }

  pause(component: Component, paused: boolean): void {
    const deployment = this.deployment(component);
    if (deployment.paused === paused) return;
    deployment.paused = paused;
    deployment.generation += 1;
    this.#touch(deployment);
    if (!paused && deployment.rolled !== deployment.revision) this.#replace(deployment);
    this.happen();
  }

  annotate(component: Component, name: string, value: string | undefined): void {
    const deployment = this.deployment(component);
    delete deployment.annotations[name];
    if (value !== undefined) deployment.annotations[name] = value;
    this.#touch(deployment);
  }

  scale(component: Component, replicas: number): void {
    const deployment = this.deployment(component);
    if (deployment.replicas === replicas) return;
    deployment.replicas = replicas;
    deployment.generation += 1;
    this.#touch(deployment);
    if (replicas === 0) for (const pod of this.podsOf(component)) this.#retire(pod);
    else if (!deployment.paused) this.#replace(deployment);
    this.happen();
  }

  /** Applied with force: the template is as its author wrote it, without our marks. */
  applyAnew(component: Component): void {
    this.#unmark(this.deployment(component).template);
    this.roll(component);
  }

  /** Deleted and created again: same name, another UID. */
  recreate(component: Component): void {
    const deployment = this.deployment(component);
    this.#unmark(deployment.template);
    this.#unmark(deployment.annotations);
    deployment.uid = `uid-${component}-${this.#next()}`;
    deployment.paused = false;
    for (const pod of this.podsOf(component)) this.#retire(pod);
    this.roll(component);
  }

  #unmark(marks: Record<string, string>): void {
    for (const mark of Object.keys(marks)) delete marks[mark];
  }

  endPod(name: string): void {
    for (const pod of this.pods) if (pod.name === name) this.#retire(pod, seconds(1));
    this.happen();
  }

  /** A rollout that does not get on is told after ten minutes. */
  isStuck(deployment: ModelDeployment): boolean {
    const { updated, ready: up } = this.statusOf(deployment);
    const late = this.now - deployment.rolledAt > minutes(10);
    return !deployment.paused && deployment.replicas > 0 && late && (updated < deployment.replicas || up < updated);
  }
}
