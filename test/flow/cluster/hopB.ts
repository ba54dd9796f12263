import { seconds } from "../../../src/core/instant.ts";
import { established, failedConnect, stamp } from "../../builders/recorded.ts";
import { type Pair, quarrel } from "./pair.ts";
import { holds, leader, moments, runs, type TestPod } from "./pods.ts";

/** All that hop B depends on. */
export interface HopBWorld {
  readonly pods: readonly TestPod[];
  readonly secret: readonly Pair[];
  readonly from: number;
  readonly now: number;
  /** From then on requests time out and no log says why. */
  readonly stuckFrom: number;
}

type Link = { readonly works: true } | { readonly works: false; readonly text: string };

/** What one metrics-apiserver meets on :9666 at that moment. */
function link(world: HopBWorld, pod: TestPod, at: number): Link {
  const operator = leader(world.pods, at);
  const shown = operator && holds(operator, world.secret, at);
  const held = holds(pod, world.secret, at);
  if (shown === undefined || held === undefined)
    return { works: false, text: "dial tcp 10.0.0.9:9666: connect: connection refused" };
  const text = quarrel(shown, held, at);
  return text === undefined ? { works: true } : { works: false, text: `authentication handshake failed: ${text}` };
}

const serving = (world: HopBWorld, at: number) =>
  world.pods.filter((pod) => pod.component === "metrics-apiserver" && runs(pod, at));

/** The kube-apiserver stays connected to whoever still runs: one stale metrics-apiserver is enough to fail. */
export function answers(world: HopBWorld, at: number): boolean {
  const all = serving(world, at);
  return at < world.stuckFrom && all.length > 0 && all.every((pod) => link(world, pod, at).works);
}

interface Segment {
  readonly from: number;
  readonly to: number;
}

function segments(world: HopBWorld): readonly Segment[] {
  const stuck = world.stuckFrom <= world.now ? [world.stuckFrom] : [];
  const starts = [...new Set([...moments(world.pods, world.from, world.now), ...stuck])].sort((a, b) => a - b);
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? world.now }));
}

/** Requests fail after 60 s; the HPA controller looks every 15 s. */
const requestLimit = seconds(60);
const hpaPeriod = seconds(15);

/** ScalingActive and since when. */
export function scalingActive(world: HopBWorld): { active: boolean; since: number } {
  let state = { active: true, since: world.from };
  let run = { ok: true, from: world.from };
  for (const { from, to } of segments(world)) {
    const ok = answers(world, from);
    if (ok !== run.ok) run = { ok, from };
    const turns = run.from + (ok ? hpaPeriod : requestLimit);
    if (ok !== state.active && to >= turns) state = { active: ok, since: turns };
  }
  return state;
}

const retry = seconds(20);

function lines(world: HopBWorld, pod: TestPod, { from, to }: Segment): readonly string[] {
  if (!runs(pod, from)) return [];
  const met = link(world, pod, from);
  if (met.works) return [`${stamp(from)} ${established}`];
  const times = Array.from({ length: Math.floor((to - from) / retry) + 1 }, (_, i) => from + i * retry);
  return times.slice(-5).map((at) => `${stamp(at)} ${failedConnect(met.text)}`);
}

/** What the metrics-apiserver's container has logged since it started. */
export const logOf = (world: HopBWorld, pod: TestPod): string =>
  segments(world)
    .filter((segment) => segment.from >= (pod.starts[0] ?? 0))
    .flatMap((segment) => lines(world, pod, segment))
    .join("\n");
