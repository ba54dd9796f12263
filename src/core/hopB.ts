import type { Evidence, HopBLog, LoggedFailure, PodFacts } from "./evidence.ts";
import type { Instant } from "./instant.ts";
import type { Policy } from "./policy.ts";

/** What one metrics-apiserver Pod says about hop B now, by its own log. Our own failed probe is evidence of nothing. */
export type PodHopB =
  | { readonly pod: string; readonly state: "tlsFailing" | "networkFailing"; readonly failure: LoggedFailure }
  /** `waiting`: requests time out, and nothing else is logged. */
  | { readonly pod: string; readonly state: "working" | "waiting"; readonly at: Instant }
  | { readonly pod: string; readonly state: "silent" | "unseen" };

export interface HopB {
  readonly pods: readonly PodHopB[];
  readonly tlsFailing: readonly Extract<PodHopB, { failure: LoggedFailure }>[];
  readonly networkFailing: readonly Extract<PodHopB, { failure: LoggedFailure }>[];
  /** No log of any metrics-apiserver Pod could be read. */
  readonly unseen: boolean;
}

interface Window {
  /** A line older than this is about another process or another time. */
  readonly from: Instant;
  /** When the operator that serves now started: failures before it were about its predecessor. */
  readonly operatorStart: Instant;
}

function lastFailure(log: HopBLog, window: Window): PodHopB["state"] {
  const established = log.established ?? 0;
  const after = (failure: LoggedFailure | undefined): Instant =>
    failure !== undefined && failure.at >= window.from && failure.at >= window.operatorStart && failure.at > established
      ? failure.at
      : 0;
  const tls = after(log.tlsFailure);
  const network = after(log.networkFailure);
  // The alert of a peer that refuses us is often lost to a reset or an EOF: within one window a TLS text tells more.
  if (tls > 0) return "tlsFailing";
  return network > 0 ? "networkFailing" : "silent";
}

function calmState(pod: string, log: HopBLog, window: Window): PodHopB {
  const established = log.established ?? 0;
  const timedOut = log.timedOut ?? 0;
  if (timedOut > established && timedOut >= window.from) return { pod, state: "waiting", at: timedOut };
  return established > 0 ? { pod, state: "working", at: established } : { pod, state: "silent" };
}

function podHopB(pod: string, log: HopBLog, window: Window): PodHopB {
  const state = lastFailure(log, window);
  if (state === "tlsFailing" && log.tlsFailure) return { pod, state, failure: log.tlsFailure };
  if (state === "networkFailing" && log.networkFailure) return { pod, state, failure: log.networkFailure };
  return calmState(pod, log, window);
}

/** When the operator that serves now can have begun to: its container's start and, where seen, its leadership. */
export function servingSince(evidence: Evidence): Instant {
  const operator = evidence.operator.seen ? evidence.operator.value : undefined;
  const starts = (operator?.pods ?? []).flatMap((pod) =>
    pod.startedAt === undefined || pod.deleting ? [] : [pod.startedAt],
  );
  const acquired = evidence.lease.seen ? (evidence.lease.value.acquiredAt ?? 0) : 0;
  return Math.max(acquired, starts.length === 0 ? 0 : Math.min(...starts));
}

export function hopBOf(evidence: Evidence, policy: Policy): HopB {
  const workload = evidence.metricsApiserver.seen ? evidence.metricsApiserver.value : undefined;
  const since = servingSince(evidence) - policy.clockSkew;
  const pods = (workload?.pods ?? [])
    .filter((pod) => !pod.deleting)
    .map((pod: PodFacts): PodHopB => {
      const log = evidence.logs[pod.name];
      if (!log?.seen) return { pod: pod.name, state: "unseen" };
      const from = Math.max(evidence.at - policy.symptomFresh, (pod.startedAt ?? 0) - policy.clockSkew);
      return podHopB(pod.name, log.value, { from, operatorStart: since });
    });
  const failing = pods.filter((p): p is Extract<PodHopB, { failure: LoggedFailure }> => "failure" in p);
  return {
    pods,
    tlsFailing: failing.filter((p) => p.state === "tlsFailing"),
    networkFailing: failing.filter((p) => p.state === "networkFailing"),
    unseen: pods.every((p) => p.state === "unseen"),
  };
}
