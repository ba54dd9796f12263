import { scalingActive } from "../../../src/sandbox/picture.ts";
import type { Api, Loose } from "../api/client.ts";
import { Reflector } from "../api/reflector.ts";
import { hasTimedOut } from "./picture.ts";

/** When HPAs began to fail as in the incident, and when all of them had a valid metric again. */
export class Symptoms {
  readonly #reflector: Reflector;
  failedAt: number | undefined;
  healedAt: number | undefined;

  constructor(api: Api) {
    this.#reflector = new Reflector(api, {
      path: "/apis/autoscaling/v2/horizontalpodautoscalers",
      onChange: () => this.#changed(),
    });
  }

  close(): void {
    this.#reflector.close();
  }

  #changed(): void {
    const hpas: Loose[] = [...(this.#reflector?.objects.values() ?? [])];
    const good = (hpa: Loose): boolean => scalingActive(hpa)?.status === "True";
    if (this.failedAt === undefined && hpas.some(hasTimedOut)) this.failedAt = Date.now();
    if (this.failedAt === undefined) return;
    if (!hpas.every(good)) this.healedAt = undefined;
    else this.healedAt ??= Date.now();
  }
}
