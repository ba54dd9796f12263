import type { CheckVerdict, Disposition, StaleSide } from "../diagnosis.ts";
import type { Evidence, Layout, Material, WorkloadFacts } from "../evidence.ts";
import type { Holdings } from "../holdings.ts";
import type { HopB } from "../hopB.ts";
import { type Instant, seconds } from "../instant.ts";
import type { Policy } from "../policy.ts";
import type { Unseen } from "../seen.ts";
import type { Symptoms } from "../symptoms.ts";

/** Evidence with what every check derives from it, derived once. */
export interface Case {
  readonly evidence: Evidence;
  readonly policy: Policy;
  /** The instant of the last look: what "now" means to everything that compares with the cluster's clocks. */
  readonly now: Instant;
  readonly layout: Layout | undefined;
  readonly material: Material | undefined;
  readonly operator: WorkloadFacts | undefined;
  readonly metricsApiserver: WorkloadFacts | undefined;
  readonly holdings: Holdings;
  readonly hopB: HopB;
  readonly symptoms: Symptoms;
}

/** What a reason code means to a person: `keda-medic explain` prints it, CONTRACTS.md lists it. */
export interface Reason {
  readonly disposition: Disposition | "guard";
  readonly symptom: string;
  readonly proof: string;
  readonly cure: string;
  readonly whatWeDo: string;
}

export interface Stop {
  readonly code: string;
  readonly disposition: Disposition;
  readonly stale?: readonly StaleSide[];
  readonly lookAgainAt?: Instant;
  readonly predicted?: string;
  readonly logged?: string;
  readonly needsApproval?: boolean;
}

export interface Answer {
  readonly verdict: CheckVerdict;
  readonly sentence: string;
  /** Present when judging ends here. */
  readonly stop?: Stop;
}

/** One rule. Its place in the list is its priority. */
export interface Check {
  readonly name: string;
  /** Where the rule comes from: source code, a measured behaviour, an upstream issue. */
  readonly source: string;
  readonly run: (c: Case) => Answer;
}

/** A family of causes: its checks, in order, and every reason code that they may stop with. */
export interface CheckFamily {
  readonly checks: readonly Check[];
  readonly reasons: Readonly<Record<string, Reason>>;
}

/** When the operator last started; 0 when no container of it is known to run. */
export const operatorStart = (c: Case): Instant =>
  Math.max(0, ...(c.operator?.pods.map((pod) => pod.startedAt ?? 0) ?? []));

export const pass = (sentence: string): Answer => ({ verdict: "pass", sentence });
export const unknown = (sentence: string): Answer => ({ verdict: "unknown", sentence });
export const skipped = (sentence: string): Answer => ({ verdict: "skipped", sentence });

/** Ends judging. A stop that only means "look again" or "not enough seen" is no failed check. */
export function stop(stopping: Stop, sentence: string): Answer {
  const soft =
    stopping.disposition === "inProgress" || stopping.disposition === "blind" || stopping.disposition === "unknown";
  const fine = stopping.disposition === "healthy";
  return { verdict: fine ? "pass" : soft ? "unknown" : "fail", sentence, stop: stopping };
}

/** A miss that may be gone at the next look: nobody is told before the wait has lasted too long. */
const mayPass = (miss: Unseen): boolean => miss.reason === "Timeout" || miss.reason === "Unreachable";

/** Ends judging because something that decides was not seen: looked at again when that may pass, else told to a person. */
export function unseenStop(c: Case, miss: Unseen, stopping: Stop, sentence: string): Answer {
  if (!mayPass(miss)) return stop(stopping, sentence);
  const { logged } = stopping;
  const told = logged === undefined ? {} : { logged };
  return stop({ code: "CouldNotLook", disposition: "inProgress", lookAgainAt: c.now + seconds(15), ...told }, sentence);
}
