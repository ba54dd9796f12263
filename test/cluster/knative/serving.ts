import type { Api, Loose } from "../api/client.ts";
import { Reflector } from "../api/reflector.ts";
import { type FunctionName, functions, functionUrl } from "../medic/images.ts";
import { serving } from "../medic/translate.ts";
import type { Kubectl } from "../namespaces/spawned.ts";
import { openTap, type Tap } from "./tap.ts";

export type Taps = Readonly<Record<FunctionName, Tap>>;

const addressOf = (name: FunctionName): string => `10.0.0.${30 + functions.indexOf(name)}`;

async function openTaps(): Promise<Taps> {
  const entries = functions.map(async (name) => [name, await openTap(addressOf(name), functionUrl(name))] as const);
  return Object.fromEntries(await Promise.all(entries)) as Taps;
}

/**
 * Plays Knative Serving: a Service of its kind becomes a Deployment with one Pod at least and a Service of Kubernetes' kind,
 * owned by it, and its status tells an address. Nothing scales, nothing has revisions.
 */
export class Serving {
  readonly taps: Taps;
  readonly #api: Api;
  readonly #kubectl: Kubectl;
  readonly #reflector: Reflector;
  #work: Promise<void> = Promise.resolve();

  private constructor(api: Api, kubectl: Kubectl, taps: Taps) {
    this.#api = api;
    this.#kubectl = kubectl;
    this.taps = taps;
    this.#reflector = new Reflector(api, {
      path: "/apis/serving.knative.dev/v1/services",
      onChange: (service, gone) => !gone && this.#changed(service),
    });
  }

  /** After its kind is served. */
  static async open(api: Api, kubectl: Kubectl): Promise<Serving> {
    return new Serving(api, kubectl, await openTaps());
  }

  close(): void {
    this.#reflector.close();
    for (const tap of Object.values(this.taps)) tap.close();
  }

  #changed(service: Loose): void {
    // Its own write of the status comes back, too.
    if (service.status?.observedGeneration === service.metadata.generation) return;
    this.#work = this.#work.then(() => this.#reconcile(service)).catch(() => {});
  }

  async #reconcile(service: Loose): Promise<void> {
    const { apiVersion, kind, metadata } = service;
    const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
    const objects = serving({ ...service, metadata: { ...metadata, labels: metadata.labels } }, undefined);
    await this.#kubectl.apply(objects.map((object) => owned(object, owner)));
    const name = metadata.name.replace("keda-medic-", "") as FunctionName;
    const { url } = this.taps[name];
    const path = `/apis/serving.knative.dev/v1/namespaces/${metadata.namespace}/services/${metadata.name}/status`;
    const conditions = ["Ready", "RoutesReady", "ConfigurationsReady"].map((type) => ({ type, status: "True" }));
    const status = { observedGeneration: metadata.generation, url, address: { url }, conditions };
    await this.#api.patch(path, { status });
  }
}

/** Without what belongs to the owner alone. */
function owned(object: Loose, owner: Loose): Loose {
  const { name, namespace, labels } = object.metadata;
  return { ...object, metadata: { name, namespace, labels, ownerReferences: [owner] } };
}
