import type { Evidence, HpaFacts, ScaledObjectFacts } from "./evidence.ts";

/** What the HPAs of KEDA show now. HPAs scaled to zero tell nothing and are left out. */
export interface Symptoms {
  readonly seen: boolean;
  readonly complete: boolean;
  readonly counted: number;
  /** 504 wording: the metrics-apiserver waited for the operator in vain. */
  readonly timeout: readonly HpaFacts[];
  /** 503 wording: kube-apiserver could not reach the metrics-apiserver. */
  readonly unavailable: readonly HpaFacts[];
  /** The operator answered with an error of the scaler: hop B works. */
  readonly scaler: readonly HpaFacts[];
  readonly other: readonly HpaFacts[];
  readonly working: readonly HpaFacts[];
}

export function symptomsOf(evidence: Evidence): Symptoms {
  const sample = evidence.hpas.seen ? evidence.hpas.value : undefined;
  const counted = (sample?.hpas ?? []).filter((hpa) => !hpa.idle);
  const failing = counted.filter((hpa) => hpa.scalingActive === "False" && hpa.failure !== undefined);
  return {
    seen: sample !== undefined,
    complete: sample?.complete ?? false,
    counted: counted.length,
    timeout: failing.filter((hpa) => hpa.failure === "Timeout"),
    unavailable: failing.filter((hpa) => hpa.failure === "Unavailable"),
    scaler: failing.filter((hpa) => hpa.failure === "Scaler"),
    other: failing.filter((hpa) => hpa.failure === "Other"),
    working: counted.filter((hpa) => hpa.scalingActive === "True"),
  };
}

/** Whether an HPA was made for this ScaledObject. */
export const isBehind = (so: ScaledObjectFacts, hpa: HpaFacts): boolean =>
  so.namespace === hpa.namespace && so.name === hpa.scaledObject;

/** `shop/keda-hpa-web, shop/keda-hpa-worker and 3 more`. */
export function nameSome(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

export const hpaNames = (hpas: readonly HpaFacts[]): readonly string[] => hpas.map((h) => `${h.namespace}/${h.name}`);
