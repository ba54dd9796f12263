import type { StaleSide } from "../diagnosis.ts";
import type { LoggedFailure } from "../evidence.ts";
import { type Holds, keyProvedByPresenter, type Shows } from "../holdings.ts";
import {
  isAboutExpiry,
  type Prediction,
  predictRefusedClient,
  predictRefusedServer,
  refusedByPeer,
} from "../prediction.ts";
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
    return operators.length > 0
      ? { result: "noHistory" }
      : predictRefusedClient(past, c.material.certificates.ca, logged);
  }
  const present = operators.length > 0 ? [c.material.certificates.ca] : [];
  const pools = [...present, ...past.map((g) => g.certificates.ca)];
  return predictRefusedServer({ shown, pools, logged, dialName: c.layout.dialName });
}

/** The logged failure that tells most: one that contradicts, else one that was predicted, else any. */
export function predictedFailure(
  c: Case,
): { readonly logged: LoggedFailure; readonly prediction: Prediction } | undefined {
  const all = c.hopB.tlsFailing.map(({ failure }) => ({ logged: failure, prediction: predictOne(c, failure) }));
  const by = (result: Prediction["result"]) => all.find((p) => p.prediction.result === result);
  return by("contradicts") ?? by("agrees") ?? all[0];
}

export interface Cure {
  readonly code: string;
  readonly stale: readonly StaleSide[];
  readonly sentence: string;
}

function operatorCure(c: Case): Cure | undefined {
  const operators = staleOperators(c);
  if (operators.length === 0) return undefined;
  const side: StaleSide = { component: "operator", pods: operators.map((s) => s.pod) };
  const adapters = staleAdapters(c);
  if (operators.every((s) => s.shows === "expired")) {
    return {
      code: "ExpiredInMemory",
      stale: [side],
      sentence: `${operators[0]?.pod} still presents a leaf that has expired; the Secret holds a usable one`,
    };
  }
  if (adapters.length > 0) {
    const both: StaleSide = { component: "metrics-apiserver", pods: adapters.map((h) => h.pod.name) };
    return {
      code: "BothStale",
      stale: [side, both],
      sentence: `${side.pods.join(", ")} and ${both.pods.join(", ")} hold certificates from before the last rotation`,
    };
  }
  return {
    code: "OperatorStale",
    stale: [side],
    sentence: `${side.pods.join(", ")} still presents a leaf that the Secret's ca.crt does not verify, while every metrics-apiserver is fresh`,
  };
}

function adapterCure(c: Case): Cure | undefined {
  const adapters = staleAdapters(c);
  if (adapters.length === 0) return undefined;
  const all = c.holdings.metricsApiserver.length;
  const side: StaleSide = { component: "metrics-apiserver", pods: adapters.map((h) => h.pod.name) };
  if (isAboutExpiry(c.hopB.tlsFailing[0]?.failure.text ?? "")) {
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
export const cureOf = (c: Case): Cure | undefined => operatorCure(c) ?? adapterCure(c);
