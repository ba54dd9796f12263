import type { Decision } from "../core/decision.ts";
import type { Policy } from "../core/policy.ts";
import type { Settings } from "./ports.ts";

/** Why less is done than the mode allows; undefined: nothing stands against it. */
export const heldBack = ({ policy, held }: Pick<Settings, "policy" | "held">): string | undefined =>
  policy.mode === "observe" ? undefined : held?.();

/** The policy as it may be used now: a process that is held back observes, whatever mode is configured. */
export const policyNow = (settings: Pick<Settings, "policy" | "held">): Policy =>
  heldBack(settings) === undefined ? settings.policy : { ...settings.policy, mode: "observe" };

/** Every decision of a process that is held back says so first: its end may be cut. */
export function said(decision: Decision, settings: Pick<Settings, "policy" | "held">): Decision {
  const why = heldBack(settings);
  return why === undefined ? decision : { ...decision, sentence: `${why} ${decision.sentence}` };
}
