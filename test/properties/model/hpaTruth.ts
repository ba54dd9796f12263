import { type Instant, seconds } from "../../../src/core/instant.ts";
import type { Model } from "./cluster.ts";
import { adaptersOf, answers } from "./links.ts";
import { forever } from "./pods.ts";

export type HpaState = "ok" | "Timeout" | "Unavailable" | "Scaler";

/** Requests fail after 60 s; the HPA controller looks every 15 s. */
const delays: Readonly<Record<HpaState, number>> = {
  ok: seconds(15),
  Timeout: seconds(60),
  Unavailable: seconds(15),
  Scaler: seconds(15),
};

function meant(model: Model): HpaState {
  if (model.weather.hopA || adaptersOf(model).length === 0) return "Unavailable";
  if (!answers(model)) return "Timeout";
  return model.weather.scaler ? "Scaler" : "ok";
}

/** What the HPAs of KEDA say, and since when. */
export class HpaTruth {
  state: HpaState = "ok";
  since: Instant = 0;
  #next: { readonly state: HpaState; readonly at: Instant } | undefined;

  get dueAt(): Instant {
    return this.#next?.at ?? forever;
  }

  evaluate(model: Model): void {
    const want = meant(model);
    if (want === this.state || (want === "ok" && model.weather.hpasStay)) {
      this.#next = undefined;
      return;
    }
    if (this.#next?.state !== want) this.#next = { state: want, at: model.now + delays[want] };
    if (this.#next.at > model.now) return;
    this.state = want;
    this.since = model.now;
    this.#next = undefined;
  }
}
