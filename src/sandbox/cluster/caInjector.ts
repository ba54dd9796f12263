import { EXTERNAL_METRICS } from "../apiserver/aggregator.ts";
import { field } from "../apiserver/call.ts";
import type { Change } from "../apiserver/objects.ts";
import type { Cluster } from "./cluster.ts";

/** Stands for the bundle that is there. */
export const asItIs = "as it is";

/** cert-manager's cainjector: the Secret's ca.crt becomes the APIService's caBundle. */
export class CaInjector {
  readonly #cluster: Cluster;
  readonly #secretName: string;
  /** Base64, set by a play that wants a wrong one. */
  #held: string | undefined;
  readonly stop: () => void;

  constructor(cluster: Cluster, secretName: string) {
    this.#cluster = cluster;
    this.#secretName = secretName;
    this.stop = cluster.objects.onChange((change) => this.#changed(change));
  }

  /** This bundle from now on (PEM), or the present one (`asItIs`), or the Secret's again. */
  hold(caBundle: string | undefined): void {
    if (caBundle === asItIs) this.#held = this.#present();
    else this.#held = caBundle === undefined ? undefined : Buffer.from(caBundle).toString("base64");
    this.#inject();
  }

  #present(): string {
    return String(field(this.#cluster.objects.get("apiservices", { name: EXTERNAL_METRICS })?.spec, "caBundle"));
  }

  #changed({ resource, object }: Change): void {
    if (resource !== "secrets" || object.metadata.name !== this.#secretName) return;
    this.#cluster.time.after(this.#cluster.timing.caInjectionDelay, () => this.#inject());
  }

  #inject(): void {
    const { objects } = this.#cluster;
    const secret = objects.list("secrets").find((candidate) => candidate.metadata.name === this.#secretName);
    const caBundle = this.#held ?? field(secret, "data", "ca.crt");
    objects.update("apiservices", { name: EXTERNAL_METRICS }, (apiService) => ({
      ...apiService,
      spec: { ...(apiService.spec as object), caBundle },
    }));
  }
}
