import type { Component, HpaFacts } from "../../src/core/evidence.ts";
import type { Incident, PlanStep } from "../../src/core/incident.ts";
import { type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { opened } from "./casefile.ts";
import {
  type Changes,
  evidence,
  formerPair,
  incident,
  killedAt,
  oomKilled,
  presentPair,
  rotatedAt,
} from "./evidence.ts";
import { active } from "./hpas.ts";
import { ago } from "./time.ts";

export const step = (component: Component, more: Partial<PlanStep>): PlanStep => ({
  component,
  namespace: "keda",
  name: component === "operator" ? "keda-operator" : "keda-metrics-apiserver",
  state: "requested",
  ...more,
});

/** A plan of two of which the operator's step is done. */
export const halfDone = (performedAt: Instant, more: Partial<Incident> = {}): Incident =>
  opened({
    phase: "acting",
    plan: {
      cause: "BothStale",
      reservedAt: performedAt - seconds(5),
      evidenceHash: "0".repeat(64),
      steps: [step("operator", { state: "performed", performedAt }), step("metrics-apiserver", { state: "reserved" })],
    },
    ...more,
  });

/** A plan of one, done: recovery is being verified. */
export const performed = (performedAt: Instant, more: Partial<Incident> = {}): Incident =>
  opened({
    phase: "verifying",
    plan: {
      cause: "MetricsApiserverStale",
      reservedAt: performedAt - seconds(5),
      evidenceHash: "0".repeat(64),
      steps: [step("metrics-apiserver", { state: "performed", performedAt })],
    },
    failedHpas: ["shop/keda-hpa-web", "shop/keda-hpa-worker"],
    ...more,
  });

export const restarted = { restartedFor: presentPair.generation };
/** Evidence after the metrics-apiserver was restarted, HPAs as given. */
export const afterRestart = (performedAt: Instant, hpas: readonly HpaFacts[] = active(), more: Changes = {}) =>
  evidence({
    writtenAt: rotatedAt,
    before: [formerPair],
    operatorPods: [oomKilled(killedAt)],
    metricsApiserver: { ...restarted, restartedAt: performedAt },
    adapterPods: [{ startedAt: performedAt + seconds(3) }],
    log: { established: performedAt + seconds(4) },
    hpas: hpas.map((h) => ({ ...h, since: Math.max(h.since, ago(seconds(5))) })),
    ...more,
  });

export const afterStepOne = (more: Changes = {}) =>
  incident({
    operator: { ...restarted, restartedAt: ago(minutes(2)) },
    operatorPods: [{ startedAt: ago(minutes(2)) + seconds(5) }],
    ...more,
  });
