import type { Loose } from "../api/client.ts";
import { type Audited, patchesOf } from "./audit.ts";
import type { Stage } from "./stage.ts";
import { type DecisionAt, waited } from "./waits.ts";

/** How long a cure took, in seconds; absent for what did not happen. */
export interface Figures {
  /** First failing HPA to our patch. */
  readonly toPatch?: number;
  /** Of that, what policy made us wait. */
  readonly waits?: number;
  /** Our patch to every HPA's ValidMetricFound. */
  readonly toHealed?: number;
  /** What the cluster needs by itself: the old Pods' grace, a new Pod's start and one HPA period. */
  readonly floor?: number;
  /** Our own: before the patch what policy did not make us wait, after it what is over the floor. */
  readonly own?: number;
  /** More than a second of it before the patch, or more than a fifth of the floor in all. */
  readonly overBudget?: boolean;
  /** Kubernetes requests and kilobytes of answers per decision, by the API server's audit log. */
  readonly requests?: number;
  readonly kilobytes?: number;
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

export async function figuresOf(stage: Stage, hpaPeriod: number): Promise<Figures> {
  const requests = await stage.requests();
  const decided = (await stage.written()).map(({ at, status }) => ({ at, decision: status.decision }));
  const patch = patchesOf(requests).at(-1);
  const decisions = Math.max(1, stage.witness.decisions.length);
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  return {
    ...(patch === undefined ? {} : await curing(stage, patch, { requests, decided, hpaPeriod })),
    requests: Math.round(requests.length / decisions),
    kilobytes: Math.round(bytes / decisions / 1024),
  };
}

interface Reckoning {
  readonly requests: readonly Audited[];
  readonly decided: readonly DecisionAt[];
  readonly hpaPeriod: number;
}

async function curing(
  { world, symptoms }: Stage,
  patch: Audited,
  { requests, decided, hpaPeriod }: Reckoning,
): Promise<Figures> {
  const { failedAt, healedAt } = symptoms;
  const component = patch.name === world.names.operator ? "operator" : "metrics-apiserver";
  const pods: readonly Loose[] = await world.pods(component);
  const start = podStart(pods);
  // Pods that were ended early have no grace to wait for.
  const early = requests.some(
    ({ verb, resource, status }) => verb === "delete" && resource === "pods" && status === 200,
  );
  const grace = early ? 0 : (pods[0]?.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  return reckon({
    ...(failedAt === undefined ? {} : { toPatch: patch.at - failedAt }),
    ...(failedAt === undefined ? {} : { waits: waited(decided, { from: failedAt, to: patch.at }) }),
    ...(healedAt === undefined ? {} : { toHealed: healedAt - patch.at }),
    ...(start === undefined ? {} : { floor: grace + start + hpaPeriod }),
  });
}

/** What was measured, in milliseconds. */
export interface Measured {
  readonly toPatch?: number;
  readonly waits?: number;
  readonly toHealed?: number;
  readonly floor?: number;
}

/** Longest before the patch, in milliseconds, and share of the floor in all. */
const budget = { beforePatch: 1000, share: 0.2 } as const;

/** Seconds, and what of them is ours. */
export function reckon(measured: Measured): Figures {
  const { toPatch, waits = 0, toHealed, floor } = measured;
  const shown = Object.fromEntries(Object.entries(measured).map(([name, length]) => [name, seconds(length)]));
  if (toPatch === undefined || toHealed === undefined || floor === undefined) return shown;
  const before = Math.max(0, toPatch - waits);
  const own = before + Math.max(0, toHealed - floor);
  return { ...shown, own: seconds(own), overBudget: before > budget.beforePatch || own > budget.share * floor };
}

/** The largest of each over several runs; over budget when one of them was. */
export function worst(all: readonly Figures[]): Figures {
  const names = new Set(all.flatMap((figures) => Object.keys(figures))) as Set<keyof Figures>;
  const largest = [...names].map(
    (name) => [name, Math.max(...all.map((figures) => Number(figures[name] ?? 0)))] as const,
  );
  return Object.fromEntries(largest.map(([name, value]) => [name, name === "overBudget" ? value > 0 : value]));
}

/** From a Pod's creation to Ready, the slowest. */
function podStart(pods: readonly Loose[]): number | undefined {
  const lengths = pods.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find(
      (condition: Loose) => condition.type === "Ready" && condition.status === "True",
    );
    return ready === undefined ? [] : [Date.parse(ready.lastTransitionTime) - Date.parse(metadata.creationTimestamp)];
  });
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}
