/** One step of a rolling update, as numbers: how many Pods to create and which to end. Pure. */

export interface PodCount {
  readonly name: string;
  readonly current: boolean;
  readonly ready: boolean;
}

export interface Limits {
  readonly replicas: number;
  /** `25%` or a number, as in `spec.strategy.rollingUpdate`. */
  readonly maxSurge: string | number;
  readonly maxUnavailable: string | number;
}

export interface Step {
  readonly create: number;
  readonly end: readonly string[];
}

export function nextStep(pods: readonly PodCount[], limits: Limits): Step {
  const { replicas } = limits;
  const { surge, unavailable } = resolve(limits);
  const current = pods.filter((pod) => pod.current);
  const old = pods.filter((pod) => !pod.current);
  const create = Math.max(0, Math.min(replicas - current.length, replicas + surge - pods.length));
  const excess = unreadyFirst(current).slice(0, Math.max(0, current.length - replicas));
  return { create, end: [...excess, ...endable(old, pods, replicas - unavailable)].map((pod) => pod.name) };
}

/** Old Pods that can go: those not ready at once, ready ones as far as enough others are ready. */
function endable(old: readonly PodCount[], all: readonly PodCount[], minimum: number): readonly PodCount[] {
  const unready = old.filter((pod) => !pod.ready);
  const spare = all.filter((pod) => pod.ready).length - minimum;
  return [...unready, ...old.filter((pod) => pod.ready).slice(0, Math.max(0, spare))];
}

const unreadyFirst = (pods: readonly PodCount[]): readonly PodCount[] =>
  [...pods].sort((a, b) => Number(a.ready) - Number(b.ready));

/** Surge rounds up, unavailable rounds down; both zero would stand still. */
function resolve({ replicas, maxSurge, maxUnavailable }: Limits) {
  const surge = Math.ceil(amount(maxSurge, replicas));
  const unavailable = Math.floor(amount(maxUnavailable, replicas));
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const amount = (value: string | number, replicas: number): number =>
  typeof value === "number" ? value : (Number.parseFloat(value) / 100) * replicas;
