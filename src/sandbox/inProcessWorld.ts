import type { Component } from "../core/evidence.ts";
import type { KubeObject } from "../ports/cluster.ts";
import type { ApiServer } from "./apiserver/apiServer.ts";
import { field } from "./apiserver/call.ts";
import type { Objects, StoredObject } from "./apiserver/objects.ts";
import { logText } from "./apiserver/podLog.ts";
import { assemble, type Parts } from "./assemble.ts";
import { writeSecret } from "./cluster/certManager.ts";
import { KubeconfigFiles } from "./kubeconfig.ts";
import { install } from "./manifests/install.ts";
import type { Names } from "./manifests/names.ts";
import { isIssued, type Material, Mint } from "./material.ts";
import { picture, scalingActive } from "./picture.ts";
import { toMicro } from "./stamps.ts";
import type { Moment } from "./story.ts";
import type { WorldTime } from "./time.ts";
import type { CutLink, EventSource, Kubeconfig, Role, Rotation, World } from "./world.ts";
import type { WorldOptions } from "./worldOptions.ts";

/** The world in this process: real TLS and HTTP on loopback, with more to see than a real cluster shows. */
export interface InProcessWorld extends World {
  readonly apiServer: ApiServer;
  readonly objects: Objects;
  /** The world's clock, which can be made to jump ahead. */
  readonly clock: WorldTime;
  /** Gives the APIService a bundle for good (PEM), or lets it keep the present one (`asItIs`); undefined: the Secret's again. */
  holdCaBundle(caBundle: string | undefined): void;
  /** Continue tokens handed out so far are answered 410 from now on. */
  expireContinueTokens(): void;
}

/** Real and world milliseconds: whichever is longer. */
const HEALTHY_WITHIN = { real: 20_000, world: 90_000 };

/** Resolves when KEDA is healthy: rolled out, and every HPA has found a valid metric. */
export async function createWorld(options: WorldOptions = {}): Promise<InProcessWorld> {
  const world = new Sandbox(options);
  try {
    await world.open();
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}

class Sandbox implements InProcessWorld {
  readonly clock: WorldTime;
  readonly names: Names;
  readonly events: EventSource;
  readonly objects: Objects;
  readonly apiServer: ApiServer;
  readonly #options: WorldOptions;
  readonly #parts: Parts;
  readonly #mint: Mint;
  readonly #kubeconfigs = new KubeconfigFiles();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#parts = assemble(options);
    this.clock = this.#parts.cluster.time;
    this.names = this.#parts.names;
    this.events = this.#parts.source;
    this.objects = this.#parts.cluster.objects;
    this.apiServer = this.#parts.apiServer;
    this.#mint = new Mint(this.names, options.issuer ?? "selfSigned", options.firstLeafFor);
  }

  async open(): Promise<void> {
    await this.apiServer.up();
    this.#issue(this.#mint.fresh(this.clock.now()));
    install(this.#parts.cluster, this.names, this.#options);
    const limit = Math.max(HEALTHY_WITHIN.real, HEALTHY_WITHIN.world / (this.#options.speed ?? 1));
    await this.until("KEDA to be healthy", () => this.#healthy(), limit);
  }

  #healthy(): boolean {
    const hpas = this.objects.list("horizontalpodautoscalers");
    const active = hpas.every((hpa) => scalingActive(hpa)?.status === "True");
    return active && this.objects.list("deployments").every(isRolledOut);
  }

  async rotateSecret(kind: Rotation): Promise<void> {
    this.#tell(`rotate the Secret: ${kind}`);
    const material = this.#mint.rotate(kind, this.clock.now());
    if (isIssued(kind, this.#parts.certManager !== undefined)) this.#issue(material);
    else writeSecret(this.#parts.cluster, this.names, material, "kubectl-edit");
  }

  async repairSecret(): Promise<void> {
    this.#tell("repair the Secret");
    this.#issue(this.#mint.fresh(this.clock.now()));
  }

  #issue(material: Material): void {
    const { certManager, cluster } = this.#parts;
    if (certManager === undefined) writeSecret(cluster, this.names, material, "kubectl");
    else certManager.issue(material);
  }

  async oomKill(component: Component): Promise<void> {
    this.#tell(`${component} runs out of memory`);
    const pod = this.#podsOf(component).find(({ metadata }) => metadata.deletionTimestamp === undefined);
    const killed = await this.#parts.kubelet.oomKill(pod?.metadata.uid ?? "");
    if (!killed) throw new Error(`no ${component} container runs that could be killed`);
  }

  async restartDeployment(component: Component): Promise<void> {
    this.#tell(`kubectl rollout restart deployment/${this.#nameOf(component)}`);
    const at = toMicro(this.clock.exact());
    this.#changeSpec(component, (spec) => annotated(spec, "kubectl.kubernetes.io/restartedAt", at));
  }

  async pauseRollout(component: Component): Promise<void> {
    this.#changeSpec(component, (spec) => ({ ...spec, paused: true }));
  }

  async resumeRollout(component: Component): Promise<void> {
    this.#changeSpec(component, ({ paused, ...spec }) => spec);
  }

  async scaleOperator(replicas: number): Promise<void> {
    this.#changeSpec("operator", (spec) => ({ ...spec, replicas }));
  }

  #changeSpec(component: Component, change: (spec: Record<string, unknown>) => unknown): void {
    const at = { namespace: this.names.namespace, name: this.#nameOf(component) };
    this.objects.update("deployments", at, (old) => ({ ...old, spec: change(old.spec as Record<string, unknown>) }));
  }

  async cutNetwork(link: CutLink): Promise<void> {
    this.#parts.story.tell("network", `${link} is cut`);
    if (link === "apiserver") await this.apiServer.down();
    else this.#parts.cluster.network.cut(link);
  }

  async healNetwork(): Promise<void> {
    this.#parts.story.tell("network", "all links work");
    this.#parts.cluster.network.heal();
    await this.apiServer.up();
  }

  async breakScaler(): Promise<void> {
    this.#tell("the scalers' source is down");
    this.#parts.scaler.broken = true;
  }

  async repairScaler(): Promise<void> {
    this.#tell("the scalers' source is back");
    this.#parts.scaler.broken = false;
  }

  async kubeconfig(role: Role): Promise<Kubeconfig> {
    const { users, ca } = this.#parts;
    return this.#kubeconfigs.write(role, { server: this.apiServer.url, ca, token: users[role].token });
  }

  async hpas(): Promise<readonly KubeObject[]> {
    return this.objects.list("horizontalpodautoscalers");
  }

  async deployments(): Promise<readonly KubeObject[]> {
    return this.objects.list("deployments");
  }

  async pods(component: Component): Promise<readonly KubeObject[]> {
    return this.#podsOf(component);
  }

  async scaledObjects(): Promise<readonly KubeObject[]> {
    return this.objects.list("scaledobjects");
  }

  async kubernetesEvents(): Promise<readonly KubeObject[]> {
    const first = (event: StoredObject): string => String(event["firstTimestamp"]);
    return this.objects.list("events").sort((a, b) => first(a).localeCompare(first(b)));
  }

  async logs(pod: string): Promise<string> {
    const uid = this.objects.get("pods", { namespace: this.names.namespace, name: pod })?.metadata.uid ?? "";
    return logText(this.#parts.kubelet.logs(uid) ?? [], true);
  }

  async rollouts(component: Component): Promise<number> {
    const at = { namespace: this.names.namespace, name: this.#nameOf(component) };
    const annotations = this.objects.get("deployments", at)?.metadata.annotations;
    return Number(annotations?.["deployment.kubernetes.io/revision"] ?? 1) - 1;
  }

  async until(what: string, condition: () => boolean | Promise<boolean>, timeout = 10_000): Promise<void> {
    const end = performance.now() + timeout;
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`waited ${timeout} ms in vain for ${what}\n${this.#picture()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #picture(): string {
    return picture(this.objects.list("horizontalpodautoscalers").slice(0, 5), this.objects.list("pods"));
  }

  onMoment(listener: (moment: Moment) => void): () => void {
    return this.#parts.story.subscribe(listener);
  }

  holdCaBundle(caBundle: string | undefined): void {
    this.#parts.injector.hold(caBundle);
  }

  expireContinueTokens(): void {
    this.#parts.tokens.oldest = Number(this.objects.version) + 1;
  }

  async close(): Promise<void> {
    await this.#parts.close();
    await this.#kubeconfigs.close();
  }

  #tell(text: string): void {
    this.#parts.story.tell("you", text);
  }

  #nameOf(component: Component): string {
    return component === "operator" ? this.names.operator : this.names.metricsApiserver;
  }

  #podsOf(component: Component): readonly StoredObject[] {
    const app = this.#nameOf(component);
    return this.objects.list("pods", this.names.namespace).filter((pod) => pod.metadata.labels?.["app"] === app);
  }
}

const isRolledOut = ({ spec, status, metadata }: StoredObject): boolean =>
  field(status, "observedGeneration") === metadata.generation &&
  field(status, "readyReplicas") === field(spec, "replicas") &&
  field(status, "updatedReplicas") === field(spec, "replicas");

function annotated(spec: Record<string, unknown>, key: string, value: string): unknown {
  const template = (spec["template"] ?? {}) as { metadata?: { annotations?: object } };
  const annotations = { ...template.metadata?.annotations, [key]: value };
  return { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } };
}
