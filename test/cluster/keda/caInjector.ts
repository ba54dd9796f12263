import { asItIs } from "../../../src/sandbox/cluster/caInjector.ts";
import { type Api, jsonPatch, type Loose } from "../api/client.ts";
import { Reflector } from "../api/reflector.ts";

const apiService = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";

/** Keeps the APIService's caBundle as cert-manager's cainjector does: ca.crt of the Secret. */
export class CaInjector {
  readonly #api: Api;
  readonly #secrets: Reflector;
  /** Set by a test that wants a wrong one. */
  #held: string | undefined;
  #newest: string | undefined;

  constructor(api: Api, namespace: string, secret: string) {
    this.#api = api;
    this.#secrets = new Reflector(api, {
      path: `/api/v1/namespaces/${namespace}/secrets`,
      query: `fieldSelector=metadata.name%3D${secret}`,
      onChange: (object, gone) => !gone && this.#changed(object),
    });
  }

  /** This bundle from now on (PEM), or the present one, or the Secret's again. */
  async hold(caBundle: string | undefined): Promise<void> {
    if (caBundle === asItIs) this.#held = this.#newest;
    else this.#held = caBundle === undefined ? undefined : Buffer.from(caBundle).toString("base64");
    await this.#inject();
  }

  close(): void {
    this.#secrets.close();
  }

  #changed(secret: Loose): void {
    this.#newest = secret.data["ca.crt"];
    void this.#inject().catch(() => {});
  }

  async #inject(): Promise<void> {
    const value = this.#held ?? this.#newest;
    if (value === undefined) return;
    const remove = { op: "remove", path: "/spec/insecureSkipTLSVerify" };
    const add = { op: "add", path: "/spec/caBundle", value };
    const now = await this.#api.get(apiService);
    await this.#api.patch(apiService, now.spec.insecureSkipTLSVerify === undefined ? [add] : [remove, add], jsonPatch);
  }
}
