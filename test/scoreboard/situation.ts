import type { Component, Evidence } from "../../src/core/evidence.ts";

/** Sides to restart, in order. */
export type Restarts = readonly Component[];

/** One state of one KEDA that a rule is asked about, with what restarts would lead to. */
export interface Situation {
  readonly name: string;
  /** Heading under which it is counted. */
  readonly group: string;
  readonly evidence: Evidence;
  /** Whether the two sides talk after these restarts; after none: whether they talk now. */
  readonly worksAfter: (restarts: Restarts) => boolean;
  /** Whether these restarts give up certificates that may still be good for others that cannot work. */
  readonly burns: (restarts: Restarts) => boolean;
  /** What is seen some minutes after these restarts, where the table has it: for those who look again. */
  readonly after?: (restarts: Restarts) => Evidence;
}

const choices: readonly Restarts[] = [[], ["metrics-apiserver"], ["operator"], ["operator", "metrics-apiserver"]];

/** The smallest restarts after which the two talk; several where either side alone will do, none where nothing helps. */
export function minimalCures({ worksAfter }: Pick<Situation, "worksAfter">): readonly Restarts[] {
  const working = choices.filter((restarts) => worksAfter(restarts));
  const least = Math.min(...working.map((restarts) => restarts.length));
  return working.filter((restarts) => restarts.length === least);
}

/**
 * What a rule's restarts come to.
 * - `left`: it works, and nothing was restarted; - `refused`: nothing can help, and nothing was restarted;
 * - `cured`: it works again by the smallest restarts, operator first; - `curedAndMore`: by more than these;
 * - `missed`: it could be cured, and nothing was restarted; - `partly`: a part of the cure, which alone changes nothing;
 * - `inVain`: restarted, and broken as before; - `needless`: restarted although it works;
 * - `harmful`: it worked and does not any more, or what a side could still use was given up for what nobody can.
 */
export type Verdict =
  | "left"
  | "refused"
  | "cured"
  | "curedAndMore"
  | "missed"
  | "partly"
  | "inVain"
  | "needless"
  | "harmful";

/** One situation under one rule. */
export interface Judged {
  readonly verdict: Verdict;
  /** Broken, and some restart helps. */
  readonly curable: boolean;
}

function untouched(worked: boolean, curable: boolean): Verdict {
  if (worked) return "left";
  return curable ? "missed" : "refused";
}

function working(worked: boolean, restarts: Restarts, cures: readonly Restarts[]): Verdict {
  if (worked) return "needless";
  return cures.some((cure) => cure.join() === restarts.join()) ? "cured" : "curedAndMore";
}

const isPart = (restarts: Restarts, cures: readonly Restarts[]): boolean =>
  cures.some((cure) => restarts.every((component) => cure.includes(component)));

function broken(situation: Situation, restarts: Restarts, cures: readonly Restarts[]): Verdict {
  if (situation.worksAfter([]) || situation.burns(restarts)) return "harmful";
  return isPart(restarts, cures) ? "partly" : "inVain";
}

export function judged(situation: Situation, restarts: Restarts): Judged {
  const worked = situation.worksAfter([]);
  const cures = minimalCures(situation);
  const curable = !worked && cures.length > 0;
  if (restarts.length === 0) return { verdict: untouched(worked, curable), curable };
  if (situation.worksAfter(restarts)) return { verdict: working(worked, restarts, cures), curable };
  return { verdict: broken(situation, restarts, cures), curable };
}
