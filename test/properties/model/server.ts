import { formatInstant, hours } from "../../../src/core/instant.ts";
import { type MissReason, type Seen, sawAt, unseen } from "../../../src/core/seen.ts";
import type { ClusterReader, KubeObject, Page, PublicSecret } from "../../../src/ports/cluster.ts";
import type { Probe, ProbedChain, ProbeTarget } from "../../../src/ports/probe.ts";
import { namespace, serviceNamed } from "../../builders/recorded.ts";
import type { Model } from "./cluster.ts";
import { answers, leaderOf } from "./links.ts";
import {
  apiServiceObject,
  certificateObject,
  deploymentObject,
  hpaObjects,
  leaseObject,
  logOf,
  podObject,
  requestObjects,
  secretName,
} from "./objects.ts";
import { began } from "./pairs.ts";
import { runs } from "./pods.ts";

/** Text that must never come out of us: put where real clusters leak keys. Never a key, only words around one. */
export const keyText = ["-----BEGIN PRIV", "ATE KEY----- canary-of-the-key -----END PRIV", "ATE KEY-----"].join("");

const miss = (reason: MissReason, what: string) => unseen(reason, `${what}: ${reason}`);

/** What the API server and the Pods' ports answer. Lists come in any order when `backwards`. */
export class Answers implements ClusterReader, Probe {
  readonly clusterName = "model";
  readonly model: Model;
  backwards = false;

  constructor(model: Model) {
    this.model = model;
  }

  async apiService(): Promise<Seen<KubeObject>> {
    return this.#answer("apiService", () => apiServiceObject(this.model));
  }

  async service(_namespace: string, name: string): Promise<Seen<KubeObject>> {
    return this.#answer("service", () => serviceNamed(name));
  }

  async deployments(): Promise<Seen<readonly KubeObject[]>> {
    return this.#list("deployments", () => this.model.deployments.map((d) => deploymentObject(d, this.model)));
  }

  async pods(): Promise<Seen<readonly KubeObject[]>> {
    const { model } = this;
    return this.#list("pods", () =>
      [...model.podsOf("operator"), ...model.podsOf("metrics-apiserver")].map((pod) => podObject(pod, model.now)),
    );
  }

  async secret(): Promise<Seen<PublicSecret>> {
    return this.#answer("secret", () => this.#publicSecret());
  }

  #publicSecret(): PublicSecret | undefined {
    const { model } = this;
    const { pair, at } = model.secret.at(-1) ?? { pair: model.present, at: began };
    if (pair.id.startsWith("gone")) return undefined;
    const f = { "f:data": { "f:ca.crt": {}, "f:tls.crt": {}, "f:tls.key": {} } };
    const made = model.install.certManager
      ? { "cert-manager.io/certificate-name": "keda-operator-tls-certificates" }
      : {};
    return {
      metadata: {
        name: secretName,
        namespace,
        creationTimestamp: formatInstant(began - hours(5)),
        annotations: made,
        managedFields: [{ manager: "controller", time: formatInstant(at), fieldsV1: f }],
      },
      keys: ["ca.crt", "tls.crt", "tls.key"],
      keyFits: pair.tlsCrt === undefined ? miss("NotFound", "tls.crt") : sawAt(pair.keyFits, model.now),
      ...(pair.caCrt === undefined ? {} : { caCrt: pair.caCrt }),
      ...(pair.tlsCrt === undefined ? {} : { tlsCrt: pair.tlsCrt }),
    };
  }

  async certificates(): Promise<Seen<readonly KubeObject[]>> {
    const { model } = this;
    return this.#list("certificates", () => (model.install.certManager ? [certificateObject(model)] : undefined));
  }

  async certificateRequests(): Promise<Seen<readonly KubeObject[]>> {
    const { model } = this;
    return this.#list("certificateRequests", () => (model.install.certManager ? requestObjects(model) : undefined));
  }

  async lease(_namespace: string, name: string): Promise<Seen<KubeObject>> {
    return this.#answer("lease", () => leaseObject(this.model, name));
  }

  async hpas(): Promise<Seen<Page<KubeObject>>> {
    const { state, since } = this.model.hpa;
    const items = hpaObjects(state, since);
    return this.#answer("hpas", () => ({ items: this.backwards ? [...items].reverse() : items, more: false }));
  }

  async scaledObjects(): Promise<Seen<readonly KubeObject[]>> {
    return this.#list("scaledObjects", () => []);
  }

  async logs({ pod }: { readonly pod: string }): Promise<Seen<string>> {
    const found = this.model.podsOf("metrics-apiserver").find((p) => p.name === pod);
    return this.#answer("logs", () => found && logOf(found, this.model, keyText));
  }

  async externalMetric(): Promise<Seen<{ readonly status: number; readonly detail: string }>> {
    const status = this.model.weather.hopA ? 503 : answers(this.model) ? 200 : 504;
    return this.#answer("externalMetric", () => ({ status, detail: `status ${status}` }));
  }

  async probe({ pod, port }: ProbeTarget): Promise<Seen<ProbedChain>> {
    const { model } = this;
    const found = model.pods.find((p) => p.name === pod && runs(p, model.now));
    const closed = found === undefined || (port === 9666 && found !== leaderOf(model));
    const shown = port === 9666 ? found?.held?.pair.tlsCrt : model.present.tlsCrt;
    if (model.weather.denied.has("probe") || closed || shown === undefined)
      return unseen("Unreachable", `${pod}:${port} refused`);
    return sawAt({ chain: [shown] }, model.now);
  }

  #answer<T>(what: string, value: () => T | undefined): Seen<T> {
    const { weather, now } = this.model;
    if (weather.apiDown) return miss("Unreachable", what);
    if (weather.denied.has(what)) return miss("Forbidden", what);
    const made = value();
    return made === undefined ? miss("NotFound", what) : sawAt(made, now);
  }

  #list(what: string, value: () => readonly KubeObject[] | undefined): Seen<readonly KubeObject[]> {
    const seen = this.#answer(what, value);
    return seen.seen && this.backwards ? { ...seen, value: [...seen.value].reverse() } : seen;
  }
}
