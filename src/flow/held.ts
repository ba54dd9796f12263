import type { CaseFile } from "../core/casefile.ts";
import { decide } from "../core/decide.ts";
import type { Decision } from "../core/decision.ts";
import type { Diagnosis } from "../core/diagnosis.ts";
import type { Instant } from "../core/instant.ts";
import type { Policy } from "../core/policy.ts";
import type { Settings } from "./ports.ts";

type Holding = Pick<Settings, "policy" | "held">;

/** Why less is done than the mode allows; undefined: nothing stands against it. */
export const heldBack = ({ policy, held }: Holding): string | undefined =>
  policy.mode === "observe" ? undefined : held?.();

export interface Decided {
  readonly decision: Decision;
  /** As it may be used now: a process that is held back observes, whatever mode is configured. */
  readonly policy: Policy;
}

/** Decides. Every decision of a process that is held back says so first: its end may be cut. */
export function decideNow(file: CaseFile, diagnosis: Diagnosis, settings: Holding, now: Instant): Decided {
  const why = heldBack(settings);
  if (why === undefined) return { decision: decide(file, diagnosis, settings.policy, now), policy: settings.policy };
  const policy: Policy = { ...settings.policy, mode: "observe" };
  const decision = decide(file, diagnosis, policy, now);
  return { decision: { ...decision, sentence: `${why} ${decision.sentence}` }, policy };
}
