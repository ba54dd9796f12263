import { classifyRotation } from "../certificate/rotation.ts";
import type { StaleSide } from "../diagnosis.ts";
import type { PastGeneration } from "../evidence.ts";
import { formatDuration, formatInstant, type Instant, minutes, seconds } from "../instant.ts";
import { reloadsCertificates } from "../version.ts";
import { type Answer, type Case, type CheckFamily, operatorStart, pass, skipped, stop, unknown } from "./check.ts";
import { keyProved, visibleOperators } from "./stale.ts";

/** metrics-apiserver Pods that started before the Secret was written. */
const earlierAdapters = (c: Case): readonly string[] =>
  c.holdings.metricsApiserver.filter((h) => h.holds === "earlier").map((h) => h.pod.name);

/** Those of them that hold what they started with; a KEDA that reloads tells nothing by its start. */
const holdingAdapters = (c: Case): readonly string[] =>
  reloadsCertificates(c.metricsApiserver?.version) === true ? [] : earlierAdapters(c);

function sides(operators: readonly string[], adapters: readonly string[]): readonly StaleSide[] {
  return [
    ...(operators.length > 0 ? [{ component: "operator" as const, pods: operators }] : []),
    ...(adapters.length > 0 ? [{ component: "metrics-apiserver" as const, pods: adapters }] : []),
  ];
}

const latentStop = (c: Case, stale: readonly StaleSide[], sentence: string): Answer =>
  stop(
    { code: "LatentMismatch", disposition: "latent", stale, ...(keyProved(c) ? {} : { needsApproval: true }) },
    sentence,
  );

/** The operator shows a leaf that the Secret's CA refuses, and nothing fails yet: an old/old pair, or a silence before the first failure. */
function operatorHoldsOld(c: Case): Answer {
  const operators = c.holdings.operator.filter((s) => s.shows === "stale").map((s) => s.pod);
  if (operators.length === 0) return pass("No operator Pod presents a leaf that the Secret's ca.crt refuses.");
  // One that may hold either pair works with this operator, so it is none of the new ones until it is proved to be.
  const adapters = c.holdings.metricsApiserver.filter((h) => h.holds !== "current").map((h) => h.pod.name);
  const pair =
    adapters.length > 0
      ? "Both sides still hold the pair from before the last rotation and agree with each other: it works until one of them restarts (an OOM kill is enough), then every HPA of KEDA fails. Restart both in a quiet hour, operator first."
      : "The operator still holds the pair from before the last rotation, the metrics-apiserver does not: the next connection between them will fail. Restart the operator.";
  return latentStop(c, sides(operators, adapters), pair);
}

/** The generation that a Pod of before the last write holds. */
const previous = (c: Case): PastGeneration | undefined => c.evidence.history[0];

const breaking = (c: Case, before: PastGeneration): boolean =>
  c.material !== undefined && classifyRotation(before.certificates, c.material.certificates, c.now) === "Breaking";

/** Pods whose log shows a connection to the operator that runs now. */
function connected(c: Case): ReadonlySet<string> {
  const since = operatorStart(c);
  return new Set(c.hopB.pods.filter((p) => p.state === "working" && p.at >= since).map((p) => p.pod));
}

/**
 * By then the log or an HPA has told: after 69 s without an operator (the longest seen, keda#6201) gRPC dials again within
 * 52 s (backoff of 1 s, x1.6 each time, 43 s x 1.2 jitter by then), and an HPA asks every 15 s.
 */
const firstConnection = minutes(2);

/** Without history only the first connection to an operator that started anew tells whether the two still agree. */
function withoutHistory(c: Case, adapters: readonly string[]): Answer {
  const notKnown = "started before the Secret was written; what it held before is not known";
  const working = connected(c);
  const unproved = adapters.filter((pod) => !working.has(pod));
  const age = c.now - operatorStart(c);
  if (unproved.length === 0 || age >= firstConnection)
    return unknown(`${adapters.join(", ")} ${notKnown}, and nothing fails.`);
  return stop(
    { code: "ConnectionUnproved", disposition: "inProgress", lookAgainAt: c.now + seconds(15) },
    `The operator started ${formatDuration(age)} ago, and no log shows that ${unproved.join(", ")} has connected to it since: ${unproved.length === 1 ? "it" : "each"} ${notKnown}.`,
  );
}

function adapterHoldsOld(c: Case): Answer {
  const adapters = holdingAdapters(c);
  if (adapters.length === 0)
    return pass("No metrics-apiserver holds certificates from before the last write of the Secret.");
  // A standby does not listen, so it shows nothing: whoever does show something is the leader.
  const shown = visibleOperators(c);
  if (shown.length === 0 || shown.some((s) => s.shows !== "current"))
    return skipped("The operator does not present the Secret's leaf.");
  const before = previous(c);
  if (before === undefined) return withoutHistory(c, adapters);
  if (!breaking(c, before)) return pass("The last rotation keeps the trust of what running Pods hold.");
  const working = connected(c);
  const doomed = adapters.filter((pod) => !working.has(pod));
  if (doomed.length === 0) return pass("The metrics-apiserver connected to the operator that runs now.");
  return latentStop(
    c,
    sides([], doomed),
    `The operator already presents the new leaf, ${doomed.join(", ")} cannot trust it: the next request for a metric will fail.`,
  );
}

/** Those that started while the generation before was in the Secret: an older Pod holds an older one, of which nothing is known. */
function holdersOf(c: Case, before: PastGeneration): readonly string[] {
  const since = before.writtenAt - c.policy.clockSkew;
  const young = c.holdings.metricsApiserver
    .filter(({ pod }) => (pod.startedAt ?? 0) >= since)
    .map(({ pod }) => pod.name);
  return holdingAdapters(c).filter((pod) => young.includes(pod));
}

interface Held {
  readonly pods: readonly string[];
  /** When the first of the certificates that they hold expires. */
  readonly until: Instant;
}

/** The metrics-apiservers of before a safe rotation. */
function heldBySafe(c: Case): Held | undefined {
  const before = previous(c);
  if (before === undefined) return undefined;
  const pods = holdersOf(c, before);
  if (pods.length === 0 || breaking(c, before)) return undefined;
  const { leaf, ca } = before.certificates;
  return { pods, until: Math.min(leaf.notAfter, ...ca.map((one) => one.notAfter)) };
}

function nothingExpires(c: Case): Answer {
  const expired = c.holdings.operator.filter((s) => s.shows === "expired").map((s) => s.pod);
  const held = heldBySafe(c);
  const holders = held !== undefined && held.until < c.now ? held.pods : [];
  if (expired.length + holders.length > 0) {
    const who = [...expired, ...holders].join(", ");
    return latentStop(
      c,
      sides(expired, holders),
      `${who} still holds a certificate that has expired; the next connection will be refused. The Secret holds usable ones: restart it in a quiet hour.`,
    );
  }
  const shown = c.holdings.operator.flatMap((s) => (s.shows === "acceptable" ? [s.presented.leaf.notAfter] : []));
  const until = Math.min(...shown, held?.until ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(until)) return pass("No running Pod holds anything older than the Secret.");
  return stop(
    { code: "SafeRotation", disposition: "healthy", lookAgainAt: until },
    `Running Pods hold an older generation that the Secret's CA still verifies (a safe rotation); it stays good until ${formatInstant(until)}.`,
  );
}

/** Nothing fails now: will it? */
export const latent: CheckFamily = {
  checks: [
    {
      name: "OperatorHoldsPresent",
      source: "Go crypto/x509 verify.go: old pool against new leaf",
      run: operatorHoldsOld,
    },
    {
      name: "MetricsApiserverHoldsPresent",
      source: "start times against the write of the Secret; class of the rotation by Go's rules",
      run: adapterHoldsOld,
    },
    { name: "NothingExpiresInMemory", source: "notAfter of what running Pods hold", run: nothingExpires },
  ],
  reasons: {
    LatentMismatch: {
      disposition: "latent",
      symptom:
        "None yet. A rotation broke the trust and both sides still run on the old pair, or one of them holds a certificate that has expired.",
      proof: "What the operator presents, or held when it started, is refused by Go's rules; nobody fails.",
      cure: "Restart both in a quiet hour, operator first; for good: KEDA >= 2.17.2.",
      whatWeDo: "Warn; with policy restartOnLatent restart both as one plan in the maintenance window.",
    },
    ConnectionUnproved: {
      disposition: "inProgress",
      symptom:
        "None yet. The operator has just started anew, and a metrics-apiserver that is older than the Secret has not connected to it since.",
      proof:
        "Start times against the write of the Secret, no line about a connection since, and no earlier generation on record.",
      cure: "Wait for the first connection: it works, or it fails with a reason.",
      whatWeDo: "Look every 15 s until a connection is logged, something fails, or two minutes are over.",
    },
    SafeRotation: {
      disposition: "healthy",
      symptom: "None: the new certificates are trusted by those who hold the old ones.",
      proof: "Verification by Go's rules in both directions.",
      cure: "None needed before the date in the sentence.",
      whatWeDo: "Nothing; look again when the held certificate expires.",
    },
  },
};
