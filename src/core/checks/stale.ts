import type { StaleSide } from "../diagnosis.ts";
import type { LoggedFailure, Material, PastGeneration } from "../evidence.ts";
import {
  type Dialling,
  explains,
  type Holder,
  holderOf,
  reloadedHolder,
  serverJudged,
  shownHolder,
  talk,
} from "../holder.ts";
import { type Holds, keyProvedByPresenter, type Shows } from "../holdings.ts";
import {
  isAboutExpiry,
  type Prediction,
  predictRefusedClient,
  predictRefusedServer,
  refusedByPeer,
} from "../prediction.ts";
import { reloadsCertificates } from "../version.ts";
import type { Case } from "./check.ts";

type Stale = Extract<Shows, { shows: "stale" | "expired" }>;
type Visible = Exclude<Shows, { shows: "unseen" }>;

export const visibleOperators = (c: Case): readonly Visible[] =>
  c.holdings.operator.filter((s): s is Visible => s.shows !== "unseen");
export const staleOperators = (c: Case): readonly Stale[] =>
  visibleOperators(c).filter((s): s is Stale => s.shows === "stale" || s.shows === "expired");

const failingPods = (c: Case): ReadonlySet<string> => new Set(c.hopB.tlsFailing.map((p) => p.pod));

/** metrics-apiserver Pods that hold an earlier generation: by their start, or by their own log when the start is in doubt. */
export function staleAdapters(c: Case): readonly Holds[] {
  const failing = failingPods(c);
  return c.holdings.metricsApiserver.filter(
    (h) => h.holds === "earlier" || (h.holds === "uncertain" && failing.has(h.pod.name)),
  );
}

export function freshAndFailing(c: Case): readonly Holds[] {
  const failing = failingPods(c);
  return c.holdings.metricsApiserver.filter((h) => h.holds === "current" && failing.has(h.pod.name));
}

/** True when the Secret's key is known to fit: read, or proved by a process that runs with it. */
export const keyProved = (c: Case): boolean =>
  c.material !== undefined &&
  ((c.material.keyFits.seen && c.material.keyFits.value) || keyProvedByPresenter(c.evidence, c.material));

function predictOne(c: Case, logged: LoggedFailure): Prediction {
  const operators = staleOperators(c);
  const shown = operators[0]?.presented ?? visibleOperators(c)[0]?.presented;
  if (shown === undefined || c.material === undefined || c.layout === undefined) return { result: "noHistory" };
  const past = c.evidence.history;
  if (refusedByPeer(logged.text)) {
    // The operator's pool is as old as its leaf: predicted only where it holds the present one.
    if (operators.length > 0) return { result: "noHistory" };
    // Its client judges first: who does not trust what the operator shows never gets as far as to be refused.
    const dialling = { now: logged.at, dialName: c.layout.dialName };
    const server = shownHolder(shown, past);
    const trusting = past.filter((g) => serverJudged(holderOf(g), server, dialling).ok);
    if (past.length > 0 && trusting.length === 0) return { result: "contradicts", predicted: undefined };
    return predictRefusedClient(trusting, c.material.certificates.ca, logged);
  }
  const present = operators.length > 0 ? [c.material.certificates.ca] : [];
  const pools = [...present, ...past.map((g) => g.certificates.ca)];
  return predictRefusedServer({ shown, pools, logged, dialName: c.layout.dialName });
}

/** The logged failure that tells most: one that contradicts, else one that was predicted, else the first. */
export function predictedFailure(
  c: Case,
  first: LoggedFailure,
): { readonly logged: LoggedFailure; readonly prediction: Prediction } {
  const all = c.hopB.tlsFailing.map(({ failure }) => ({ logged: failure, prediction: predictOne(c, failure) }));
  const by = (result: Prediction["result"]) => all.find((p) => p.prediction.result === result);
  return by("contradicts") ?? by("agrees") ?? { logged: first, prediction: { result: "noHistory" } };
}

export interface Cure {
  readonly code: string;
  readonly stale: readonly StaleSide[];
  readonly sentence: string;
}

/** What a metrics-apiserver of before the write may hold: the pair of before, or, if it reloads, what it took over since. */
function mayHold(c: Case, present: Material, before: PastGeneration): readonly Holder[] {
  const reloads = reloadsCertificates(c.metricsApiserver?.version) === true && c.layout?.subPath !== true;
  return reloads ? [holderOf(before), reloadedHolder(present, before)] : [holderOf(before)];
}

/** Whether its own log is explained by what it may hold. */
function fits(c: Case, pod: string, holder: Holder, dialling: Dialling): boolean {
  const logged = c.hopB.tlsFailing.find((p) => p.pod === pod)?.failure;
  if (logged === undefined) return false;
  const servers = staleOperators(c).map((s) => shownHolder(s.presented, c.evidence.history));
  return servers.some((server) => explains(holder, server, logged.text, { ...dialling, now: logged.at }));
}

/** Whether it must be restarted with the operator: nothing that it may hold does for an operator with the Secret's pair. */
function mustFollow(c: Case, { pod }: Holds): boolean {
  const [before] = c.evidence.history;
  if (c.material === undefined || c.layout === undefined || before === undefined)
    return !staleOperators(c).every((s) => s.shows === "expired");
  const dialling = { now: c.now, dialName: c.layout.dialName };
  const possible = mayHold(c, c.material, before);
  const fitting = possible.filter((holder) => fits(c, pod.name, holder, dialling));
  const fresh = holderOf(c.material);
  // A Pod that logs no TLS failure, or an unexpected one, rules nothing out.
  return (fitting.length > 0 ? fitting : possible).every((holder) => !talk(holder, fresh, dialling));
}

function operatorCure(c: Case): Cure | undefined {
  const operators = staleOperators(c);
  if (operators.length === 0) return undefined;
  const side: StaleSide = { component: "operator", pods: operators.map((s) => s.pod) };
  const adapters = staleAdapters(c).filter((h) => mustFollow(c, h));
  const both: readonly StaleSide[] =
    adapters.length === 0 ? [side] : [side, { component: "metrics-apiserver", pods: adapters.map((h) => h.pod.name) }];
  const names = both.flatMap((s) => s.pods).join(", ");
  if (operators.every((s) => s.shows === "expired"))
    return {
      code: "ExpiredInMemory",
      stale: both,
      sentence: `${names} still hold a certificate that has expired; the Secret holds usable ones`,
    };
  if (adapters.length > 0)
    return { code: "BothStale", stale: both, sentence: `${names} hold certificates from before the last rotation` };
  return {
    code: "OperatorStale",
    stale: both,
    sentence: `${names} still presents a leaf that the Secret's ca.crt does not verify, while no metrics-apiserver needs a restart`,
  };
}

function adapterCure(c: Case, logged: LoggedFailure): Cure | undefined {
  const adapters = staleAdapters(c);
  if (adapters.length === 0) return undefined;
  const all = c.holdings.metricsApiserver.length;
  const side: StaleSide = { component: "metrics-apiserver", pods: adapters.map((h) => h.pod.name) };
  if (isAboutExpiry(logged.text)) {
    return {
      code: "ExpiredInMemory",
      stale: [side],
      sentence: `the metrics-apiserver holds certificates that have expired; the Secret holds usable ones (${side.pods.join(", ")})`,
    };
  }
  if (adapters.length < all) {
    return {
      code: "MetricsApiserversMixed",
      stale: [side],
      sentence: `${adapters.length} of ${all} metrics-apiservers are stale (${side.pods.join(", ")}), the others are fresh and work; the operator presents the Secret's leaf`,
    };
  }
  const are = adapters.length === 1 ? "the metrics-apiserver is stale" : "the metrics-apiservers are stale";
  return {
    code: "MetricsApiserverStale",
    stale: [side],
    sentence: `${are}: started before the Secret was written, while the operator presents the Secret's leaf`,
  };
}

/** Who is to be restarted; undefined when nobody holds anything older than the Secret. */
export const cureOf = (c: Case, logged: LoggedFailure): Cure | undefined => operatorCure(c) ?? adapterCure(c, logged);
