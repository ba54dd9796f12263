import { realTiming, type Timing } from "../cluster/timing.ts";

/** How many times faster than real the waits of the demo are. Kubernetes' times are in seconds: no more than 20 fits. */
export const speeds = { least: 1, most: 20, usual: 12 } as const;

/** The same world with shorter waits. Nothing is skipped. */
export function timingAt(speed: number): Partial<Timing> {
  const faster = (length: number): number => Math.max(200, Math.round(length / speed));
  return {
    hpaPeriod: faster(realTiming.hpaPeriod),
    requestTimeout: faster(realTiming.requestTimeout),
    propagationDelay: faster(realTiming.propagationDelay),
    containerStartDelay: faster(realTiming.containerStartDelay),
    leaseDuration: Math.max(2000, faster(realTiming.leaseDuration)),
    grpcBackoff: { base: 500, factor: 1.6, max: 2000 },
    pollingInterval: faster(realTiming.pollingInterval),
    crashBackoff: { base: 1000, max: 4000 },
    gracePeriodSeconds: Math.max(2, Math.round(realTiming.gracePeriodSeconds / speed)),
  };
}

const text = (length: number): string => `${Math.max(1, Math.round(length / 1000))}s`;

/** Policy of the functions, within the bounds that `parseConfig` sets: shorter waits, the same rules. */
export const policyAt = (speed: number): Readonly<Record<string, string>> => ({
  KEDA_MEDIC_MODE: "act",
  KEDA_MEDIC_PROPAGATION: text(Math.max(10_000, 90_000 / speed)),
  KEDA_MEDIC_RELOAD_DEADLINE: text(Math.max(60_000, 300_000 / speed)),
  KEDA_MEDIC_OPERATOR_SETTLE: text(Math.max(10_000, 90_000 / speed)),
  KEDA_MEDIC_HOP_A_SETTLE: text(Math.max(10_000, 120_000 / speed)),
  KEDA_MEDIC_VERIFY_TWICE: text(Math.max(2000, 15_000 / speed)),
  KEDA_MEDIC_EFFECT_RETRY: text(Math.max(5000, 60_000 / speed)),
  KEDA_MEDIC_COALESCE: text(Math.max(1000, 10_000 / speed)),
  KEDA_MEDIC_CLOCK_SKEW: "1s",
});

/** How often the timer ticks the sweep function. */
export const sweepEvery = (speed: number): number => Math.max(2000, 60_000 / speed);
