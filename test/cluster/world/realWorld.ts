import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Component } from "../../../src/core/evidence.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { KubeObject } from "../../../src/ports/cluster.ts";
import type { Names } from "../../../src/sandbox/manifests/names.ts";
import { namesOf } from "../../../src/sandbox/manifests/names.ts";
import { type Issuer, isIssued, type Material, Mint } from "../../../src/sandbox/material.ts";
import { createStory, type Moment, type Story } from "../../../src/sandbox/story.ts";
import type { CutLink, EventSource, Kubeconfig, Role, Rotation, World } from "../../../src/sandbox/world.ts";
import type { Api, Loose } from "../api/client.ts";
import { writeKubeconfig } from "../controlPlane/kubeconfig.ts";
import { writeSecret } from "../keda/secret.ts";
import { medicNamespace } from "../medic/manifests.ts";
import { type ClusterOptions, type RealCluster, startCluster } from "./cluster.ts";
import { isHealthy, picture } from "./picture.ts";

export interface RealWorldOptions extends ClusterOptions {
  readonly issuer?: Issuer;
  /** Lifetime of the first leaf in milliseconds; default a year. */
  readonly firstLeafFor?: number;
}

const healthyWithin = 240_000;
const usualTimeout = 120_000;

/** A real control plane and real KEDA as the sandbox's World: the same plays run here. */
export class RealWorld implements World {
  readonly clock: Clock = { now: () => Date.now() };
  readonly names: Names;
  readonly #story: Story = createStory(this.clock);
  readonly #options: RealWorldOptions;
  readonly #mint: Mint;
  #cluster: RealCluster | undefined;
  /** Replaced when keda-medic is deployed: without it nobody takes events. */
  events: EventSource = nowhere;

  constructor(options: RealWorldOptions) {
    this.#options = options;
    this.names = namesOf(options.install ?? "yaml");
    this.#mint = new Mint(this.names, options.issuer ?? "selfSigned", options.firstLeafFor);
  }

  /** Resolves when KEDA is healthy: rolled out, and every HPA has found a valid metric. */
  async open(): Promise<void> {
    this.#cluster = await startCluster(this.#options, this.#mint.fresh(Date.now()));
    this.#story.tell("you", "control plane and KEDA are installed");
    await this.until("KEDA to be healthy", () => this.healthy(), healthyWithin);
    this.#story.tell("hpa", "every HPA has found a valid metric");
  }

  get cluster(): RealCluster {
    if (this.#cluster === undefined) throw new Error("the world is not open");
    return this.#cluster;
  }

  get api(): Api {
    return this.cluster.api;
  }

  healthy(): Promise<boolean> {
    return isHealthy(this);
  }

  async rotateSecret(kind: Rotation): Promise<void> {
    this.#tell(`rotate the Secret: ${kind}`);
    const material = this.#mint.rotate(kind, Date.now());
    if (isIssued(kind, this.cluster.certManager !== undefined)) await this.#issue(material);
    else await writeSecret(this.api, this.names, material, { manager: "kubectl-edit" });
  }

  async repairSecret(): Promise<void> {
    this.#tell("repair the Secret");
    await this.#issue(this.#mint.fresh(Date.now()));
  }

  async #issue(material: Material): Promise<void> {
    const { certManager } = this.cluster;
    if (certManager === undefined) await writeSecret(this.api, this.names, material, { manager: "kubectl" });
    else await certManager.issue(material);
  }

  async oomKill(component: Component): Promise<void> {
    this.#tell(`${component} runs out of memory`);
    for (const pod of await this.pods(component)) {
      const worker = this.cluster.kubelet.find(this.names.namespace, pod.metadata.name);
      if (pod.metadata.deletionTimestamp === undefined && worker?.container()?.oomKill() === true) return;
    }
    throw new Error(`no ${component} container runs that could be killed`);
  }

  async restartDeployment(component: Component): Promise<void> {
    this.#tell(`kubectl rollout restart deployment/${this.#nameOf(component)}`);
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    await this.#patch(component, { template: { metadata: { annotations } } });
  }

  async pauseRollout(component: Component): Promise<void> {
    await this.#patch(component, { paused: true });
  }

  async resumeRollout(component: Component): Promise<void> {
    await this.#patch(component, { paused: null });
  }

  async scaleOperator(replicas: number): Promise<void> {
    this.#tell(`scale the operator to ${replicas}`);
    await this.#patch("operator", { replicas });
  }

  async #patch(component: Component, spec: Loose): Promise<void> {
    await this.api.patch(this.#deploymentPath(this.#nameOf(component)), { spec });
  }

  #deploymentPath(name: string): string {
    return `/apis/apps/v1/namespaces/${this.names.namespace}/deployments/${name}`;
  }

  async cutNetwork(link: CutLink): Promise<void> {
    this.#story.tell("network", `${link} is cut`);
    const { services, controlPlane } = this.cluster;
    if (link === "apiserver") await controlPlane.stopApiServer();
    else services.cut(this.names.namespace, this.#serviceOf(link), true);
  }

  async healNetwork(): Promise<void> {
    this.#story.tell("network", "all links work");
    const { services, controlPlane } = this.cluster;
    for (const link of ["hopA", "hopB"] as const) services.cut(this.names.namespace, this.#serviceOf(link), false);
    await controlPlane.startApiServer();
  }

  #serviceOf(link: "hopA" | "hopB"): string {
    return link === "hopA" ? this.names.metricsApiserver : this.names.operator;
  }

  async breakScaler(): Promise<void> {
    this.#tell("the scalers' source is down");
    this.cluster.scaler.broken = true;
  }

  async repairScaler(): Promise<void> {
    this.#tell("the scalers' source is back");
    this.cluster.scaler.broken = false;
  }

  async kubeconfig(role: Role): Promise<Kubeconfig> {
    const { pki, server } = this.cluster.controlPlane;
    const access = { server, ca: pki.ca, token: role === "admin" ? pki.adminToken : await this.#token(role) };
    const path = join(this.#options.folder, `${role}.kubeconfig`);
    writeKubeconfig(path, role, access);
    return { ...access, path };
  }

  /** A token of the account that the role runs as; `nobody` is an account that nothing is granted to. */
  async #token(role: Exclude<Role, "admin">): Promise<string> {
    const account = `keda-medic-${role === "sweep" ? "respond" : role}`;
    const path = `/api/v1/namespaces/${medicNamespace}/serviceaccounts/${account}/token`;
    return (await this.api.create(path, { spec: { expirationSeconds: 3600 } })).status.token;
  }

  async hpas(): Promise<readonly KubeObject[]> {
    return this.api.list("/apis/autoscaling/v2/horizontalpodautoscalers");
  }

  async deployments(): Promise<readonly KubeObject[]> {
    return this.api.list(`/apis/apps/v1/namespaces/${this.names.namespace}/deployments`);
  }

  async pods(component: Component): Promise<readonly KubeObject[]> {
    const app = this.#nameOf(component);
    return this.api.list(`/api/v1/namespaces/${this.names.namespace}/pods?labelSelector=app%3D${app}`);
  }

  async scaledObjects(): Promise<readonly KubeObject[]> {
    return this.api.list("/apis/keda.sh/v1alpha1/scaledobjects");
  }

  async kubernetesEvents(): Promise<readonly KubeObject[]> {
    const first = (event: Loose): string => String(event.firstTimestamp ?? event.eventTime ?? "");
    const events = await this.api.list("/api/v1/events");
    return events.sort((a, b) => first(a).localeCompare(first(b)));
  }

  async logs(pod: string): Promise<string> {
    const path = `/api/v1/namespaces/${this.names.namespace}/pods/${pod}/log?timestamps=true`;
    return (await this.api.request({ method: "GET", path })).text;
  }

  async rollouts(component: Component): Promise<number> {
    const { metadata } = await this.api.get(this.#deploymentPath(this.#nameOf(component)));
    return Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 1) - 1;
  }

  async until(what: string, condition: () => boolean | Promise<boolean>, timeout = usualTimeout): Promise<void> {
    const end = performance.now() + timeout;
    // A look that fails, because the API server is away, is no answer.
    while (!(await attempt(condition))) {
      if (performance.now() > end) throw await this.#inVain(what, timeout);
      await sleep(250);
    }
  }

  async #inVain(what: string, timeout: number): Promise<Error> {
    const troubles = (await this.#cluster?.controlPlane.troubles()) ?? [];
    const lines = [`waited ${Math.round(timeout / 1000)} s in vain for ${what}`, ...troubles, await picture(this)];
    return new Error(lines.join("\n"));
  }

  onMoment(listener: (moment: Moment) => void): () => void {
    return this.#story.subscribe(listener);
  }

  async close(): Promise<void> {
    await this.#cluster?.close();
  }

  #tell(text: string): void {
    this.#story.tell("you", text);
  }

  #nameOf(component: Component): string {
    return component === "operator" ? this.names.operator : this.names.metricsApiserver;
  }
}

async function attempt(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await condition();
  } catch {
    return false;
  }
}

const nowhere: EventSource = {
  sendTo: () => {},
  lose: () => {},
  duplicate: () => {},
  reorder: () => {},
  stop: () => {},
  start: () => {},
};
