import type { Restarts, Situation } from "../scoreboard/situation.ts";
import { causes } from "./causes.ts";
import { evidenceOf, isTold, type Restarted, type Variant } from "./variant.ts";

const nameOf = (restarts: Restarts): Restarted => (restarts.length > 1 ? "both" : (restarts[0] ?? "none"));

/** A stuck connection shows itself by nothing but silence: whether that is ground for a restart, a policy decides. */
const leftToPolicy = ({ expected: { code } }: Variant): boolean => code === "GrpcStuck";

export const groups = {
  seen: "Catalogue of causes, everything seen",
  policy: "Catalogue of causes, everything seen, and the restart is left to a policy (stuck connections)",
  unseen: "Catalogue of causes, something could not be seen",
} as const;

function groupOf(variant: Variant): string {
  if (variant.unseen !== undefined) return groups.unseen;
  return leftToPolicy(variant) ? groups.policy : groups.seen;
}

/** A variant as the scoreboard asks about it. One without a truth helps nobody, whatever is done. */
export const situationOf = (variant: Variant, prefix = ""): Situation => ({
  name: `${prefix}${variant.name}`,
  group: groupOf(variant),
  evidence: evidenceOf(variant),
  worksAfter: (restarts) => variant.truth?.worksAfter.includes(nameOf(restarts)) ?? false,
  burns: (restarts) => restarts.some((side) => variant.truth?.burns?.includes(side) ?? false),
});

/** Situations that are over: those in motion, and those that only our own record or a policy decides, are left out. */
export const catalogue = (): readonly Situation[] =>
  causes.flatMap((cause) => cause.variants.filter(isTold).map((variant) => situationOf(variant, `${cause.id}: `)));
