import { hostnameProblem } from "./certificate/hostname.ts";
import { verifyCertificate } from "./certificate/verify.ts";
import type { Evidence, Layout, Material, PodFacts, Presented, WorkloadFacts } from "./evidence.ts";
import { clientJudged, holderOf, shownHolder } from "./holder.ts";
import type { Instant } from "./instant.ts";
import type { Policy } from "./policy.ts";
import { type Seen, unseen } from "./seen.ts";

/** What an operator Pod shows on :9666 compared with the Secret. */
export type Shows =
  | { readonly pod: string; readonly shows: "current"; readonly presented: Presented }
  /** Another leaf, which the Secret's ca.crt verifies: a safe rotation. */
  | { readonly pod: string; readonly shows: "acceptable"; readonly presented: Presented }
  /** As acceptable, but its time is over, or that of the CA which it trusts: held in memory for too long. */
  | { readonly pod: string; readonly shows: "expired"; readonly presented: Presented }
  /** Another leaf, which the Secret's ca.crt does not verify, or which came with a CA that refuses the Secret's leaf. */
  | { readonly pod: string; readonly shows: "stale"; readonly presented: Presented; readonly why: string }
  | { readonly pod: string; readonly shows: "unseen"; readonly reason: string; readonly detail: string };

/**
 * What a metrics-apiserver Pod holds for hop B, told by times (its pool and leaf cannot be probed from outside):
 * `current`: the Pod was created after the Secret was written, or its container restarted after kubelet must have
 * brought the new files; `earlier`: its container started before; `uncertain`: in between.
 */
export interface Holds {
  readonly pod: PodFacts;
  readonly holds: "current" | "earlier" | "uncertain";
}

export interface Holdings {
  readonly operator: readonly Shows[];
  readonly metricsApiserver: readonly Holds[];
}

interface ShowsInput {
  readonly evidence: Evidence;
  readonly material: Material;
  readonly dialName: string;
}

function showsOf(pod: string, presented: Presented, { evidence, material, dialName }: ShowsInput): Shows {
  const now = evidence.at;
  if (presented.leaf.fingerprint === material.certificates.leaf.fingerprint)
    return { pod, shows: "current", presented };
  const verifyAt = (at: Instant) =>
    verifyCertificate(presented.leaf, material.certificates.ca, {
      now: at,
      dnsName: dialName,
      usage: "serverAuth",
      intermediates: presented.chain.slice(1),
    });
  const verified = verifyAt(now);
  if (verified.ok) return acceptedShows(pod, presented, { evidence, material, dialName });
  const wasGood = now > presented.leaf.notAfter && verifyAt(presented.leaf.notAfter).ok;
  return wasGood ? { pod, shows: "expired", presented } : { pod, shows: "stale", presented, why: verified.text };
}

/** Its leaf is good; what it loaded with that leaf must also accept whoever shows the Secret's. */
function acceptedShows(pod: string, presented: Presented, { evidence, material }: ShowsInput): Shows {
  const refused = clientJudged(holderOf(material), shownHolder(presented, evidence.history), evidence.at);
  if (refused.ok) return { pod, shows: "acceptable", presented };
  return refused.failure === "Expired"
    ? { pod, shows: "expired", presented }
    : { pod, shows: "stale", presented, why: refused.text };
}

function holdsOf(pod: Running, { material, layout, policy }: HoldsInput): Holds {
  const { writtenAt } = material;
  if (pod.createdAt > writtenAt + policy.clockSkew) return { pod, holds: "current" };
  // Files mounted by subPath never change as long as the Pod lives, however often its container restarts.
  if (layout.subPath && pod.createdAt < writtenAt - policy.clockSkew) return { pod, holds: "earlier" };
  if (pod.startedAt < writtenAt - policy.clockSkew) return { pod, holds: "earlier" };
  // Restarted in place after the write: the volume may still have been the old one (kubelet, cert-controller#35).
  return { pod, holds: pod.startedAt > writtenAt + policy.propagation ? "current" : "uncertain" };
}

interface HoldsInput {
  readonly material: Material;
  readonly layout: Layout;
  readonly policy: Policy;
}

type Running = PodFacts & { readonly startedAt: Instant };

const running = (workload: WorkloadFacts | undefined): readonly Running[] =>
  (workload?.pods ?? []).filter((pod): pod is Running => !pod.deleting && pod.startedAt !== undefined);

/**
 * No operator serves under another name than the dialled one: who shows one without it is a proxy on our way, not on theirs.
 * Unless the Secret held that very leaf before: then its names were repaired, and the operator still holds the wrong ones.
 */
function byTheOperator(shown: Seen<Presented> | undefined, { dialName }: Layout, { history }: Evidence) {
  if (!shown?.seen || hostnameProblem(shown.value.leaf, dialName) === undefined) return shown;
  const { fingerprint } = shown.value.leaf;
  if (history.some(({ certificates }) => certificates.leaf.fingerprint === fingerprint)) return shown;
  return unseen("Unreachable", `somebody else than the operator answered: a certificate without the name ${dialName}`);
}

interface HoldingsInput {
  readonly evidence: Evidence;
  readonly layout: Layout | undefined;
  readonly material: Material | undefined;
  readonly policy: Policy;
}

/** Who holds what. Empty where the Secret's public half was not seen: there is nothing to compare with. */
export function holdingsOf({ evidence, layout, material, policy }: HoldingsInput): Holdings {
  if (material === undefined || layout === undefined) return { operator: [], metricsApiserver: [] };
  const operatorPods = running(evidence.operator.seen ? evidence.operator.value : undefined);
  const operator = operatorPods.map((pod): Shows => {
    const probe = byTheOperator(evidence.operatorPresents[pod.name], layout, evidence);
    if (probe?.seen) return showsOf(pod.name, probe.value, { evidence, material, dialName: layout.dialName });
    return {
      pod: pod.name,
      shows: "unseen",
      reason: probe?.reason ?? "NotAsked",
      detail: probe?.detail ?? "not probed",
    };
  });
  const adapters = running(evidence.metricsApiserver.seen ? evidence.metricsApiserver.value : undefined);
  return { operator, metricsApiserver: adapters.map((pod) => holdsOf(pod, { material, layout, policy })) };
}

/** True when a process that runs now has proved in a handshake that it owns the key of the Secret's leaf. */
export function keyProvedByPresenter(evidence: Evidence, material: Material): boolean {
  const fingerprint = material.certificates.leaf.fingerprint;
  const all = [...Object.values(evidence.operatorPresents), ...Object.values(evidence.metricsApiserverPresents)];
  return all.some((probe) => probe.seen && probe.value.leaf.fingerprint === fingerprint);
}
